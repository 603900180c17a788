/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges that others have made and that are guarded: see state.h. */
#include "base/clean.h"
#include "state/part.h"

int state_guarded_put(
	struct state *s, const struct guarded *g, struct event_record *e, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[PUT_GUARDED]};

	sql_put_text(&v, g->bridge);
	sql_put_text(&v, g->uplinks);
	sql_put_text(&v, g->alias);
	return state_change(s, PUT_GUARDED, e, err);
}

int state_guarded_drop(
	struct state *s, const char *bridge, struct event_record *e, struct gnx_err *err)
{
	return state_drop(s, DROP_GUARDED, bridge, e, err);
}

int state_guarded(struct state *s, void (*tell)(void *arg, const struct guarded *g), void *arg,
	struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[GUARDED];
	struct guarded g = {0};
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct sql_row row = {.q = q};
		int r;

		sql_take_text(&row, g.bridge, sizeof(g.bridge));
		sql_take_text(&row, g.uplinks, sizeof(g.uplinks));
		sql_take_text(&row, g.alias, sizeof(g.alias));
		r = sql_row_end(&s->sql, &row, "a guarded bridge", err);
		if (r < 0)
			return r;
		tell(arg, &g);
	}
	return rc == SQLITE_DONE ? 0 : sql_failed(&s->sql, err);
}
