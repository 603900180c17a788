/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks, kept as the text that an administrator could have written: see state.h. */
#include "base/clean.h"
#include "base/str.h"
#include "state/part.h"

#include <string.h>

int state_network_put(
	struct state *s, const struct network *n, struct event_record *e, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	network_write(n, &text);
	return state_put_text(s, PUT_NETWORK, n->name, &text, e, err);
}

int state_network_drop(
	struct state *s, const char *name, struct event_record *e, struct gnx_err *err)
{
	return state_drop(s, DROP_NETWORK, name, e, err);
}

int state_networks(struct state *s, void (*tell)(void *arg, const struct network *n), void *arg,
	struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[NETWORKS];
	struct network n;
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(q, 0);
		int r;

		if (!text)
			return sql_failed(&s->sql, err);
		r = network_parse(&n, text, strlen(text), s->sql.path, err);
		if (r < 0)
			return r;
		tell(arg, &n);
	}
	return rc == SQLITE_DONE ? 0 : sql_failed(&s->sql, err);
}
