/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Back ends of guests' devices in dom0's part of Xen's store. A watch's word says which may have
 * changed; how they are is read then. For domains.c and tests.
 */
#ifndef GNX_XEN_BACKENDS_H
#define GNX_XEN_BACKENDS_H

#include "base/err.h"
#include "model/device.h"

#include <xenstore.h>

#define BACKENDS_PATH	     "/local/domain/0/backend" /* where they are */
#define BACKENDS_CHANGES_MAX 2048		       /* more, and all are looked at */

/* One that may have changed. */
struct backends_change {
	enum device_type type; /* who serves it */
	int domid;	       /* of the guest */
	uint32_t number;       /* DEVICE_ANY: any of the domain's */
};

/* Those that may have changed. */
struct backends {
	bool all;					      /* any of the host's */
	struct backends_change changes[BACKENDS_CHANGES_MAX]; /* else these */
	size_t len;					      /* of changes */
};

/* Takes in the path that a watch on BACKENDS_PATH has said. */
void backends_note(struct backends *b, const char *path);

/* What is told, and whether the whole of it is wanted: as struct host_ops has it. */
struct backends_teller {
	bool (*tell)(void *arg, const struct device_look *l); /* whether it is */
	void *arg;					      /* its first argument */
};

/* Looks at those that may have changed and tells how they are; when it may be any, at those of
 * these domains. -errno: the store did not answer, and it may be any then. */
int backends_tell(struct backends *b, struct xs_handle *xs, const int *domids, size_t n,
	const struct backends_teller *teller, struct gnx_err *err);

#endif
