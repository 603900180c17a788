/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking at the host's domains through xenstore, never changing anything. One connection, one
 * thread. For programs of dom0.
 */
#ifndef GNX_XEN_OBSERVE_H
#define GNX_XEN_OBSERVE_H

#include "base/err.h"

struct observe;

/* Connects and watches for domains that come and go. The first event is there at once. */
int observe_open(struct observe **out, struct gnx_err *err);
void observe_close(struct observe **o); /* and sets it to NULL */

/* Becomes readable when something may have changed. Borrowed. */
int observe_fd(const struct observe *o);

/* Takes all events; returns their number, or -errno when the store is gone. */
int observe_drain(struct observe *o);

/* The number of the domain with this name; -ENOENT when there is none. */
int observe_domid(struct observe *o, const char *name);

/* The path of the terminal with the domain's console, from when xenconsoled serves it; also
 * arms a watch on it. The caller frees. NULL when there is none yet. */
char *observe_console(struct observe *o, int domid);

#endif
