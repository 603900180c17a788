/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the daemon must not forget: the journal of events, the guests and devices as they were at
 * the last look, guests' definitions, and operations. One SQLite database, in RAM or on a disk;
 * every change is one transaction, so that a kill at any moment leaves the journal and the guests
 * in step. For the monitor alone.
 */
#ifndef GNX_STATE_STATE_H
#define GNX_STATE_STATE_H

#include "base/err.h"
#include "model/definition.h"
#include "model/device.h"
#include "model/event.h"
#include "model/firewall.h"
#include "model/guarded.h"
#include "model/hook.h"
#include "model/lease.h"
#include "model/network.h"
#include "model/operation.h"
#include "model/traffic.h"

/* The database, opaque. */
struct state;

/* Opens DIR/state.db, made when it is not there, for this process alone; one of an older version is
 * brought up to date. -EBUSY: another process has it; -GNX_E_VERSION: of a newer version;
 * -GNX_E_SYNTAX, here and below: damaged, or not a state. The words say which file and what to do.
 */
int state_open(const char *dir, struct state **out, struct gnx_err *err);
void state_close(struct state **s); /* and sets it to NULL */

/* What a look has found. */
struct state_seen {
	const struct guest *guests; /* all, in the order of guests_list() */
	size_t guests_len;
	const struct device_told *const *devices; /* those of device_changes() */
	size_t devices_len;
};

/* Adds the events, sets their seq, and remembers what was seen, save cpu_ns, which never stands
 * still: in one transaction. Only guests that differ are written. */
int state_add(struct state *s, struct event_record *events, size_t n, const struct state_seen *seen,
	struct gnx_err *err);

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

/* Tells the devices that are remembered, borrowed for the call, in order. tell leaves s alone. */
int state_devices(struct state *s, void (*tell)(void *arg, const struct device_told *d), void *arg,
	struct gnx_err *err);
/* Forgets them all: they are of another boot of the host. */
int state_forget_devices(struct state *s, struct gnx_err *err);

/* What has happened to a guest, as far as events told it. */
struct state_counters {
	uint64_t reboots, crashes;
	uint64_t incarnation; /* the last domain that was seen to be made; 0: none was */
	int64_t made_ms;      /* that event's mono_ms */
};

/* Reads a guest's; all zero when there are none. They are kept as long as the guest is defined or
 * has a domain, or the journal reaches back to the last event that counted. */
int state_counters(struct state *s, const uint8_t uuid[GUEST_UUID], struct state_counters *out,
	struct gnx_err *err);

/* Forgets the oldest events beyond max, and deliveries of these. The last one's number is never
 * given again. */
int state_trim(struct state *s, uint64_t max, struct gnx_err *err);

/* What the daemon is after for a guest that it has a definition of. */
enum state_want {
	STATE_WANT_off,
	STATE_WANT_on,	    /* it was started by us, and what happens to it is ours to answer */
	STATE_WANT_restart, /* it is between two domains */
	STATE_WANT_stop,   /* on, until it has stopped, which somebody has asked it for: off then */
	STATE_WANT_reboot, /* the same, and a new domain then */
	STATE_WANT_destroy, /* on, until its domain has been taken away: off then */
	STATE_WANT_save,    /* on, until all of it is in its file */
	STATE_WANT_restore, /* off, until it is whole again and its file has gone */
	STATE_WANT_adopt,   /* on, as soon as the process of xl has ended that acts for it */
	STATE_WANT_COUNT
};

/* Puts a definition that was checked and has a UUID, in place of that UUID's old one, together with
 * its leases, NULL: none, and the event that tells it, whose seq is set. A new one is wanted off.
 * -EEXIST: another guest has the name. */
int state_define(struct state *s, const struct definition *d, const struct leases *leases,
	struct event_record *e, struct gnx_err *err);
/* Takes it away, together with its leases and the event; nothing to take is fine. */
int state_undefine(struct state *s, const uint8_t uuid[GUEST_UUID], struct event_record *e,
	struct gnx_err *err);
/* Remembers what is wanted of a guest that has a definition. */
int state_want(
	struct state *s, const uint8_t uuid[GUEST_UUID], enum state_want want, struct gnx_err *err);
/* Reads one definition; -ENOENT: there is none. */
int state_definition(struct state *s, const uint8_t uuid[GUEST_UUID], struct definition *out,
	struct gnx_err *err);
/* Tells all definitions, by UUID. tell leaves s alone. */
int state_definitions(struct state *s,
	void (*tell)(void *arg, const struct definition *d, enum state_want want), void *arg,
	struct gnx_err *err);

/* Puts a network that was checked, in place of the one of its name, together with the event that
 * tells it, whose seq is set. */
int state_network_put(
	struct state *s, const struct network *n, struct event_record *e, struct gnx_err *err);
/* Takes it away, together with the event; nothing to take is fine. */
int state_network_drop(
	struct state *s, const char *name, struct event_record *e, struct gnx_err *err);
/* Tells all networks, by name. tell leaves s alone. */
int state_networks(struct state *s, void (*tell)(void *arg, const struct network *n), void *arg,
	struct gnx_err *err);

/* Puts a firewall that was checked, in place of the one of its name, together with the event that
 * tells it, whose seq is set. */
int state_firewall_put(
	struct state *s, const struct firewall *f, struct event_record *e, struct gnx_err *err);
/* Takes it away, together with the event; nothing to take is fine. */
int state_firewall_drop(
	struct state *s, const char *name, struct event_record *e, struct gnx_err *err);
/* Reads one; -ENOENT: there is none. */
int state_firewall(struct state *s, const char *name, struct firewall *out, struct gnx_err *err);
/* Tells all firewalls, by name, as long as tell returns 0; what else it returns is returned. tell
 * leaves s alone. */
int state_firewalls(struct state *s, int (*tell)(void *arg, const struct firewall *f), void *arg,
	struct gnx_err *err);

/* Puts a guest's leases in place of those that it has. */
int state_hold(struct state *s, const uint8_t uuid[GUEST_UUID], const struct leases *leases,
	struct gnx_err *err);
/* Adds all that are remembered. */
int state_leases(struct state *s, struct leases *to, struct gnx_err *err);

/* Puts a bridge that is guarded, in place of the one of its name, together with the event that
 * tells it, whose seq is set. */
int state_guarded_put(
	struct state *s, const struct guarded *g, struct event_record *e, struct gnx_err *err);
/* Takes it away, together with the event; nothing to take is fine. */
int state_guarded_drop(
	struct state *s, const char *bridge, struct event_record *e, struct gnx_err *err);
/* Tells all of them, by name. tell leaves s alone. */
int state_guarded(struct state *s, void (*tell)(void *arg, const struct guarded *g), void *arg,
	struct gnx_err *err);
/* Tells the ports of guests that were counted in this boot of the host; others are forgotten. tell
 * leaves s alone. */
int state_ports(struct state *s, const char *boot_id,
	void (*tell)(void *arg, const struct traffic_port *p), void *arg, struct gnx_err *err);
/* Books what has grown of these since they were booked last, at this time, seconds since 1970, and
 * remembers what was seen of them; those that are dropped are forgotten. In one transaction: the
 * caller has booked it when this returns 0, and nothing of it otherwise. */
int state_book_ports(struct state *s, const struct traffic_port *ports, size_t n,
	const char *boot_id, int64_t time, struct gnx_err *err);
/* Forgets what is not kept any longer, see traffic_span_oldest(). */
int state_trim_traffic(struct state *s, int64_t time, struct gnx_err *err);
/* Tells what is in the ledger, by time, guest and interface. As state_events(). */
int state_traffic(struct state *s, const struct traffic_query *q,
	int (*tell)(void *arg, const struct traffic_item *item), void *arg, struct gnx_err *err);
/* What all interfaces of a guest had in one span. */
int state_traffic_sum(struct state *s, const uint8_t uuid[GUEST_UUID], enum traffic_span span,
	int64_t since, struct traffic *out, struct gnx_err *err);
/* How many percent of this quota of a guest were told last, of the month that began then. */
int state_quota_told(struct state *s, const uint8_t uuid[GUEST_UUID], int64_t since, uint64_t quota,
	unsigned *percent_out, struct gnx_err *err);
/* So many are told, by the event, whose seq is set. */
int state_quota_tell(struct state *s, int64_t since, uint64_t quota, unsigned percent,
	struct event_record *e, struct gnx_err *err);

/* How many operations are remembered. */
#define STATE_OPERATIONS_MAX 1000

/* Puts an operation; one with id 0 is new and gets the next id, and the oldest is forgotten. */
int state_operation_put(struct state *s, struct operation *o, struct gnx_err *err);
/* Reads one; -ENOENT: there is none. */
int state_operation(struct state *s, uint64_t id, struct operation *out, struct gnx_err *err);
/* Those that run become unknown, at this time: after a restart of the daemon. */
int state_operations_lost(struct state *s, int64_t now_ms, struct gnx_err *err);

/* How many dead deliveries are remembered. */
#define STATE_DEAD_MAX 1000

/* Tells the deliveries that wait, or those that are dead, by number and hook. As state_events(). */
int state_deliveries(struct state *s, bool dead, int (*tell)(void *arg, const struct delivery *d),
	void *arg, struct gnx_err *err);
/* The last event of which it is known to whom it is to be delivered. 0: none. */
int state_planned(struct state *s, uint64_t *seq_out, struct gnx_err *err);
/* Makes seq that event, to be delivered to these hooks. lost, unless it is NULL, is added to the
 * journal. */
int state_plan(struct state *s, uint64_t seq, const char (*hooks)[HOOK_NAME_MAX + 1], size_t n,
	struct event_record *lost, struct gnx_err *err);
/* It was delivered, or is not wanted any more. */
int state_delivered(struct state *s, uint64_t seq, const char *hook, struct gnx_err *err);
/* It was not: tries, dead and words of d are kept, and the event told, unless it is NULL. The
 * oldest dead one too many is forgotten. */
int state_undelivered(
	struct state *s, const struct delivery *d, struct event_record *told, struct gnx_err *err);
/* Those of this event, or 0: all, that are dead wait again. */
int state_replay(struct state *s, uint64_t seq, uint32_t *count_out, struct gnx_err *err);

#endif
