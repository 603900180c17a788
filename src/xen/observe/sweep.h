/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Back-end directories that dead domains have left in Xen's store: each takes nodes of dom0's for
 * ever. Besides limits of guests, the only thing in this room that
 * changes anything. For domains.c and tests.
 */
#ifndef GNX_XEN_SWEEP_H
#define GNX_XEN_SWEEP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenstore.h>

#define SWEEP_MAX 64 /* directories taken away at a time */

/* What has been seen without a domain. */
struct sweep_seen {
	int domid;	  /* that there was none of */
	int64_t since_ms; /* and since when */
};

/* All zero before the first sweep. */
struct sweep {
	struct sweep_seen *seen; /* by domid */
	size_t len;		 /* of seen */
};

/* What a sweep asks and tells. */
struct sweep_host {
	/* Whether Xen has such a domain, dying ones too; when in doubt. */
	bool (*exists)(void *arg, int domid);
	/* A directory was taken away. The path is plain ASCII without quotes. */
	void (*told)(void *arg, const char *path);
	void *exists_arg; /* the first argument of exists */
	void *told_arg;	  /* and of told */
};

/* Takes away directories below dom0's backend/ of domains that neither Xen nor the store has, and
 * has not had in any sweep for grace_ms. What changes meanwhile is left alone. -errno: the store
 * did not answer. */
int sweep_store(struct sweep *s, struct xs_handle *xs, const struct sweep_host *host,
	int64_t now_ms, int64_t grace_ms, struct gnx_err *err);
void sweep_done(struct sweep *s); /* frees what it knows */

#endif
