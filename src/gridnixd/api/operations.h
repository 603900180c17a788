/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls that begin operations and tell how far they are. A client may wait for an operation's
 * end: it takes a stream's place meanwhile. Operations are the monitor's: they go on whoever waits
 * for them. For the front.
 */
#ifndef GNX_GRIDNIXD_API_OPERATIONS_H
#define GNX_GRIDNIXD_API_OPERATIONS_H

#include "gridnixd/api/http.h"
#include "gridnixd/api/link.h"

struct operations; /* all the calls that are at it; opaque */

struct operations *operations_new(struct link *link); /* borrows link */
void operations_free(struct operations **ops);	      /* when no client is left; sets it to NULL */

/* An operation has ended. */
void operations_done(struct operations *ops, const struct operation *o);

/* Answers a client that has asked for a verb, to be done to the guest of this name or UUID, which
 * is copied. */
void operations_do(struct operations *ops, struct client *c, enum verb verb, const char *guest);

/* Answers a client that has asked for the operation with this number. */
void operations_tell(struct operations *ops, struct client *c, uint64_t id);

#endif
