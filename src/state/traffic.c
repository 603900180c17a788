/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' traffic: the ledger, and how far it is booked. See state.h. */
#include "base/clean.h"
#include "state/part.h"

#include <limits.h>
#include <string.h>

/* Behind the key, bytes and packets of each kind. */
const char state_book[] = "INSERT INTO traffic (span, since, uuid, vif"
#define X(id, direction, family, peer, doc) ", " #id "_bytes, " #id "_packets"
#include "model/traffic.def"
#undef X
			  ") VALUES (?, ?, ?, ?"
#define X(id, direction, family, peer, doc) ", ?, ?"
#include "model/traffic.def"
#undef X
			  ") ON CONFLICT (span, since, uuid, vif) DO UPDATE SET vif = vif"
#define X(id, direction, family, peer, doc)                                                        \
	", " #id "_bytes = " #id "_bytes + excluded." #id "_bytes"                                 \
	", " #id "_packets = " #id "_packets + excluded." #id "_packets"
#include "model/traffic.def"
#undef X
	;

#define SELECT_TRAFFIC "SELECT since, uuid, vif"
const char state_traffic_all[] = SELECT_TRAFFIC
#define X(id, direction, family, peer, doc) ", " #id "_bytes, " #id "_packets"
#include "model/traffic.def"
#undef X
	" FROM traffic WHERE span = ? AND since >= ? AND since < ? ORDER BY since, uuid, vif";

const char state_traffic_of[] = SELECT_TRAFFIC
#define X(id, direction, family, peer, doc) ", " #id "_bytes, " #id "_packets"
#include "model/traffic.def"
#undef X
	" FROM traffic WHERE span = ? AND since >= ? AND since < ? AND uuid = ?"
	" ORDER BY since, vif";

const char state_put_port[] = "REPLACE INTO traffic_ports (port, boot_id, uuid, vif"
#define X(id, direction, family, peer, doc) ", " #id "_bytes, " #id "_packets"
#include "model/traffic.def"
#undef X
			      ") VALUES (?, ?, ?, ?"
#define X(id, direction, family, peer, doc) ", ?, ?"
#include "model/traffic.def"
#undef X
			      ")";

const char state_tell_ports[] = "SELECT port, uuid, vif"
#define X(id, direction, family, peer, doc) ", " #id "_bytes, " #id "_packets"
#include "model/traffic.def"
#undef X
				" FROM traffic_ports";

static void put_traffic(struct sql_values *v, const struct traffic *t)
{
	for (size_t i = 0; i < TRAFFIC_COUNT; i++) {
		sql_put_u64(v, t->kinds[i].bytes);
		sql_put_u64(v, t->kinds[i].packets);
	}
}

static void take_traffic(struct sql_row *row, struct traffic *t)
{
	for (size_t i = 0; i < TRAFFIC_COUNT; i++) {
		t->kinds[i].bytes = (uint64_t)sql_take_int(row, 0, INT64_MAX);
		t->kinds[i].packets = (uint64_t)sql_take_int(row, 0, INT64_MAX);
	}
}

/* --- Booking */

static int take_port(struct state *s, sqlite3_stmt *q, struct traffic_port *p, struct gnx_err *err)
{
	struct sql_row row = {.q = q};

	*p = (struct traffic_port){.index = (unsigned int)sql_take_int(&row, 1, UINT_MAX)};
	sql_take_bytes(&row, p->uuid, sizeof(p->uuid));
	p->vif = (unsigned int)sql_take_int(&row, 0, UINT16_MAX);
	take_traffic(&row, &p->seen);
	return sql_row_end(&s->sql, &row, "a port", err);
}

int state_ports(struct state *s, const char *boot_id,
	void (*tell)(void *arg, const struct traffic_port *p), void *arg, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[TRIM_PORTS]};
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[PORTS];
	struct traffic_port p;
	int rc = SQLITE_DONE, r;

	sql_put_text(&v, boot_id);
	r = state_run(s, TRIM_PORTS, err);
	while (!r && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		r = take_port(s, q, &p, err);
		if (!r)
			tell(arg, &p);
	}
	return !r && rc != SQLITE_DONE ? sql_failed(&s->sql, err) : r;
}

/* In each of the spans, so that none is made of others. */
static int book(struct state *s, const struct traffic_port *p, int64_t time, struct gnx_err *err)
{
	int r = 0;

	for (int span = 0; !r && span < TRAFFIC_SPANS; span++) {
		struct sql_values v = {.q = s->statements[BOOK]};

		sql_put_int(&v, span);
		sql_put_int(&v, traffic_span_start((enum traffic_span)span, time));
		sql_put_bytes(&v, p->uuid, sizeof(p->uuid));
		sql_put_int(&v, p->vif);
		put_traffic(&v, &p->grown);
		r = state_run(s, BOOK, err);
	}
	return r;
}

static int put_port(
	struct state *s, const struct traffic_port *p, const char *boot_id, struct gnx_err *err)
{
	enum statement which = p->dropped ? DROP_PORT : PUT_PORT;
	struct sql_values v = {.q = s->statements[which]};

	sql_put_int(&v, p->index);
	if (!p->dropped) {
		sql_put_text(&v, boot_id);
		sql_put_bytes(&v, p->uuid, sizeof(p->uuid));
		sql_put_int(&v, p->vif);
		put_traffic(&v, &p->seen);
	}
	return state_run(s, which, err);
}

int state_book_ports(struct state *s, const struct traffic_port *ports, size_t n,
	const char *boot_id, int64_t time, struct gnx_err *err)
{
	int r = state_run(s, BEGIN, err);

	if (r < 0)
		return r;
	for (size_t i = 0; !r && i < n; i++) {
		bool grown = traffic_owned(&ports[i]) && !traffic_none(&ports[i].grown);

		if (grown)
			r = book(s, &ports[i], time, err);
		if (!r && (grown || ports[i].dropped))
			r = put_port(s, &ports[i], boot_id, err);
	}
	return state_finish(s, r, err);
}

static int trim_span(struct state *s, enum traffic_span span, int64_t time, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[TRIM_TRAFFIC]};

	sql_put_int(&v, span);
	sql_put_int(&v, traffic_span_oldest(span, time));
	return state_run(s, TRIM_TRAFFIC, err);
}

int state_trim_traffic(struct state *s, int64_t time, struct gnx_err *err)
{
	struct sql_values ever = {.q = s->statements[TRIM_EVER]};
	struct sql_values told = {.q = s->statements[TRIM_TOLD]};
	int r = state_run(s, BEGIN, err);

	if (r < 0)
		return r;
	for (int span = 0; !r && span < TRAFFIC_ever; span++)
		r = trim_span(s, (enum traffic_span)span, time, err);
	sql_put_int(&ever, TRAFFIC_ever);
	sql_put_int(&ever, TRAFFIC_month);
	if (!r)
		r = state_run(s, TRIM_EVER, err);
	sql_put_int(&told, traffic_span_start(TRAFFIC_month, time));
	if (!r)
		r = state_run(s, TRIM_TOLD, err);
	return state_finish(s, r, err);
}

/* --- What is in it */

static int take_item(
	struct state *s, sqlite3_stmt *q, struct traffic_item *item, struct gnx_err *err)
{
	struct sql_row row = {.q = q};

	item->since = sql_take_int(&row, 0, INT64_MAX);
	sql_take_bytes(&row, item->uuid, sizeof(item->uuid));
	item->vif = (unsigned int)sql_take_int(&row, 0, UINT16_MAX);
	take_traffic(&row, &item->traffic);
	return sql_row_end(&s->sql, &row, "an item of the ledger", err);
}

int state_traffic(struct state *s, const struct traffic_query *query,
	int (*tell)(void *arg, const struct traffic_item *item), void *arg, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[query->one ? TRAFFIC_OF : TRAFFIC];
	struct sql_values v = {.q = q};
	struct traffic_item item = {.span = query->span};
	int rc;

	sql_put_int(&v, query->span);
	sql_put_int(&v, query->from);
	sql_put_int(&v, query->until);
	if (query->one)
		sql_put_bytes(&v, query->uuid, sizeof(query->uuid));
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int r = take_item(s, q, &item, err);

		if (!r)
			r = tell(arg, &item);
		if (r)
			return r;
	}
	return rc == SQLITE_DONE ? 0 : sql_failed(&s->sql, err);
}

static int add_item(void *arg, const struct traffic_item *item)
{
	struct traffic *sum = arg;

	for (size_t i = 0; i < TRAFFIC_COUNT; i++) {
		sum->kinds[i].bytes += item->traffic.kinds[i].bytes;
		sum->kinds[i].packets += item->traffic.kinds[i].packets;
	}
	return 0;
}

int state_traffic_sum(struct state *s, const uint8_t uuid[GUEST_UUID], enum traffic_span span,
	int64_t since, struct traffic *out, struct gnx_err *err)
{
	struct traffic_query q = {.span = span, .from = since, .until = since + 1, .one = true};
	struct traffic sum = {0};
	int r;

	memcpy(q.uuid, uuid, GUEST_UUID);
	r = state_traffic(s, &q, add_item, &sum, err);
	if (!r)
		*out = sum;
	return r;
}

/* --- Quotas */

int state_quota_told(struct state *s, const uint8_t uuid[GUEST_UUID], int64_t since, uint64_t quota,
	unsigned *percent_out, struct gnx_err *err)
{
	GNX_CLEAN(sql_reset)
	sqlite3_stmt *q = s->statements[QUOTA_TOLD];
	struct sql_values v = {.q = q};
	int rc;

	sql_put_bytes(&v, uuid, GUEST_UUID);
	sql_put_int(&v, since);
	sql_put_u64(&v, quota);
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sql_failed(&s->sql, err);
	*percent_out = rc == SQLITE_ROW ? (unsigned)sqlite3_column_int(q, 0) : 0;
	return 0;
}

int state_quota_tell(struct state *s, int64_t since, uint64_t quota, unsigned percent,
	struct event_record *e, struct gnx_err *err)
{
	struct sql_values v = {.q = s->statements[TELL_QUOTA]};

	sql_put_bytes(&v, e->guest.uuid, GUEST_UUID);
	sql_put_int(&v, since);
	sql_put_u64(&v, quota);
	sql_put_int(&v, percent);
	return state_change(s, TELL_QUOTA, e, err);
}
