/* SPDX-License-Identifier: BSD-3-Clause */
/* What hooks are to be told, and could not be told: see state.h. */
#include "base/clean.h"
#include "state/part.h"

#include <string.h>

static int take_delivery(struct state *s, sqlite3_stmt *q, struct delivery *d, struct gnx_err *err)
{
	struct sql_row row = {.q = q};

	*d = (struct delivery){.seq = (uint64_t)sql_take_int(&row, 1, INT64_MAX)};
	sql_take_text(&row, d->hook, sizeof(d->hook));
	d->kind = (enum event_kind)sql_take_name(&row, event_kind_by_name);
	sql_take_bytes(&row, d->uuid, sizeof(d->uuid));
	sql_take_text(&row, d->guest, sizeof(d->guest));
	d->tries = (uint32_t)sql_take_int(&row, 0, UINT32_MAX);
	d->dead = sql_take_int(&row, 0, 1);
	sql_take_text(&row, d->words, sizeof(d->words));
	return sql_row_end(&s->sql, &row, "a delivery", err);
}

int state_deliveries(struct state *s, bool dead, int (*tell)(void *arg, const struct delivery *d),
	void *arg, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[DELIVERIES];
	struct sql_values v = {.q = q};
	struct delivery d;
	int rc;

	sql_put_int(&v, dead);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int r = take_delivery(s, q, &d, err);

		if (r == 0)
			r = tell(arg, &d);
		if (r)
			return r;
	}
	return rc == SQLITE_DONE ? 0 : sql_failed(&s->sql, err);
}

int state_planned(struct state *s, uint64_t *seq_out, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[PLANNED];

	if (sqlite3_step(q) != SQLITE_ROW)
		return sql_failed(&s->sql, err);
	*seq_out = (uint64_t)sqlite3_column_int64(q, 0);
	return 0;
}

static int set_planned(struct state *s, uint64_t seq, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[SET_PLANNED]};

	sql_put_u64(&v, seq);
	return state_run(s, SET_PLANNED, err);
}

static int add(struct state *s, uint64_t seq, const char *hook, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[ADD_DELIVERY]};

	sql_put_u64(&v, seq);
	sql_put_text(&v, hook);
	return state_run(s, ADD_DELIVERY, err);
}

int state_plan(struct state *s, uint64_t seq, const char (*hooks)[HOOK_NAME_MAX + 1], size_t n,
	struct event_record *lost, struct gnx_err *err)
{
	int r = state_run(s, BEGIN, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++)
		r = add(s, seq, hooks[i], err);
	if (r == 0)
		r = set_planned(s, seq, err);
	if (r == 0 && lost)
		r = state_add_event(s, lost, err);
	return state_finish(s, r, err);
}

int state_delivered(struct state *s, uint64_t seq, const char *hook, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[DELIVERED]};

	sql_put_u64(&v, seq);
	sql_put_text(&v, hook);
	return state_run(s, DELIVERED, err);
}

int state_undelivered(
	struct state *s, const struct delivery *d, struct event_record *told, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[UNDELIVERED]};
	int r = state_run(s, BEGIN, err);

	if (r < 0)
		return r;
	sql_put_int(&v, d->tries);
	sql_put_int(&v, d->dead);
	sql_put_text(&v, d->words);
	sql_put_u64(&v, d->seq);
	sql_put_text(&v, d->hook);
	r = state_run(s, UNDELIVERED, err);
	if (r == 0 && d->dead)
		r = state_run(s, TRIM_DEAD, err);
	if (r == 0 && told)
		r = state_add_event(s, told, err);
	return state_finish(s, r, err);
}

int state_replay(struct state *s, uint64_t seq, uint32_t *count_out, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[REPLAY]};
	int r;

	sql_put_u64(&v, seq);
	r = state_run(s, REPLAY, err);
	if (r == 0)
		*count_out = (uint32_t)sqlite3_changes(s->sql.db);
	return r;
}
