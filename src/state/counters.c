/* SPDX-License-Identifier: BSD-3-Clause */
/* What has happened to guests, counted: see state.h. */
#include "base/clean.h"
#include "state/part.h"

#define SWEEP_EVENTS 1024 /* so many between two looks for counters that nobody needs */

int state_count(struct state *s, const struct event_record *e, struct gnx_err *err)
{
	bool made = e->kind == EVENT_starting || e->kind == EVENT_rebooted;
	struct sql_values v = {.q = s->statements[COUNT]};

	if (!made && e->kind != EVENT_crashed)
		return 0;
	sql_put_bytes(&v, e->guest.uuid, sizeof(e->guest.uuid));
	sql_put_int(&v, e->kind == EVENT_rebooted);
	sql_put_int(&v, e->kind == EVENT_crashed);
	sql_put_u64(&v, made ? e->guest.incarnation : 0);
	sql_put_int(&v, made ? e->mono_ms : 0);
	sql_put_int(&v, sqlite3_last_insert_rowid(s->sql.db));
	return state_run(s, COUNT, err);
}

int state_counters(struct state *s, const uint8_t uuid[GUEST_UUID], struct state_counters *out,
	struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[COUNTERS];
	struct sql_values v = {.q = q};
	struct sql_row row = {.q = q};
	struct state_counters c = {0};
	int rc, r = 0;

	sql_put_bytes(&v, uuid, GUEST_UUID);
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sql_failed(&s->sql, err);
	if (rc == SQLITE_ROW) {
		c.reboots = (uint64_t)sql_take_int(&row, 0, INT64_MAX);
		c.crashes = (uint64_t)sql_take_int(&row, 0, INT64_MAX);
		c.incarnation = sql_take_u64(&row);
		c.made_ms = sql_take_int(&row, 0, INT64_MAX);
		r = sql_row_end(&s->sql, &row, "a guest's counters", err);
	}
	if (r == 0)
		*out = c;
	return r;
}

int state_forget(struct state *s, struct gnx_err *err)
{
	uint64_t first, last;
	int r = state_range(s, &first, &last, err);

	if (r < 0 || last / SWEEP_EVENTS == s->swept)
		return r;
	s->swept = last / SWEEP_EVENTS;
	return state_run(s, FORGET, err);
}
