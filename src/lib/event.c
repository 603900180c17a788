/* SPDX-License-Identifier: BSD-3-Clause */
/* Events, read and followed: see gridnix.h. One JSON object a line, taken from the answer's body.
 */
#include "lib/event.h"
#include "base/clean.h"
#include "lib/conn.h"
#include "lib/target.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define LINE_MAX_BYTES (64u << 10)
#define BODY_MAX       (2 * LINE_MAX_BYTES) /* a line that is not whole, and what one read brings */

void event_done(struct gnx_event *e)
{
	json_decref(e->json);
	free(e->text);
	free(e->detail);
	*e = (struct gnx_event){0};
}

static int parse_fail(struct gnx_conn *c)
{
	return conn_fail(c, -GNX_ERR_PROTOCOL, "%s: a line of the answer is no event", c->path);
}

/* Fills in what e->json says. */
static int event_fill(struct gnx_conn *c, struct gnx_event *e)
{
	json_t *guest = NULL, *detail = NULL;

	e->reason = e->before = e->after = "";
	if (json_unpack(e->json, "{s:I, s:s, s:s, s:I, s:s, s:s, s?I, s?s, s?o, s?s, s?s, s?o}",
		    "seq", &e->seq, "boot_id", &e->boot_id, "time", &e->time, "mono_ms",
		    &e->mono_ms, "kind", &e->kind, "known", &e->known, "operation", &e->operation,
		    "reason", &e->reason, "guest", &guest, "before", &e->before, "after", &e->after,
		    "detail", &detail) < 0 ||
		e->seq < 0 || e->operation < 0)
		return parse_fail(c);
	e->has_guest = guest;
	if (guest && !guest_parse(guest, &e->guest))
		return parse_fail(c);
	if (!detail)
		return 0;
	e->detail = json_dumps(detail, JSON_COMPACT);
	return e->detail ? 0 : parse_fail(c);
}

/* Makes the line the handle's event. */
static int event_parse(struct gnx_conn *c, const char *line, size_t len)
{
	struct gnx_event *e = &c->event;
	int r;

	event_done(e);
	r = conn_json(c, line, len, &e->json);
	if (r < 0)
		return r;
	e->text = strndup(line, len);
	return e->text ? event_fill(c, e) : conn_fail(c, -ENOMEM, "out of memory");
}

static int begin(struct gnx_conn *c, uint64_t since, unsigned limit, bool follow, const char *kinds,
	const char *guest)
{
	struct demand d = {.method = "GET"};
	struct target t = {0};
	char text[64];

	question_end(&c->events);
	c->over = -ENOTCONN;
	c->follow = follow;
	snprintf(text, sizeof(text), "%" PRIu64, since);
	target_put(&t, "/v1/events?since=", text);
	snprintf(text, sizeof(text), "%u", limit);
	if (limit)
		target_put(&t, "&limit=", text);
	if (follow)
		target_put(&t, "&follow=", "yes");
	if (kinds)
		target_put(&t, "&kind=", kinds);
	if (guest)
		target_put(&t, "&guest=", guest);
	if (target_end(c, &t) < 0)
		return -EINVAL;
	d.target = t.text;
	c->over = question_begin(c, &c->events, &d, BODY_MAX);
	if (c->over)
		question_end(&c->events);
	return c->over;
}

int gnx_event_read(
	struct gnx_conn *conn, uint64_t since, unsigned limit, const char *kinds, const char *guest)
{
	return conn ? begin(conn, since, limit, false, kinds, guest) : -EINVAL;
}

int gnx_event_follow(struct gnx_conn *conn, uint64_t since, const char *kinds, const char *guest)
{
	return conn ? begin(conn, since, 0, true, kinds, guest) : -EINVAL;
}

/* The answer is whole: 1, or why that is no good end. */
static int end_of_answer(struct gnx_conn *c)
{
	int r = question_verdict(c, &c->events);

	if (r < 0)
		return r;
	if (c->follow)
		return conn_fail(c, -EPIPE, "%s: the daemon has ended", c->path);
	return 1;
}

/* Reads what has come; lines that came before an end are still there. */
static void read_more(struct gnx_conn *c)
{
	c->over = question_read(c, &c->events);
	if (!c->over && c->events.http.state == HTTP_WHOLE)
		c->over = end_of_answer(c);
	if (c->over) {
		gnx_close(&c->events.fd);
		c->events.fd = -1;
	}
}

/* A line that is no event ends the reading. */
static int give_up(struct gnx_conn *c, int code)
{
	question_end(&c->events);
	return c->over = code;
}

/* Takes a line out of what was read, empty ones aside: 1, and it is the handle's event; 0 when
 * there is none; or why the reading has ended. */
static int take_event(struct gnx_conn *c)
{
	struct http *h = &c->events.http;
	int r;

	while (h->status == 200 && h->body.len) {
		const char *end = memchr(h->body.data, '\n', h->body.len);
		size_t len = end ? (size_t)(end - h->body.data) : h->body.len;

		if (len > LINE_MAX_BYTES)
			return give_up(c,
				conn_fail(c, -GNX_ERR_TOO_BIG, "%s: an event is too big", c->path));
		if (!end && c->over == 1)
			return give_up(c, parse_fail(c));
		if (!end)
			break;
		r = len ? event_parse(c, h->body.data, len) : 0;
		if (r < 0)
			return give_up(c, r);
		http_take(h, len + 1);
		if (len)
			return 1;
	}
	return c->over < 0 ? c->over : 0;
}

int gnx_event_next(struct gnx_conn *conn, int timeout_ms, const struct gnx_event **event_out)
{
	int64_t deadline = conn_deadline(timeout_ms);
	int r;

	if (!conn || !event_out || timeout_ms < -1)
		return -EINVAL;
	while ((r = take_event(conn)) == 0 && !conn->over) {
		r = question_wait(conn, &conn->events, deadline);
		if (r < 0)
			return r;
		read_more(conn);
	}
	if (r > 0)
		*event_out = &conn->event;
	return r;
}

int gnx_fd(const struct gnx_conn *conn)
{
	return conn ? conn->events.fd : -1;
}

int gnx_dispatch(
	struct gnx_conn *conn, void (*tell)(void *arg, const struct gnx_event *event), void *arg)
{
	int n = 0, r;

	if (!conn || !tell)
		return -EINVAL;
	if (!conn->over)
		read_more(conn);
	while ((r = take_event(conn)) > 0) {
		tell(arg, &conn->event);
		n++;
	}
	return r < 0 ? r : n;
}

uint64_t gnx_event_seq(const struct gnx_event *event)
{
	return event ? (uint64_t)event->seq : 0;
}

const char *gnx_event_boot_id(const struct gnx_event *event)
{
	return event ? event->boot_id : "";
}

const char *gnx_event_time(const struct gnx_event *event)
{
	return event ? event->time : "";
}

int64_t gnx_event_mono_ms(const struct gnx_event *event)
{
	return event ? event->mono_ms : 0;
}

const char *gnx_event_kind(const struct gnx_event *event)
{
	return event ? event->kind : "";
}

const char *gnx_event_known(const struct gnx_event *event)
{
	return event ? event->known : "";
}

uint64_t gnx_event_operation(const struct gnx_event *event)
{
	return event ? (uint64_t)event->operation : 0;
}

const char *gnx_event_reason(const struct gnx_event *event)
{
	return event ? event->reason : "";
}

const struct gnx_guest *gnx_event_guest(const struct gnx_event *event)
{
	return event && event->has_guest ? &event->guest : NULL;
}

const char *gnx_event_before(const struct gnx_event *event)
{
	return event ? event->before : "";
}

const char *gnx_event_after(const struct gnx_event *event)
{
	return event ? event->after : "";
}

const char *gnx_event_detail(const struct gnx_event *event)
{
	return event && event->detail ? event->detail : "";
}

const char *gnx_event_json(const struct gnx_event *event)
{
	return event ? event->text : "";
}
