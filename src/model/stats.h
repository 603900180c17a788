/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Figures of the host and of guests' domains, as they are at the moment of asking: the
 * tables stats_*.def have them. What a guest says of itself is text that was checked and is marked.
 * No I/O, no pointers. For the daemon's processes.
 */
#ifndef GNX_MODEL_STATS_H
#define GNX_MODEL_STATS_H

#include "model/traffic.h"

#define STATS_NONE     UINT64_MAX /* a figure that is not known */
#define STATS_VIFS_MAX 16	  /* further ones are left out */
#define STATS_VBDS_MAX 32	  /* so are these */
#define STATS_TEXT_MAX 127	  /* bytes of what a guest says, without the NUL */
#define STATS_NAME_MAX 15	  /* bytes, without the NUL */

/* Indexes of figures: STATS_HOST_cpus, STATS_GUEST_cpu_ns and so on. */
enum stats_host_figure {
#define X(id, metric, unit, doc) STATS_HOST_##id,
#include "model/stats_host.def"
#undef X
	STATS_HOST_COUNT
};

/* A guest's. */
enum stats_guest_figure {
#define X(id, metric, unit, doc) STATS_GUEST_##id,
#include "model/stats_guest.def"
#undef X
	STATS_GUEST_COUNT
};

/* An interface's. */
enum stats_vif_figure {
#define X(id, metric, unit, doc) STATS_VIF_##id,
#include "model/stats_vif.def"
#undef X
	STATS_VIF_COUNT
};

/* A disk's. */
enum stats_vbd_figure {
#define X(id, metric, unit, doc) STATS_VBD_##id,
#include "model/stats_vbd.def"
#undef X
	STATS_VBD_COUNT
};

/* Units of figures. */
enum stats_unit { STATS_NUMBER, STATS_BYTES, STATS_NS, STATS_MS, STATS_KIB };

/* What its table says of a figure. Static strings. */
struct stats_figure {
	const char *name;     /* in the API */
	const char *metric;   /* Prometheus' name for it, whole */
	enum stats_unit unit; /* of the figure, not of the metric */
	const char *doc;      /* AsciiDoc */
};

/* The tables, in the order of the indexes above: the host's. */
extern const struct stats_figure stats_host_figures[STATS_HOST_COUNT];
/* A guest's. */
extern const struct stats_figure stats_guest_figures[STATS_GUEST_COUNT];
/* An interface's. */
extern const struct stats_figure stats_vif_figures[STATS_VIF_COUNT];
/* A disk's. */
extern const struct stats_figure stats_vbd_figures[STATS_VBD_COUNT];

/* What a guest may say of itself: the table reported.def. */
enum stats_reported {
#define X(id, kind, path, doc) STATS_REPORTED_##id,
#include "model/reported.def"
#undef X
	STATS_REPORTED_COUNT
};

/* What the table says of it. */
struct stats_fact {
	const char *name; /* in the API */
	bool number;	  /* its text is to be a number */
	const char *path; /* in xenstore, below the guest's directory */
};

/* That table. */
extern const struct stats_fact stats_facts[STATS_REPORTED_COUNT];

/* The host's. */
struct stats_host {
	uint64_t figures[STATS_HOST_COUNT]; /* by index */
	char xen[32];			    /* Xen's version, "" if unknown */
};

/* One network interface of a guest. */
struct stats_vif {
	uint32_t number;		   /* as in vif1.NUMBER */
	char name[STATS_NAME_MAX + 1];	   /* of dom0's side of it */
	uint64_t figures[STATS_VIF_COUNT]; /* by index */
	char ipv4[STATS_TEXT_MAX + 1];	   /* as the guest says; "": it does not */
	char ipv6[STATS_TEXT_MAX + 1];	   /* so is this */
};

/* One disk of a guest. */
struct stats_vbd {
	uint32_t number;		   /* Linux' number of the device, as Xen uses it */
	uint64_t figures[STATS_VBD_COUNT]; /* by index */
};

/* A guest's domain. */
struct stats {
	uint64_t figures[STATS_GUEST_COUNT];			 /* by index */
	size_t vifs_len;					 /* of vifs */
	size_t vbds_len;					 /* of vbds */
	struct stats_vif vifs[STATS_VIFS_MAX];			 /* by number */
	struct stats_vbd vbds[STATS_VBDS_MAX];			 /* by number */
	char reported[STATS_REPORTED_COUNT][STATS_TEXT_MAX + 1]; /* "": it says nothing */
	struct traffic traffic;					 /* ever since it is counted */
};

/* None of the figures is known. */
void stats_unknown(uint64_t *figures, size_t n);
/* So is nothing of a guest: no devices, nothing reported. */
void stats_init(struct stats *s);

/* Takes text that a guest has written: "" when it is longer than STATS_TEXT_MAX, is no UTF-8, or
 * has control characters in it. What it says is not looked at. */
void stats_take_text(const char *bytes, size_t len, char out[STATS_TEXT_MAX + 1]);

/* The name of a disk with that number, as a guest's kernel has it: "xvda"; the number itself, if it
 * is none of those. */
void stats_vbd_name(uint32_t number, char out[STATS_NAME_MAX + 1]);

#endif
