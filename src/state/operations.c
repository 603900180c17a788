/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations: see state.h. */
#include "base/clean.h"
#include "state/part.h"

#include <errno.h>

static void put_operation(struct sql_values *v, const struct operation *o)
{
	sql_put_text(v, verb_name(o->verb));
	sql_put_bytes(v, o->uuid, sizeof(o->uuid));
	sql_put_text(v, operation_state_name(o->state));
	sql_put_int(v, o->began_ms);
	sql_put_int(v, o->ended_ms);
	sql_put_text(v, o->words);
}

static int add(struct state *s, struct operation *o, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[ADD_OPERATION]};
	int64_t id;
	int r;

	put_operation(&v, o);
	r = state_run(s, ADD_OPERATION, err);
	if (r < 0)
		return r;
	id = sqlite3_last_insert_rowid(s->sql.db);
	v = (struct sql_values){.q = s->statements[TRIM_OPERATIONS]};
	sql_put_int(&v, id - STATE_OPERATIONS_MAX);
	r = state_run(s, TRIM_OPERATIONS, err);
	if (!r)
		o->id = (uint64_t)id;
	return r;
}

int state_operation_put(struct state *s, struct operation *o, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[PUT_OPERATION]};
	int r;

	if (o->id) {
		put_operation(&v, o);
		sql_put_u64(&v, o->id);
		return state_run(s, PUT_OPERATION, err);
	}
	r = state_run(s, BEGIN, err);
	return r < 0 ? r : state_finish(s, add(s, o, err), err);
}

int state_operation(struct state *s, uint64_t id, struct operation *out, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[OPERATION];
	struct sql_values v = {.q = q};
	struct sql_row row = {.q = q};
	struct operation o = {.id = id};
	int rc, r;

	sql_put_u64(&v, id);
	rc = sqlite3_step(q);
	if (rc == SQLITE_DONE)
		return gnx_fail(err, -ENOENT, "there is no such operation");
	if (rc != SQLITE_ROW)
		return sql_failed(&s->sql, err);
	o.verb = (enum verb)sql_take_name(&row, verb_by_name);
	sql_take_bytes(&row, o.uuid, sizeof(o.uuid));
	o.state = (enum operation_state)sql_take_name(&row, operation_state_by_name);
	o.began_ms = sql_take_int(&row, 0, INT64_MAX);
	o.ended_ms = sql_take_int(&row, 0, INT64_MAX);
	sql_take_text(&row, o.words, sizeof(o.words));
	r = sql_row_end(&s->sql, &row, "an operation", err);
	if (!r)
		*out = o;
	return r;
}

int state_operations_lost(struct state *s, int64_t now_ms, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[LOST]};

	sql_put_int(&v, now_ms);
	return state_run(s, LOST, err);
}
