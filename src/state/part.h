/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this room share: the open database and its statements. Internal to src/state.
 */
#ifndef GNX_STATE_PART_H
#define GNX_STATE_PART_H

#include "state/sql.h"
#include "state/state.h"

enum statement {
	BEGIN,
	COMMIT,
	ADD_EVENT,
	PUT_GUEST,
	DROP_GUEST,
	EVENTS,
	GUESTS,
	RANGE,
	LAST_BOOT,
	TRIM,
	DEFINE,
	UNDEFINE,
	WANT,
	DEFINITION,
	DEFINITIONS,
	NAMED,
	ADD_OPERATION,
	PUT_OPERATION,
	TRIM_OPERATIONS,
	OPERATION,
	LOST,
	DELIVERIES,
	PLANNED,
	SET_PLANNED,
	ADD_DELIVERY,
	DELIVERED,
	UNDELIVERED,
	TRIM_DEAD,
	TRIM_DELIVERIES,
	REPLAY,
	COUNT,
	COUNTERS,
	FORGET,
	PUT_DEVICE,
	DROP_DEVICE,
	DEVICES,
	DROP_DEVICES,
	PUT_NETWORK,
	DROP_NETWORK,
	NETWORKS,
	PUT_FIREWALL,
	DROP_FIREWALL,
	FIREWALLS,
	FIREWALL,
	ADD_LEASE,
	DROP_LEASES,
	LEASES,
	PUT_GUARDED,
	DROP_GUARDED,
	GUARDED,
	BOOK,
	TRAFFIC,
	TRAFFIC_OF,
	TRIM_TRAFFIC,
	TRIM_EVER,
	TRIM_TOLD,
	PUT_PORT,
	DROP_PORT,
	PORTS,
	TRIM_PORTS,
	QUOTA_TOLD,
	TELL_QUOTA,
	STATEMENTS
};

/* Their texts, in traffic.c: those with a column for each kind of traffic. */
extern const char state_book[], state_traffic_all[], state_traffic_of[], state_put_port[],
	state_tell_ports[];

struct state {
	struct sql sql;
	sqlite3_stmt *statements[STATEMENTS];
	struct guest *guests; /* as the database has them, by identity */
	size_t guests_len;
	uint64_t swept; /* up to which event counters() were looked over */
};

/* Runs a statement whose values are put. */
int state_run(struct state *s, enum statement which, struct gnx_err *err);

/* Ends a transaction in which r was reached, well when that is 0; r, or why it did not end well. */
int state_finish(struct state *s, int r, struct gnx_err *err);

/* Adds an event, within a transaction. */
int state_add_event(struct state *s, const struct event_record *e, struct gnx_err *err);

/* Ends a transaction in which r was reached by the event that tells it, whose seq is set. */
int state_told(struct state *s, int r, struct event_record *e, struct gnx_err *err);

/* Puts a guest's leases in place of those that it has, within a transaction; NULL: none. */
int state_put_leases(struct state *s, const uint8_t uuid[GUEST_UUID], const struct leases *l,
	struct gnx_err *err);

/* Runs a statement whose values are put, and adds the event that tells it, whose seq is set: in one
 * transaction. */
int state_change(
	struct state *s, enum statement which, struct event_record *e, struct gnx_err *err);

/* The same of a statement whose values are a name and a text, and of one that has a name alone. */
int state_put_text(struct state *s, enum statement which, const char *name,
	const struct gnx_buf *text, struct event_record *e, struct gnx_err *err);
int state_drop(struct state *s, enum statement which, const char *name, struct event_record *e,
	struct gnx_err *err);

/* Counts the event that was just added, within its transaction. */
int state_count(struct state *s, const struct event_record *e, struct gnx_err *err);
/* Writes a device, or forgets it, within a transaction. */
int state_put_device(struct state *s, const struct device_told *d, struct gnx_err *err);
/* Forgets the counters of guests that nobody has and the journal does not know any more. */
int state_forget(struct state *s, struct gnx_err *err);

#endif
