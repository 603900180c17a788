/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * State: see state.h. The guests are also kept in memory: a look that changes one of 10,000 writes
 * one row, and asks the database nothing.
 */
#include "state/state.h"

#include "base/clean.h"
#include "base/str.h"
#include "state/part.h"
#include "state/schema.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* In the order of put_guest() and take_guest(). */
#define GUEST_COLUMNS "uuid, incarnation, domid, state, name, memory_kib, vcpus"
/* In the order of add_event() and take_event(). */
#define EVENT_COLUMNS                                                                              \
	"wall_ms, mono_ms, boot_id, kind, operation, reason, before, detail, " GUEST_COLUMNS       \
	", cpu_ns"
/* In the order of state_operation_put() and state_operation(). */
#define OPERATION_COLUMNS "verb, uuid, state, began_ms, ended_ms, words"

/* In the order of state_put_device() and state_devices(). */
#define DEVICE_COLUMNS "domid, type, number, attached, failed, uuid, incarnation, name, detail"

#define TEXT_OF(number)	  #number
#define DEAD_TEXT(number) TEXT_OF(number)
#define DEAD_MAX	  DEAD_TEXT(STATE_DEAD_MAX)

static const char *const texts[] = {
	[BEGIN] = "BEGIN",
	[COMMIT] = "COMMIT",
	[ADD_EVENT] = "INSERT INTO events (" EVENT_COLUMNS ")"
		      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[PUT_GUEST] = "REPLACE INTO guests (" GUEST_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)",
	[DROP_GUEST] = "DELETE FROM guests WHERE uuid = ? AND incarnation = ?",
	[EVENTS] = "SELECT seq, " EVENT_COLUMNS " FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
	[GUESTS] = "SELECT " GUEST_COLUMNS " FROM guests",
	[RANGE] = "SELECT (SELECT min(seq) FROM events), (SELECT max(seq) FROM events)",
	[LAST_BOOT] = "SELECT boot_id FROM events ORDER BY seq DESC LIMIT 1",
	[TRIM] = "DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - ?",
	[DEFINE] = "INSERT INTO definitions (uuid, name, text, want) VALUES (?, ?, ?, 'off')"
		   " ON CONFLICT (uuid) DO UPDATE SET name = excluded.name, text = excluded.text",
	[UNDEFINE] = "DELETE FROM definitions WHERE uuid = ?",
	[WANT] = "UPDATE definitions SET want = ? WHERE uuid = ?",
	[DEFINITION] = "SELECT text FROM definitions WHERE uuid = ?",
	[DEFINITIONS] = "SELECT text, want FROM definitions",
	[NAMED] = "SELECT uuid FROM definitions WHERE name = ?",
	[ADD_OPERATION] =
		"INSERT INTO operations (" OPERATION_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)",
	[PUT_OPERATION] =
		"REPLACE INTO operations (" OPERATION_COLUMNS ", id) VALUES (?, ?, ?, ?, ?, ?, ?)",
	[TRIM_OPERATIONS] = "DELETE FROM operations WHERE id <= ?",
	[OPERATION] = "SELECT " OPERATION_COLUMNS " FROM operations WHERE id = ?",
	[COUNT] = "INSERT INTO counters (uuid, reboots, crashes, incarnation, made_ms, seq)"
		  " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET"
		  " reboots = reboots + excluded.reboots, crashes = crashes + excluded.crashes,"
		  " made_ms = iif(excluded.incarnation, excluded.made_ms, made_ms),"
		  " incarnation = iif(excluded.incarnation, excluded.incarnation, incarnation),"
		  " seq = excluded.seq",
	[COUNTERS] = "SELECT reboots, crashes, incarnation, made_ms FROM counters WHERE uuid = ?",
	[FORGET] = "DELETE FROM counters WHERE seq < (SELECT min(seq) FROM events)"
		   " AND uuid NOT IN (SELECT uuid FROM definitions)"
		   " AND uuid NOT IN (SELECT uuid FROM guests)",
	[PUT_DEVICE] = "REPLACE INTO devices (" DEVICE_COLUMNS ")"
		       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[DROP_DEVICE] = "DELETE FROM devices WHERE domid = ? AND type = ? AND number = ?",
	[DEVICES] = "SELECT " DEVICE_COLUMNS " FROM devices",
	[DROP_DEVICES] = "DELETE FROM devices",
	[PUT_NETWORK] = "REPLACE INTO networks (name, text) VALUES (?, ?)",
	[DROP_NETWORK] = "DELETE FROM networks WHERE name = ?",
	[NETWORKS] = "SELECT text FROM networks ORDER BY name",
	[PUT_FIREWALL] = "REPLACE INTO firewalls (name, text) VALUES (?, ?)",
	[DROP_FIREWALL] = "DELETE FROM firewalls WHERE name = ?",
	[FIREWALLS] = "SELECT text FROM firewalls ORDER BY name",
	[FIREWALL] = "SELECT text FROM firewalls WHERE name = ?",
	[ADD_LEASE] = "INSERT INTO leases (network, address, uuid, vif, given)"
		      " VALUES (?, ?, ?, ?, ?)",
	[DROP_LEASES] = "DELETE FROM leases WHERE uuid = ?",
	[LEASES] = "SELECT network, address, uuid, vif, given FROM leases",
	[PUT_GUARDED] = "REPLACE INTO guarded (bridge, uplinks, alias) VALUES (?, ?, ?)",
	[DROP_GUARDED] = "DELETE FROM guarded WHERE bridge = ?",
	[GUARDED] = "SELECT bridge, uplinks, alias FROM guarded ORDER BY bridge",
	[BOOK] = state_book,
	[TRAFFIC] = state_traffic_all,
	[TRAFFIC_OF] = state_traffic_of,
	[TRIM_TRAFFIC] = "DELETE FROM traffic WHERE span = ? AND since < ?",
	[TRIM_EVER] = "DELETE FROM traffic WHERE span = ? AND uuid NOT IN"
		      " (SELECT uuid FROM traffic WHERE span = ?)",
	[TRIM_TOLD] = "DELETE FROM traffic_told WHERE since < ?",
	[PUT_PORT] = state_put_port,
	[DROP_PORT] = "DELETE FROM traffic_ports WHERE port = ?",
	[PORTS] = state_tell_ports,
	[TRIM_PORTS] = "DELETE FROM traffic_ports WHERE boot_id != ?",
	[QUOTA_TOLD] =
		"SELECT percent FROM traffic_told WHERE uuid = ? AND since = ? AND quota = ?",
	[TELL_QUOTA] = "REPLACE INTO traffic_told (uuid, since, quota, percent)"
		       " VALUES (?, ?, ?, ?)",
	[LOST] = "UPDATE operations SET state = 'unknown', ended_ms = ? WHERE state = 'running'",
	[DELIVERIES] = "SELECT seq, hook, kind, uuid, name, tries, dead, words"
		       " FROM deliveries JOIN events USING (seq) WHERE dead = ? ORDER BY seq, hook",
	[PLANNED] = "SELECT seq FROM planned",
	[SET_PLANNED] = "UPDATE planned SET seq = ?",
	[ADD_DELIVERY] = "INSERT INTO deliveries (seq, hook, tries, dead, words)"
			 " VALUES (?, ?, 0, 0, '') ON CONFLICT DO NOTHING",
	[DELIVERED] = "DELETE FROM deliveries WHERE seq = ? AND hook = ?",
	[UNDELIVERED] = "UPDATE deliveries SET tries = ?, dead = ?, words = ?"
			" WHERE seq = ? AND hook = ?",
	[TRIM_DEAD] = "DELETE FROM deliveries WHERE dead AND (seq, hook) NOT IN (SELECT seq, hook"
		      " FROM deliveries WHERE dead ORDER BY seq DESC, hook LIMIT " DEAD_MAX ")",
	[TRIM_DELIVERIES] = "DELETE FROM deliveries WHERE seq < (SELECT min(seq) FROM events)",
	[REPLAY] = "UPDATE deliveries SET tries = 0, dead = 0 WHERE dead AND ?1 IN (0, seq)",
};

static void put_identity(struct sql_values *v, const struct guest *g)
{
	sql_put_bytes(v, g->uuid, sizeof(g->uuid));
	sql_put_u64(v, g->incarnation);
}

static void put_guest(struct sql_values *v, const struct guest *g)
{
	put_identity(v, g);
	sql_put_int(v, g->domid);
	sql_put_text(v, guest_state_name(g->state));
	sql_put_text(v, g->name);
	sql_put_u64(v, g->memory_kib);
	sql_put_int(v, g->vcpus);
}

static void take_guest(struct sql_row *r, struct guest *g)
{
	sql_take_bytes(r, g->uuid, sizeof(g->uuid));
	g->incarnation = sql_take_u64(r);
	g->domid = (int)sql_take_int(r, -1, INT_MAX);
	g->state = (enum guest_state)sql_take_name(r, guest_state_by_name);
	sql_take_text(r, g->name, sizeof(g->name));
	g->memory_kib = sql_take_u64(r);
	g->vcpus = (uint32_t)sql_take_int(r, 0, UINT32_MAX);
}

static int take_event(struct state *s, sqlite3_stmt *q, struct event_record *e, struct gnx_err *err)
{
	struct sql_row r = {.q = q};
	char what[40];

	*e = (struct event_record){.seq = (uint64_t)sql_take_int(&r, 1, INT64_MAX)};
	e->wall_ms = sql_take_int(&r, INT64_MIN, INT64_MAX);
	e->mono_ms = sql_take_int(&r, INT64_MIN, INT64_MAX);
	sql_take_text(&r, e->boot_id, sizeof(e->boot_id));
	e->kind = (enum event_kind)sql_take_name(&r, event_kind_by_name);
	e->operation = sql_take_u64(&r);
	sql_take_text(&r, e->reason, sizeof(e->reason));
	e->before = (enum guest_state)sql_take_name(&r, guest_state_by_name);
	sql_take_text(&r, e->detail, sizeof(e->detail));
	take_guest(&r, &e->guest);
	e->guest.cpu_ns = sql_take_u64(&r);
	snprintf(what, sizeof(what), "event %" PRIu64, e->seq);
	return sql_row_end(&s->sql, &r, what, err);
}

/* By UUID, then incarnation; for qsort too. */
static int by_identity(const void *a, const void *b)
{
	const struct guest *x = a, *y = b;
	int order = memcmp(x->uuid, y->uuid, sizeof(x->uuid));

	return order ? order
		     : (x->incarnation > y->incarnation) - (x->incarnation < y->incarnation);
}

/* Whether two of one identity are the same in what is remembered. */
static bool same_guest(const struct guest *a, const struct guest *b)
{
	return a->domid == b->domid && a->state == b->state && !strcmp(a->name, b->name) &&
		a->memory_kib == b->memory_kib && a->vcpus == b->vcpus;
}

static int load_guests(struct state *s, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[GUESTS];
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf found = {0};
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct sql_row row = {.q = q};
		struct guest g = {0};
		int r;

		take_guest(&row, &g);
		r = sql_row_end(&s->sql, &row, "a guest", err);
		if (r < 0)
			return r;
		gnx_buf_add(&found, &g, sizeof(g));
	}
	if (rc != SQLITE_DONE)
		return sql_failed(&s->sql, err);
	s->guests_len = found.len / sizeof(struct guest);
	s->guests = (void *)STEAL(found.data);
	if (s->guests_len)
		qsort(s->guests, s->guests_len, sizeof(*s->guests), by_identity);
	return 0;
}

static int prepare(struct state *s, struct gnx_err *err)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->sql.db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			    &s->statements[i], NULL))
			return sql_failed(&s->sql, err);
	return 0;
}

int state_open(const char *dir, struct state **out, struct gnx_err *err)
{
	GNX_CLEAN(state_close)
	struct state *s = gnx_alloc(sizeof(*s));
	int r;

	s->sql.path = gnx_fmt("%s/state.db", dir);
	r = schema_open(&s->sql, err);
	if (r < 0)
		return r;
	r = prepare(s, err);
	if (r < 0)
		return r;
	r = load_guests(s, err);
	if (r < 0)
		return r;
	*out = STEAL(s);
	return 0;
}

void state_close(struct state **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize((*s)->statements[i]);
	sqlite3_close((*s)->sql.db);
	free((*s)->sql.path);
	free((*s)->guests);
	free(*s);
	*s = NULL;
}

int state_run(struct state *s, enum statement which, struct gnx_err *err)
{
	return sql_run(&s->sql, s->statements[which], err);
}

int state_add_event(struct state *s, const struct event_record *e, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[ADD_EVENT]};
	int r;

	sql_put_int(&v, e->wall_ms);
	sql_put_int(&v, e->mono_ms);
	sql_put_text(&v, e->boot_id);
	sql_put_text(&v, event_kind_name(e->kind));
	sql_put_u64(&v, e->operation);
	sql_put_text(&v, e->reason);
	sql_put_text(&v, guest_state_name(e->before));
	sql_put_text(&v, e->detail);
	put_guest(&v, &e->guest);
	sql_put_u64(&v, e->guest.cpu_ns);
	r = state_run(s, ADD_EVENT, err);
	return r ? r : state_count(s, e, err);
}

static int write_guest(struct state *s, const struct guest *g, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[PUT_GUEST]};

	put_guest(&v, g);
	return state_run(s, PUT_GUEST, err);
}

static int drop_guest(struct state *s, const struct guest *g, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[DROP_GUEST]};

	put_identity(&v, g);
	return state_run(s, DROP_GUEST, err);
}

/* Goes through the old guests and the new ones side by side and writes what differs. */
static int write_guests(
	struct state *s, const struct guest *guests, size_t guests_len, struct gnx_err *err)
{
	size_t i = 0, j = 0;
	int r = 0;

	while (r == 0 && (i < s->guests_len || j < guests_len)) {
		int order = i < s->guests_len ? -1 : 1;

		if (i < s->guests_len && j < guests_len)
			order = by_identity(&s->guests[i], &guests[j]);
		if (order < 0)
			r = drop_guest(s, &s->guests[i], err);
		else if (order > 0 || !same_guest(&s->guests[i], &guests[j]))
			r = write_guest(s, &guests[j], err);
		i += order <= 0;
		j += order >= 0;
	}
	return r;
}

static void keep_guests(struct state *s, const struct guest *guests, size_t guests_len)
{
	s->guests = gnx_resize(s->guests, (guests_len + 1) * sizeof(*guests));
	s->guests_len = guests_len;
	for (size_t i = 0; i < guests_len; i++) {
		s->guests[i] = guests[i];
		s->guests[i].cpu_ns = 0;
	}
}

int state_finish(struct state *s, int r, struct gnx_err *err)
{
	if (r == 0)
		r = state_run(s, COMMIT, err);
	if (r < 0 && !sqlite3_get_autocommit(s->sql.db))
		sqlite3_exec(s->sql.db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int state_told(struct state *s, int r, struct event_record *e, struct gnx_err *err)
{
	if (!r)
		r = state_add_event(s, e, err);
	if (!r)
		e->seq = (uint64_t)sqlite3_last_insert_rowid(s->sql.db);
	return state_finish(s, r, err);
}

int state_change(struct state *s, enum statement which, struct event_record *e, struct gnx_err *err)
{
	int r = state_run(s, BEGIN, err);

	if (!r)
		r = state_run(s, which, err);
	return state_told(s, r, e, err);
}

int state_put_text(struct state *s, enum statement which, const char *name,
	const struct gnx_buf *text, struct event_record *e, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[which]};

	sql_put_text(&v, name);
	sql_put_text(&v, text->data);
	return state_change(s, which, e, err);
}

int state_drop(struct state *s, enum statement which, const char *name, struct event_record *e,
	struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[which]};

	sql_put_text(&v, name);
	return state_change(s, which, e, err);
}

int state_add(struct state *s, struct event_record *events, size_t n, const struct state_seen *seen,
	struct gnx_err *err)
{
	uint64_t last;
	int r;

	for (size_t i = 1; i < seen->guests_len; i++)
		assert(by_identity(&seen->guests[i - 1], &seen->guests[i]) < 0);
	r = state_run(s, BEGIN, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++)
		r = state_add_event(s, &events[i], err);
	last = (uint64_t)sqlite3_last_insert_rowid(s->sql.db);
	if (r == 0)
		r = write_guests(s, seen->guests, seen->guests_len, err);
	for (size_t i = 0; i < seen->devices_len && r == 0; i++)
		r = state_put_device(s, seen->devices[i], err);
	r = state_finish(s, r, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		events[i].seq = last - n + 1 + i;
	keep_guests(s, seen->guests, seen->guests_len);
	return 0;
}

/* A number as SQLite takes it; none is above. */
static int64_t bounded(uint64_t i)
{
	return i < INT64_MAX ? (int64_t)i : INT64_MAX;
}

int state_events(struct state *s, uint64_t since, size_t max,
	int (*tell)(void *arg, const struct event_record *e), void *arg, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[EVENTS];
	struct sql_values v = {.q = q};
	struct event_record e;
	int rc;

	sql_put_int(&v, bounded(since));
	sql_put_int(&v, bounded(max));
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int r = take_event(s, q, &e, err);

		if (r == 0)
			r = tell(arg, &e);
		if (r)
			return r;
	}
	return rc == SQLITE_DONE ? 0 : sql_failed(&s->sql, err);
}

int state_range(struct state *s, uint64_t *first_out, uint64_t *last_out, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[RANGE];

	if (sqlite3_step(q) != SQLITE_ROW)
		return sql_failed(&s->sql, err);
	/* Of no events they are NULL, which is taken as 0. */
	*first_out = (uint64_t)sqlite3_column_int64(q, 0);
	*last_out = (uint64_t)sqlite3_column_int64(q, 1);
	return 0;
}

int state_last_boot(struct state *s, char out[GUEST_UUID_TEXT], struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[LAST_BOOT];
	struct sql_row row = {.q = q};
	char boot_id[GUEST_UUID_TEXT] = "";
	int rc = sqlite3_step(q), r;

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sql_failed(&s->sql, err);
	if (rc == SQLITE_ROW)
		sql_take_text(&row, boot_id, sizeof(boot_id));
	r = sql_row_end(&s->sql, &row, "the last event", err);
	if (r == 0)
		memcpy(out, boot_id, sizeof(boot_id));
	return r;
}

int state_guests(struct state *s, void (*tell)(void *arg, const struct guest *g), void *arg,
	struct gnx_err *err)
{
	(void)err; /* opening has read them */
	for (size_t i = 0; i < s->guests_len; i++)
		tell(arg, &s->guests[i]);
	return 0;
}

int state_trim(struct state *s, uint64_t max, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[TRIM]};
	int r;

	sql_put_int(&v, bounded(max));
	r = state_run(s, TRIM, err);
	if (r >= 0)
		r = state_run(s, TRIM_DELIVERIES, err);
	return r < 0 ? r : state_forget(s, err);
}
