/* SPDX-License-Identifier: BSD-3-Clause */
/* What domains.c, which sees domains, and stats.c, which has their figures, both know. For them
 * alone. */
#ifndef GNX_XEN_OBSERVE_PART_H
#define GNX_XEN_OBSERVE_PART_H

#include "model/quota.h"
#include "xen/observe/backends.h"
#include "xen/observe/control.h"
#include "xen/observe/devices.h"
#include "xen/observe/sweep.h"

#include <xenctrl.h>
#include <xenstore.h>

/* A host of Xen's. */
struct domains {
	struct observe *watches;  /* xenstore's word that domains have come or gone */
	struct xs_handle *xs;	  /* for reading: a connection of its own, which may be lost */
	xc_interface *xc;	  /* Xen itself */
	struct named *named;	  /* by domid: of the last look */
	size_t named_len;	  /* of named */
	size_t turn;		  /* the place of the domain whose name is asked for next */
	bool hurry;		  /* the next look is for what a watch has told */
	struct devices devices;	  /* as stats_begin() has found them */
	struct backends backends; /* that may have changed */
	struct sweep sweep;	  /* what dead domains have left */
	struct control control;	  /* questions what domains have of the store */
	struct control sample;	  /* in which it tells what is written */
	int64_t asked_ms;	  /* when they were asked */
	int64_t stuck_ms;	  /* until when nothing is read, since an answer did not come */
	struct quota limits;	  /* of all of them, as far as it has told */
};

/* Reads a node: its bytes, a NUL behind them, and their number in *len_out; the caller frees. NULL
 * when there is none. */
char *domains_read(struct domains *d, const char *path, unsigned int *len_out);

/* Whether xenstored has not answered for a while what it was asked for, or an answer did not come:
 * then nothing is read, since each time that would be waited for. */
bool domains_store_stuck(const struct domains *d);

/* Operations of struct host_ops: quota. */
int domains_quota(void *self, const int *domids, size_t n,
	void (*told)(void *arg, int domid, const struct quota *q), void *arg, struct gnx_err *err);
/* limit. */
int domains_limit(void *self, int domid, enum quota_limit limit, uint64_t max, struct gnx_err *err);
/* store_cpu. */
int64_t domains_store_cpu(void *self);
/* sample_begin. */
int domains_sample_begin(void *self, struct gnx_err *err);
/* sample. */
int domains_sample(
	void *self, void (*told)(void *arg, const char *path), void *arg, struct gnx_err *err);
/* sample_end. */
void domains_sample_end(void *self);
/* stats_begin. */
void domains_stats_begin(void *self);
/* stats. */
void domains_stats(void *self, int domid, bool slow, struct stats *out);
/* host_stats. */
void domains_host_stats(void *self, struct stats_host *out);

#endif
