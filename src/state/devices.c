/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' devices of which something was told: see state.h. */
#include "base/clean.h"
#include "state/part.h"

static void put_key(struct sql_values *v, const struct device_told *d)
{
	sql_put_int(v, d->domid);
	sql_put_text(v, device_type_name(d->type));
	sql_put_int(v, d->number);
}

int state_put_device(struct state *s, const struct device_told *d, struct gnx_err *err)
{
	enum statement which = d->attached || d->failed ? PUT_DEVICE : DROP_DEVICE;
	struct sql_values v = {.q = s->statements[which]};

	put_key(&v, d);
	if (which == PUT_DEVICE) {
		sql_put_int(&v, d->attached);
		sql_put_int(&v, d->failed);
		sql_put_bytes(&v, d->uuid, sizeof(d->uuid));
		sql_put_u64(&v, d->incarnation);
		sql_put_text(&v, d->name);
		sql_put_text(&v, d->detail);
	}
	return state_run(s, which, err);
}

static int tell_device(struct state *s, sqlite3_stmt *q,
	void (*tell)(void *arg, const struct device_told *d), void *arg, struct gnx_err *err)
{
	struct sql_row row = {.q = q};
	char name[GUEST_NAME_MAX + 1], detail[EVENT_DETAIL_MAX + 1];
	struct device_told d = {.name = name, .detail = detail};
	int r;

	d.domid = (int)sql_take_int(&row, 1, INT32_MAX);
	d.type = (enum device_type)sql_take_name(&row, device_type_by_name);
	d.number = (uint32_t)sql_take_int(&row, 0, DEVICE_ANY - 1);
	d.attached = sql_take_int(&row, 0, 1);
	d.failed = sql_take_int(&row, 0, 1);
	sql_take_bytes(&row, d.uuid, sizeof(d.uuid));
	d.incarnation = sql_take_u64(&row);
	sql_take_text(&row, name, sizeof(name));
	sql_take_text(&row, detail, sizeof(detail));
	r = sql_row_end(&s->sql, &row, "a device", err);
	if (r == 0)
		tell(arg, &d);
	return r;
}

int state_devices(struct state *s, void (*tell)(void *arg, const struct device_told *d), void *arg,
	struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[DEVICES];
	int rc = SQLITE_DONE, r = 0;

	while (r == 0 && (rc = sqlite3_step(q)) == SQLITE_ROW)
		r = tell_device(s, q, tell, arg, err);
	if (r == 0 && rc != SQLITE_DONE)
		r = sql_failed(&s->sql, err);
	return r;
}

int state_forget_devices(struct state *s, struct gnx_err *err)
{
	return state_run(s, DROP_DEVICES, err);
}
