/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' definitions, kept as the text that an administrator could have written: see state.h. */
#include "base/clean.h"
#include "base/str.h"
#include "state/part.h"

#include <errno.h>
#include <string.h>

static const char *const wants[] = {[STATE_WANT_off] = "off",
	[STATE_WANT_on] = "on",
	[STATE_WANT_restart] = "restart",
	[STATE_WANT_stop] = "stop",
	[STATE_WANT_reboot] = "reboot",
	[STATE_WANT_destroy] = "destroy",
	[STATE_WANT_save] = "save",
	[STATE_WANT_restore] = "restore",
	[STATE_WANT_adopt] = "adopt"};

static int want_by_name(const char *name)
{
	for (size_t i = 0; i < GNX_LEN(wants); i++)
		if (!strcmp(wants[i], name))
			return (int)i;
	return -EINVAL;
}

/* Reads back the text of column 0. */
static int take_definition(
	struct state *s, sqlite3_stmt *q, struct definition *out, struct gnx_err *err)
{
	const char *text = (const char *)sqlite3_column_text(q, 0);

	if (!text)
		return sql_failed(&s->sql, err);
	return definition_parse(out, text, strlen(text), s->sql.path, err);
}

/* 0: the name is free, or this guest's own. */
static int check_name(struct state *s, const struct definition *d, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[NAMED];
	struct sql_values v = {.q = q};
	struct sql_row row = {.q = q};
	uint8_t uuid[GUEST_UUID];
	int rc, r;

	sql_put_text(&v, d->name);
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : sql_failed(&s->sql, err);
	sql_take_bytes(&row, uuid, sizeof(uuid));
	r = sql_row_end(&s->sql, &row, "a definition", err);
	if (!r && memcmp(uuid, d->uuid, sizeof(uuid)) != 0)
		r = gnx_fail(err, -EEXIST, "%s: another guest has this name", d->name);
	return r;
}

int state_define(struct state *s, const struct definition *d, const struct leases *leases,
	struct event_record *e, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct sql_values v = {.q = s->statements[DEFINE]};
	int r = check_name(s, d, err);

	if (r < 0)
		return r;
	definition_write(d, &text);
	sql_put_bytes(&v, d->uuid, sizeof(d->uuid));
	sql_put_text(&v, d->name);
	sql_put_text(&v, text.data);
	r = state_run(s, BEGIN, err);
	if (!r)
		r = state_run(s, DEFINE, err);
	if (!r)
		r = state_put_leases(s, d->uuid, leases, err);
	return state_told(s, r, e, err);
}

int state_undefine(struct state *s, const uint8_t uuid[GUEST_UUID], struct event_record *e,
	struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[UNDEFINE]};
	int r = state_run(s, BEGIN, err);

	sql_put_bytes(&v, uuid, GUEST_UUID);
	if (!r)
		r = state_run(s, UNDEFINE, err);
	if (!r)
		r = state_put_leases(s, uuid, NULL, err);
	return state_told(s, r, e, err);
}

int state_want(
	struct state *s, const uint8_t uuid[GUEST_UUID], enum state_want want, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[WANT]};

	sql_put_text(&v, wants[want]);
	sql_put_bytes(&v, uuid, GUEST_UUID);
	return state_run(s, WANT, err);
}

int state_definition(struct state *s, const uint8_t uuid[GUEST_UUID], struct definition *out,
	struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[DEFINITION];
	struct sql_values v = {.q = q};
	int rc;

	sql_put_bytes(&v, uuid, GUEST_UUID);
	rc = sqlite3_step(q);
	if (rc == SQLITE_DONE)
		return gnx_fail(err, -ENOENT, "there is no such definition");
	return rc == SQLITE_ROW ? take_definition(s, q, out, err) : sql_failed(&s->sql, err);
}

int state_definitions(struct state *s,
	void (*tell)(void *arg, const struct definition *d, enum state_want want), void *arg,
	struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[DEFINITIONS];
	struct definition d;
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct sql_row row = {.q = q, .n = 1};
		int want, r = take_definition(s, q, &d, err);

		if (r < 0)
			return r;
		want = sql_take_name(&row, want_by_name);
		r = sql_row_end(&s->sql, &row, d.name, err);
		if (r < 0)
			return r;
		tell(arg, &d, (enum state_want)want);
	}
	return rc == SQLITE_DONE ? 0 : sql_failed(&s->sql, err);
}
