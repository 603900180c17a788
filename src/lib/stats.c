/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures of the host and of guests: see gridnix.h. */
#include "base/clean.h"
#include "lib/conn.h"
#include "lib/target.h"

#include <errno.h>

struct gnx_stats {
	json_t *json, *host; /* host: NULL when it was not asked for */
	json_t *items;	     /* NULL: those of one guest, which is json itself */
	char *text;
};

/* Figures are JSON objects, which are never changed: no structure of our own stands in between. */
static const struct gnx_figures *figures(json_t *json)
{
	return json_is_object(json) ? (const struct gnx_figures *)json : NULL;
}

static json_t *member(const struct gnx_figures *f, const char *name)
{
	return f && name ? json_object_get((const json_t *)f, name) : NULL;
}

static int ask(struct gnx_conn *conn, const char *target, struct gnx_stats **stats_out)
{
	const struct demand d = {.method = "GET", .target = target};
	struct gnx_stats *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return conn_fail(conn, -ENOMEM, "out of memory");
	r = conn_ask_json(conn, &d, &s->json, &s->text);
	if (r < 0) {
		gnx_stats_free(s);
		return r;
	}
	*stats_out = s;
	return 0;
}

int gnx_guest_stats(struct gnx_conn *conn, const char *guest, struct gnx_stats **stats_out)
{
	struct target t = {0};
	int r;

	if (!conn || !guest || !*guest || !stats_out)
		return -EINVAL;
	r = target_guest(conn, &t, guest, "/stats");
	return r ? r : ask(conn, t.text, stats_out);
}

/* Asks for a list of figures, with the host's or without. */
static int ask_list(struct gnx_conn *conn, const char *target, const char *name, bool host,
	struct gnx_stats **stats_out)
{
	struct gnx_stats *s;
	int r = ask(conn, target, &s);

	if (r < 0)
		return r;
	s->host = host ? json_object_get(s->json, "host") : NULL;
	s->items = json_object_get(s->json, name);
	if (json_is_object(s->host) != host || !json_is_array(s->items)) {
		gnx_stats_free(s);
		return conn_fail(
			conn, -GNX_ERR_PROTOCOL, "%s: the answer has no %s", conn->path, name);
	}
	*stats_out = s;
	return 0;
}

int gnx_host_stats(struct gnx_conn *conn, struct gnx_stats **stats_out)
{
	return conn && stats_out ? ask_list(conn, "/v1/stats", "guests", true, stats_out) : -EINVAL;
}

int gnx_host_stats_page(
	struct gnx_conn *conn, const char *after, unsigned limit, struct gnx_stats **stats_out)
{
	struct target t = {0};
	int r;

	if (!conn || !limit || !stats_out)
		return -EINVAL;
	target_page(&t, "/v1/stats", after, limit);
	r = target_end(conn, &t);
	return r ? r : ask_list(conn, t.text, "guests", true, stats_out);
}

int gnx_traffic(struct gnx_conn *conn, const char *guest, const char *from, const char *until,
	const char *by, struct gnx_stats **stats_out)
{
	struct target t = {0};
	int r;

	if (!conn || (guest && !*guest) || !stats_out)
		return -EINVAL;
	if (guest)
		target_guest(conn, &t, guest, "/traffic");
	else
		target_put(&t, "/v1/traffic", "");
	target_put(&t, "?by=", by ? by : "month");
	if (from)
		target_put(&t, "&from=", from);
	if (until)
		target_put(&t, "&until=", until);
	r = target_end(conn, &t);
	return r ? r : ask_list(conn, t.text, "traffic", false, stats_out);
}

int gnx_net(struct gnx_conn *conn, int ports, const char *after, unsigned limit,
	struct gnx_stats **stats_out)
{
	struct target t = {0};
	int r;

	if (!conn || !stats_out)
		return -EINVAL;
	if (limit)
		target_page(&t, "/v1/net", after, limit);
	else
		target_put(&t, "/v1/net?after=", after && *after ? after : "0");
	if (ports)
		target_put(&t, "&ports=", "yes");
	r = target_end(conn, &t);
	return r ? r : ask_list(conn, t.text, "links", true, stats_out);
}

const char *gnx_stats_next(const struct gnx_stats *stats)
{
	const char *next = stats ? json_string_value(json_object_get(stats->json, "next")) : NULL;

	return next ? next : "";
}

void gnx_stats_free(struct gnx_stats *stats)
{
	if (!stats)
		return;
	json_decref(stats->json);
	free(stats->text);
	free(stats);
}

const struct gnx_figures *gnx_stats_host(const struct gnx_stats *stats)
{
	return stats ? figures(stats->host) : NULL;
}

size_t gnx_stats_count(const struct gnx_stats *stats)
{
	return !stats ? 0 : stats->items ? json_array_size(stats->items) : 1;
}

const struct gnx_figures *gnx_stats_at(const struct gnx_stats *stats, size_t i)
{
	if (i >= gnx_stats_count(stats))
		return NULL;
	return figures(stats->items ? json_array_get(stats->items, i) : stats->json);
}

const char *gnx_stats_json(const struct gnx_stats *stats)
{
	return stats ? stats->text : "";
}

int gnx_figures_number(const struct gnx_figures *f, const char *name, uint64_t *value_out)
{
	json_t *value = member(f, name);

	if (!value_out)
		return -EINVAL;
	if (!json_is_boolean(value) && (!json_is_integer(value) || json_integer_value(value) < 0))
		return -ENOENT;
	*value_out = (uint64_t)json_integer_value(value) + json_is_true(value);
	return 0;
}

const char *gnx_figures_text(const struct gnx_figures *f, const char *name)
{
	const char *text = json_string_value(member(f, name));

	return text ? text : "";
}

const struct gnx_figures *gnx_figures_part(const struct gnx_figures *f, const char *name, size_t i)
{
	json_t *part = member(f, name);

	if (json_is_array(part))
		return figures(json_array_get(part, i));
	return i ? NULL : figures(part);
}
