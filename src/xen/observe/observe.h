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

#endif
