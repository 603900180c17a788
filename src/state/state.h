/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the daemon must not forget: the journal of events, and the guests as they were at the last
 * look. One SQLite database, in RAM or on a disk; every change is one transaction, so that a kill
 * at any moment leaves the journal and the guests in step. For the monitor alone.
 */
#ifndef GNX_STATE_STATE_H
#define GNX_STATE_STATE_H

#include "base/err.h"
#include "model/event.h"

/* The database, opaque. */
struct state;

/* Opens DIR/state.db, made when it is not there, for this process alone; one of an older version is
 * brought up to date. -EBUSY: another process has it; -GNX_E_VERSION: of a newer version;
 * -GNX_E_SYNTAX, here and below: damaged, or not a state. The words say which file and what to do.
 */
int state_open(const char *dir, struct state **out, struct gnx_err *err);
void state_close(struct state **s); /* and sets it to NULL */

/* Adds the events, sets their seq, and makes guests, which are in the order of guests_list(), what
 * is remembered of guests, save cpu_ns, which never stands still: in one transaction. Only guests
 * that differ are written. */
int state_add(struct state *s, struct event_record *events, size_t n, const struct guest *guests,
	size_t guests_len, struct gnx_err *err);

/* Tells the events behind number since, at most max of them, oldest first, as long as tell returns
 * 0; what else it returns is returned. tell leaves s alone. */
int state_events(struct state *s, uint64_t since, size_t max,
	int (*tell)(void *arg, const struct event_record *e), void *arg, struct gnx_err *err);

/* The numbers of the first and the last event that are there; both 0: none. */
int state_range(struct state *s, uint64_t *first_out, uint64_t *last_out, struct gnx_err *err);

/* The boot id of the last event, "" for none. */
int state_last_boot(struct state *s, char out[GUEST_UUID_TEXT], struct gnx_err *err);

/* Tells the guests that are remembered, in order; their cpu_ns is 0. tell leaves s alone. */
int state_guests(struct state *s, void (*tell)(void *arg, const struct guest *g), void *arg,
	struct gnx_err *err);

/* Forgets the oldest events beyond max. The last one's number is never given again. */
int state_trim(struct state *s, uint64_t max, struct gnx_err *err);

#endif
