/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GET /v1/events: see events.h. One question for a page of the journal is under way at a time; all
 * streams that are at its position get the page, so that many who follow cost the monitor no more
 * than one.
 */
#include "gridnixd/api/events.h"

#include "base/clean.h"
#include "gridnixd/json.h"
#include "gridnixd/api/refuse.h"

#include <assert.h>
#include <string.h>

/* What of the journal a stream shows. */
struct filter {
	uint64_t kinds; /* a bit for each; 0: all */
	bool by_uuid, by_name;
	uint8_t uuid[GUEST_UUID];
	char name[GUEST_NAME_MAX + 1];
};

struct stream {
	TAILQ_ENTRY(stream) next;
	struct events *events;
	struct client *client;
	struct filter filter;
	bool follow;
	bool listed;	/* in events.streams: it has begun */
	bool taking;	/* it gets the page that is under way */
	uint64_t at;	/* the last event that it has seen, or does not want to see */
	uint64_t until; /* it ends with this one */
	uint64_t left;	/* it ends after so many lines */
	struct ask ask;
	struct msg_host host; /* the answer to that */
	bool heard;	      /* there was one */
	struct evbuffer *page;
};

struct events {
	struct link *link;
	TAILQ_HEAD(, stream) streams; /* whose turn it is stands in front */
	uint64_t last;		      /* event that the journal has, as far as is known */
	struct ask page;	      /* for the streams that are taking */
	bool asking;
	uint64_t got; /* the last event of the page so far */
};

static_assert(EVENT_COUNT <= 64, "filter.kinds has a bit for each kind");

static bool matches(const struct filter *f, const struct event_record *e)
{
	const struct guest *g = &e->guest;

	if (f->kinds && !(f->kinds >> e->kind & 1))
		return false;
	/* Who asks for one guest is told, too, that something may have happened to it unseen. */
	if (e->kind == EVENT_gap)
		return true;
	if (f->by_uuid)
		return event_of_guest(e) && !memcmp(g->uuid, f->uuid, GUEST_UUID);
	return !f->by_name || (event_of_guest(e) && !strcmp(g->name, f->name));
}

/* Whether the stream can take a page, and there is one for it. */
static bool is_ready(const struct stream *s)
{
	return s->at < s->events->last && client_waiting(s->client) < EVENTS_WAITING_MAX;
}

static void ask_page(struct events *ev)
{
	struct stream *first, *s;

	TAILQ_FOREACH(first, &ev->streams, next)
		if (is_ready(first))
			break;
	if (ev->asking || !first)
		return;
	TAILQ_REMOVE(&ev->streams, first, next);
	TAILQ_INSERT_TAIL(&ev->streams, first, next);
	TAILQ_FOREACH(s, &ev->streams, next)
		s->taking = s->at == first->at && is_ready(s);
	ev->page.since = ev->got = first->at;
	ev->asking = true;
	link_ask(ev->link, &ev->page);
}

/* Says that the journal begins with first, and goes on from there. */
static void tell_gap(struct stream *s, uint64_t first)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};

	show_gap(s->host.boot_id, s->at, first, &line);
	gnx_buf_str(&line, "\n");
	evbuffer_add(s->page, line.data, line.len);
	s->at = first - 1;
}

/* line is the event's, made when the first stream shows it. */
static void take(struct stream *s, const struct event_record *e, struct gnx_buf *line)
{
	if (e->seq > s->at + 1)
		tell_gap(s, e->seq);
	s->at = e->seq;
	if (s->at > s->until || !s->left || !matches(&s->filter, e))
		return;
	if (!line->len) {
		show_event(e, line);
		gnx_buf_str(line, "\n");
	}
	evbuffer_add(s->page, line->data, line->len);
	s->left--;
}

/* Sends what has been gathered; ends the stream when that was all. */
static void flush(struct stream *s)
{
	client_send(s->client, s->page);
	if (s->at >= s->until || !s->left)
		client_end(s->client);
}

static int page_item(void *arg, const void *item)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};
	const struct event_record *e = item;
	struct events *ev = arg;
	struct stream *s;

	if (e->seq <= ev->got)
		return -GNX_E_SYNTAX;
	ev->got = e->seq;
	TAILQ_FOREACH(s, &ev->streams, next)
		if (s->taking)
			take(s, e, &line);
	return 0;
}

static void page_end(void *arg, int code, const char *words)
{
	struct events *ev = arg;
	struct stream *s, *next;

	(void)words;
	ev->asking = false;
	for (s = TAILQ_FIRST(&ev->streams); s; s = next) {
		next = TAILQ_NEXT(s, next);
		if (!s->taking)
			continue;
		s->taking = false;
		/* After an empty page we would ask for the same one for ever. */
		if (code < 0 || ev->got == ev->page.since)
			client_drop(s->client);
		else
			flush(s);
	}
	ask_page(ev);
}

void events_news(struct events *ev, uint64_t last)
{
	if (last > ev->last)
		ev->last = last;
	ask_page(ev);
}

static void stream_gone(void *arg)
{
	struct stream *s = arg;

	link_cancel(s->events->link, &s->ask);
	if (s->listed)
		TAILQ_REMOVE(&s->events->streams, s, next);
	evbuffer_free(s->page);
	free(s);
}

static void stream_drained(void *arg)
{
	struct stream *s = arg;

	ask_page(s->events);
}

static int host_item(void *arg, const void *item)
{
	struct stream *s = arg;

	if (s->heard)
		return -GNX_E_SYNTAX;
	s->host = *(const struct msg_host *)item;
	s->heard = true;
	return 0;
}

/* It is known what the journal has: the stream begins. */
static void host_end(void *arg, int code, const char *words)
{
	struct stream *s = arg;
	struct events *ev = s->events;
	const struct msg_host *h = &s->host;

	if (code == 0 && !s->heard)
		code = -ENODATA;
	if (code < 0) {
		refuse(s->client, code, words);
		return;
	}
	if (client_stream(s->client, s->follow) < 0)
		return;
	TAILQ_INSERT_TAIL(&ev->streams, s, next);
	s->listed = true;
	s->until = s->follow ? UINT64_MAX : h->last;
	/* A number that the journal has not given yet is another journal's. */
	if (s->at > h->last)
		tell_gap(s, h->first ? h->first : h->last + 1);
	events_news(ev, h->last);
	flush(s);
}

static int parse_kinds(struct filter *f, const char *value, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv kinds = {0};

	gnx_strv_split(&kinds, value, ",");
	for (size_t i = 0; i < kinds.len; i++) {
		int kind = event_kind_by_name(kinds.items[i]);

		if (kind < 0)
			return gnx_fail(err, -GNX_E_BAD_VALUE, "kind: there is no kind \"%s\"",
				kinds.items[i]);
		f->kinds |= 1ULL << kind;
	}
	if (!kinds.len)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "kind: is empty");
	return 0;
}

static int parse_guest(struct filter *f, const char *value, struct gnx_err *err)
{
	f->by_uuid = guest_uuid_parse(value, f->uuid) == 0;
	f->by_name = !f->by_uuid;
	if (!*value || strlen(value) > GUEST_NAME_MAX)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "guest: is neither a name nor a UUID");
	strcpy(f->name, value);
	return 0;
}

static int parse_number(
	const struct request *r, const char *name, uint64_t min, uint64_t *out, struct gnx_err *err)
{
	const char *value = request_param(r, name);
	uint64_t n;

	if (!value)
		return 0;
	if (gnx_parse_u64(value, INT64_MAX, &n) < 0 || n < min)
		return gnx_fail(
			err, -GNX_E_BAD_VALUE, "%s: is not a number from %d up", name, (int)min);
	*out = n;
	return 0;
}

static int parse_params(struct stream *s, const struct request *r, struct gnx_err *err)
{
	const char *follow = request_param(r, "follow"), *kind = request_param(r, "kind"),
		   *guest = request_param(r, "guest");
	int code;

	if (follow && gnx_parse_bool(follow, &s->follow) < 0)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "follow: is neither yes nor no");
	if (s->follow && request_param(r, "limit"))
		return gnx_fail(err, -GNX_E_BAD_VALUE, "limit: not together with follow");
	code = parse_number(r, "since", 0, &s->at, err);
	if (code == 0)
		code = parse_number(r, "limit", 1, &s->left, err);
	if (code == 0 && kind)
		code = parse_kinds(&s->filter, kind, err);
	if (code == 0 && guest)
		code = parse_guest(&s->filter, guest, err);
	return code;
}

void events_start(struct events *ev, struct client *c)
{
	struct stream *s = gnx_alloc(sizeof(*s));
	struct gnx_err err = GNX_ERR_INIT;

	s->events = ev;
	s->client = c;
	s->left = UINT64_MAX;
	s->page = evbuffer_new();
	client_keep(c, s, stream_gone, stream_drained);
	if (parse_params(s, client_request(c), &err) < 0) {
		client_error(c, 400, "%s", err.msg);
		return;
	}
	s->ask = (struct ask){.type = MSG_ASK_HOST, .item = host_item, .end = host_end, .arg = s};
	link_ask(ev->link, &s->ask);
}

void events_free(struct events **ev)
{
	if (!*ev)
		return;
	assert(TAILQ_EMPTY(&(*ev)->streams));
	free(*ev);
	*ev = NULL;
}

struct events *events_new(struct link *link)
{
	struct events *ev = gnx_alloc(sizeof(*ev));

	ev->link = link;
	ev->page =
		(struct ask){.type = MSG_ASK_EVENTS, .item = page_item, .end = page_end, .arg = ev};
	TAILQ_INIT(&ev->streams);
	return ev;
}
