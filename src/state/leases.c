/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose the addresses of networks are: see state.h. */
#include "base/clean.h"
#include "state/part.h"

#include <arpa/inet.h>
#include <string.h>

static int add(struct state *s, const struct lease *lease, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[ADD_LEASE]};
	char text[LEASE_TEXT];

	lease_text(lease, text);
	sql_put_text(&v, lease->network);
	sql_put_text(&v, text);
	sql_put_bytes(&v, lease->uuid, sizeof(lease->uuid));
	sql_put_int(&v, lease->vif);
	sql_put_int(&v, lease->given);
	return state_run(s, ADD_LEASE, err);
}

int state_put_leases(struct state *s, const uint8_t uuid[GUEST_UUID], const struct leases *l,
	struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[DROP_LEASES]};
	int r;

	sql_put_bytes(&v, uuid, GUEST_UUID);
	r = state_run(s, DROP_LEASES, err);
	for (size_t i = 0; !r && l && i < l->len; i++)
		r = add(s, &l->items[i], err);
	return r;
}

int state_hold(struct state *s, const uint8_t uuid[GUEST_UUID], const struct leases *leases,
	struct gnx_err *err)
{
	int r = state_run(s, BEGIN, err);

	if (!r)
		r = state_put_leases(s, uuid, leases, err);
	return state_finish(s, r, err);
}

static int take(struct state *s, sqlite3_stmt *q, struct lease *out, struct gnx_err *err)
{
	struct sql_row row = {.q = q};
	char text[LEASE_TEXT];

	*out = (struct lease){0};
	sql_take_text(&row, out->network, sizeof(out->network));
	sql_take_text(&row, text, sizeof(text));
	sql_take_bytes(&row, out->uuid, sizeof(out->uuid));
	out->vif = (uint32_t)sql_take_int(&row, 0, DEFINITION_VIFS_MAX - 1);
	out->given = sql_take_int(&row, 0, 1);
	out->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (!row.bad && inet_pton(out->family, text, out->address) != 1)
		row.bad = "address";
	return sql_row_end(&s->sql, &row, "a lease", err);
}

int state_leases(struct state *s, struct leases *to, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[LEASES];
	struct lease lease;
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int r = take(s, q, &lease, err);

		if (r < 0)
			return r;
		leases_add(to, &lease);
	}
	return rc == SQLITE_DONE ? 0 : sql_failed(&s->sql, err);
}
