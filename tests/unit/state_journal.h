/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events and guests for the unit tests of src/state, and what a state tells of them. To be included
 * behind cmocka.h.
 */
#ifndef GNX_TESTS_STATE_JOURNAL_H
#define GNX_TESTS_STATE_JOURNAL_H

#include "base/clean.h"
#include "state_fixture.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"

/* Changes the file from outside. */
static inline void sql(const char *dir, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/state.db", dir);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Makes a state that is closed one of an older version, by what each version has brought. */
static inline void make_older(const char *dir, size_t version)
{
	static const char *const undo[] = {[1] = "ALTER TABLE events DROP COLUMN operation;"
						 "DROP TABLE definitions; DROP TABLE operations",
		"DROP TABLE deliveries; DROP TABLE planned",
		"DROP TABLE counters",
		"DROP TABLE devices",
		"DROP TABLE networks",
		"DROP TABLE leases",
		"DROP TABLE guarded",
		"DROP TABLE firewalls",
		"DROP TABLE traffic; DROP TABLE traffic_ports; DROP TABLE traffic_told"};
	GNX_CLEAN(gnx_free)
	char *set = gnx_fmt("PRAGMA user_version = %zu", version);

	for (; version < GNX_LEN(undo); version++)
		sql(dir, undo[version]);
	sql(dir, set);
}

/* A guest that is told from others by its number. */
static inline struct guest guest(unsigned number)
{
	struct guest g = {.uuid = {(uint8_t)(number >> 8), (uint8_t)number},
		.incarnation = 1,
		.domid = (int)number,
		.state = GUEST_running,
		.memory_kib = 65536,
		.vcpus = 1,
		.cpu_ns = 1000};

	snprintf(g.name, sizeof(g.name), "guest%u", number);
	return g;
}

static inline struct event_record event(enum event_kind kind, const struct guest *g)
{
	struct event_record e = {.wall_ms = 1700000000123,
		.mono_ms = 4711,
		.boot_id = BOOT,
		.kind = kind,
		.reason = "reason",
		.guest = *g,
		.before = GUEST_starting,
		.detail = "{\"a\":1}"};

	return e;
}

static inline void add(struct state *s, struct event_record *events, size_t n,
	const struct guest *guests, size_t guests_len)
{
	struct gnx_err err = GNX_ERR_INIT;

	const struct state_seen seen = {.guests = guests, .guests_len = guests_len};

	if (state_add(s, events, n, &seen, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Adds so many events of no guest. */
static inline void add_plain(struct state *s, size_t n)
{
	struct event_record e = {.kind = EVENT_gap};

	for (size_t i = 0; i < n; i++)
		add(s, &e, 1, NULL, 0);
}

static inline void assert_range(struct state *s, uint64_t first, uint64_t last)
{
	uint64_t f = 99, l = 99;

	assert_int_equal(state_range(s, &f, &l, NULL), 0);
	assert_int_equal(f, first);
	assert_int_equal(l, last);
}

/* What was told, in order. */
struct told {
	struct event_record events[64];
	struct guest guests[64];
	size_t n;
	int answer; /* to the event told last that still fits */
	size_t stop_at;
};

static inline int on_event(void *arg, const struct event_record *e)
{
	struct told *t = arg;

	assert_true(t->n < GNX_LEN(t->events));
	t->events[t->n++] = *e;
	return t->n == t->stop_at ? t->answer : 0;
}

static inline void on_guest(void *arg, const struct guest *g)
{
	struct told *t = arg;

	assert_true(t->n < GNX_LEN(t->guests));
	t->guests[t->n++] = *g;
}

static inline void assert_guest_equal(const struct guest *a, const struct guest *b)
{
	assert_memory_equal(a->uuid, b->uuid, sizeof(a->uuid));
	assert_true(a->incarnation == b->incarnation);
	assert_int_equal(a->domid, b->domid);
	assert_int_equal(a->state, b->state);
	assert_string_equal(a->name, b->name);
	assert_true(a->memory_kib == b->memory_kib);
	assert_true(a->vcpus == b->vcpus);
}

/* That these are the guests that are remembered. */
static inline void assert_guests(struct state *s, const struct guest *guests, size_t n)
{
	struct told t = {0};

	assert_int_equal(state_guests(s, on_guest, &t, NULL), 0);
	assert_int_equal(t.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_guest_equal(&t.guests[i], &guests[i]);
		assert_true(t.guests[i].cpu_ns == 0);
	}
}

static inline off_t log_size(const char *dir)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/state.db-wal", dir);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

#endif
