/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests' devices, as their back ends in dom0 have them, and what is told of each: at most that it
 * failed, that it is attached, and that it is gone. What a guest does to its own end changes
 * nothing of that, however often. No I/O. For the monitor, the rooms that are hosts, and tests.
 */
#ifndef GNX_MODEL_DEVICE_H
#define GNX_MODEL_DEVICE_H

#include "model/event.h"

#define DEVICE_TEXT_MAX	  255	     /* bytes, without the NUL, of what a back end says */
#define DEVICE_ANY	  UINT32_MAX /* as a number: all of the domain */
#define DEVICE_DOMIDS_ALL 0	     /* as a domid: all domains; dom0 is no guest */
#define DEVICES_KNOWN_MAX 131072     /* more are not told */

/* Who serves it: dom0's kernel, or QEMU. */
enum device_type { DEVICE_vif, DEVICE_vbd, DEVICE_qdisk, DEVICE_TYPES };

/* The name of a type, as in xenstore's paths, static. */
const char *device_type_name(enum device_type type);
/* The type of that name, or -EINVAL. */
int device_type_by_name(const char *name);

/* What a back end says in words. */
enum device_text {
	DEVICE_mac,
	DEVICE_bridge,
	DEVICE_name, /* of a disk, in the guest */
	DEVICE_path, /* of a disk, in dom0 */
	DEVICE_error,
	DEVICE_TEXTS
};

/* One back end, as a look found it. */
struct device_look {
	enum device_type type; /* who serves it */
	int domid;	       /* of the guest */
	uint32_t number;       /* of the device, as Xen has it */
	bool there;	       /* else there is none, or none of DEVICE_ANY, DEVICE_DOMIDS_ALL */
	uint32_t state;	       /* Xen's number of what it does */
	bool whole;	       /* what follows was looked for, too */
	bool online;	       /* nobody takes it away */
	bool refused;	       /* its hotplug program has failed */
	char texts[DEVICE_TEXTS][DEVICE_TEXT_MAX + 1]; /* by enum device_text; "": not known */
};

/* The nodes of a back end that the whole of it is in, when its state is known; static, a NULL
 * behind them. */
const char *const *device_nodes(const struct device_look *l);
/* Takes in a node, "state" first. What is longer than it should be, or no plain text, is left out;
 * the words of an error are cut and cleaned. */
void device_take(struct device_look *l, const char *node, const char *value);

/* What is remembered of a device. */
struct device_told {
	enum device_type type;	  /* as in struct device_look */
	int domid;		  /* and so on */
	uint32_t number;	  /* and so on */
	bool attached;		  /* that was told */
	bool failed;		  /* that was; neither of both: it is to be forgotten */
	uint8_t uuid[GUEST_UUID]; /* of the guest that has it */
	uint64_t incarnation;	  /* of that guest; 0: it is not known yet */
	char *name;		  /* of that guest */
	char *detail;		  /* JSON */
};

/* All of them; opaque. */
struct device_table;

/* An empty table; device_table_free() frees it. */
struct device_table *device_table_new(void);
void device_table_free(struct device_table **t); /* and sets it to NULL */

/* Who is told, and asked. */
struct device_teller {
	/* Kind, operation, reason, guest, before and detail are set; times are not. */
	void (*tell)(void *arg, const struct event_record *e);
	/* The operation that is under way on a guest; 0: none. */
	uint64_t (*origin)(void *arg, const uint8_t uuid[GUEST_UUID]);
	void *arg; /* the first argument of both */
};

/* Takes in what a look found; the last one of a device counts. Whether the whole of it is wanted,
 * of which only the state was told: it is to be told again then. */
bool device_see(struct device_table *t, const struct device_look *l);

/* Tells what has gone. g: guests as they were, which may have gone, too. */
void device_gone(struct device_table *t, struct guests *g, const struct device_teller *teller);
/* Tells the rest. g: guests as they are, by a look that came after those at devices. A device whose
 * guest is not among them waits. An event's operation is the one that was under way when the device
 * was first seen, since the guest may be slow to take it. false: of some the whole must be looked
 * at: another guest has them. */
bool device_update(struct device_table *t, struct guests *g, const struct device_teller *teller);

/* Whether a domain had this one when it was looked at last. */
bool device_there(const struct device_table *t, int domid, enum device_type type, uint32_t number);

/* What is to be remembered otherwise than before: *out borrowed until the next call. */
size_t device_changes(struct device_table *t, const struct device_told *const **out);
/* It is. */
void device_remembered(struct device_table *t);
/* Puts in what was remembered; copied. It is taken for gone unless a look finds it. */
void device_restore(struct device_table *t, const struct device_told *d);

#endif
