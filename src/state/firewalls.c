/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls, kept as the text that an administrator could have written: see state.h. */
#include "base/clean.h"
#include "base/str.h"
#include "state/part.h"

#include <string.h>

int state_firewall_put(
	struct state *s, const struct firewall *f, struct event_record *e, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	firewall_write(f, &text);
	return state_put_text(s, PUT_FIREWALL, f->name, &text, e, err);
}

int state_firewall_drop(
	struct state *s, const char *name, struct event_record *e, struct gnx_err *err)
{
	return state_drop(s, DROP_FIREWALL, name, e, err);
}

/* Tells what a statement finds. */
static int tell_all(struct state *s, sqlite3_stmt *q,
	int (*tell)(void *arg, const struct firewall *f), void *arg, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct firewall *f = gnx_alloc(sizeof(*f));
	int rc, r = 0;

	while (!r && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(q, 0);

		if (!text)
			return sql_failed(&s->sql, err);
		r = firewall_parse(f, text, strlen(text), s->sql.path, err);
		if (!r)
			r = tell(arg, f);
	}
	return r || rc == SQLITE_DONE ? r : sql_failed(&s->sql, err);
}

int state_firewalls(struct state *s, int (*tell)(void *arg, const struct firewall *f), void *arg,
	struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[FIREWALLS];

	return tell_all(s, q, tell, arg, err);
}

static int copy(void *arg, const struct firewall *f)
{
	memcpy(arg, f, sizeof(*f));
	return 0;
}

int state_firewall(struct state *s, const char *name, struct firewall *out, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[FIREWALL];
	struct sql_values v = {.q = q};
	int r;

	sql_put_text(&v, name);
	*out->name = '\0';
	r = tell_all(s, q, copy, out, err);
	return r || *out->name ? r : -ENOENT;
}
