/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking at the host's domains through xenstore, never changing anything. One connection, one
 * thread. For programs of dom0.
 */
#ifndef GNX_XEN_OBSERVE_H
#define GNX_XEN_OBSERVE_H

#include "base/err.h"

struct observe;
struct xs_handle;

/* A connection to xenstored, or NULL and errno. xs_open() would take the kernel's device when
 * nobody is behind the socket any more, and whoever asks there waits for ever. */
struct xs_handle *observe_connect(void);

/* Connects and watches for domains that come and go. The first event is there at once. */
int observe_open(struct observe **out, struct gnx_err *err);
void observe_close(struct observe **o); /* and sets it to NULL */

/* Becomes readable when something may have changed. Borrowed. */
int observe_fd(const struct observe *o);

/* Takes all events; returns their number, or -errno when the store is gone. */
int observe_drain(struct observe *o);

#endif
