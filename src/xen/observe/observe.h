/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What xenstore says when the host's domains may have changed, or back ends of their devices. One
 * connection, one thread. For the monitor.
 */
#ifndef GNX_XEN_OBSERVE_H
#define GNX_XEN_OBSERVE_H

#include "xen/observe/backends.h"

struct observe;
struct xs_handle;

/* A connection to xenstored, or NULL and errno, on which a question fails with EAGAIN when no
 * answer comes within two seconds; it is to be closed then. xs_open() would take the kernel's
 * device when nobody is behind the socket any more, and whoever asks there waits for ever. */
struct xs_handle *observe_connect(void);

/* Connects and watches for domains that come and go, and back ends. The first events are there at
 * once. */
int observe_open(struct observe **out, struct gnx_err *err);
void observe_close(struct observe **o); /* and sets it to NULL */

/* Becomes readable when something may have changed. Borrowed. */
int observe_fd(const struct observe *o);

/* Takes all events, those of back ends into b: 1 when domains may have changed, else 0; -errno when
 * the store is gone. */
int observe_drain(struct observe *o, struct backends *b);

#endif
