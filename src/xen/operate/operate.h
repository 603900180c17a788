/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is done to a guest's domain, by libxl: each call may take as long as Xen, the hotplug
 * scripts and the guest take. libxl forks, owns SIGCHLD, and ends the process when memory is out:
 * for the worker alone, which has no other children and nothing to lose.
 */
#ifndef GNX_XEN_OPERATE_H
#define GNX_XEN_OPERATE_H

#include "model/definition.h"
#include "model/operation.h"

struct operate;

/* What is to be done. */
struct operate_work {
	enum verb verb;			/* this */
	const struct definition *guest; /* borrowed; a start needs all of it */
	const char *value;		/* of a verb that takes one; borrowed */
	int domid;			/* the domain that it is about; -1: it has none */
	int file;			/* of a save, restore or dump, open; borrowed */
	/* May be NULL. A start or restore: its domain is there, and does not run yet. */
	void (*made)(void *arg, int domid);
	void *arg; /* for made */
};

/* Connects to Xen and its store and asks what the host can do, so that a start need not: *out.
 * -ENODEV: this is no dom0, or its store does not run. say, which may be called from any function
 * of this room, gets what libxl warns of, a line without an end. */
int operate_open(void (*say)(const char *line), struct operate **out, struct gnx_err *err);
void operate_close(struct operate **o); /* and sets it to NULL */

/*
 * Does it, to the end: 0. -ENOENT: the guest has no such domain, or a file is missing. -EEXIST: it
 * has one already, or another guest has its name. -ENOMEM: the host has not enough memory free.
 * -EOPNOTSUPP: the host or the guest cannot. -EBUSY: it cannot hear a request. -ETIMEDOUT: the
 * guest did not answer. -EIO: Xen or a hotplug script failed; the words are theirs.
 *
 * A start or restore that fails leaves no domain. A guest that was saved is suspended, and all of
 * it is on the disk; one that could not be goes on. One that was restored does not run yet.
 * Shutdown and reboot only ask the guest, and wait until it has taken the request. To destroy what
 * is not there, to pause what is paused and so on, is done.
 */
int operate_run(struct operate *o, const struct operate_work *work, struct gnx_err *err);

#endif
