/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls for figures: see stats.h. First the host is asked for, then the guests. */
#include "gridnixd/api/stats.h"

#include "base/clean.h"
#include "gridnixd/json.h"
#include "gridnixd/api/metrics.h"
#include "gridnixd/api/refuse.h"

#include <string.h>

#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

struct metrics {
	struct link *link;
	struct event *old; /* fires when the text is too old */
	struct gnx_buf text;
};

/* A call. */
struct taking {
	struct client *client;
	struct link *link;
	struct ask host, guests;
	char guest[GUEST_NAME_MAX + 1];
	struct metrics *metrics; /* where they are to be kept; NULL: the answer is JSON */
	struct metrics_text text;
	struct gnx_buf body;
	struct page page;
};

static void gone(void *arg)
{
	struct taking *t = arg;

	link_cancel(t->link, &t->host);
	link_cancel(t->link, &t->guests);
	metrics_text_done(&t->text);
	gnx_buf_done(&t->body);
	free(t);
}

static struct taking *begin(struct link *link, struct client *c)
{
	struct taking *t = gnx_alloc(sizeof(*t));

	t->client = c;
	t->link = link;
	client_keep(c, t, gone, NULL);
	return t;
}

static int host_item(void *arg, const void *item)
{
	struct taking *t = arg;

	if (t->body.len)
		return -GNX_E_SYNTAX;
	gnx_buf_str(&t->body, "{\"host\":");
	if (t->metrics)
		metrics_host(&t->text, item);
	else
		show_host_stats(item, &t->body);
	gnx_buf_str(&t->body, ",\"guests\":[");
	return 0;
}

static void host_end(void *arg, int code, const char *words)
{
	struct taking *t = arg;

	if (code == 0 && !t->body.len)
		code = -ENODATA;
	if (code < 0)
		refuse(t->client, code, words);
	else
		link_ask(t->link, &t->guests);
}

static int guest_item(void *arg, const void *item)
{
	struct taking *t = arg;

	bool first = !t->page.told;

	if (t->metrics) {
		metrics_guest(&t->text, item);
	} else if (page_takes(&t->page, &((const struct msg_stats *)item)->guest)) {
		gnx_buf_str(&t->body, first ? "" : ",");
		show_stats(item, &t->body);
	}
	return 0;
}

static void keep(struct metrics *m, struct metrics_text *text)
{
	static const struct timeval fresh = {
		METRICS_FRESH_MS / 1000, METRICS_FRESH_MS % 1000 * 1000};

	gnx_buf_done(&m->text);
	metrics_write(text, &m->text);
	event_add(m->old, &fresh);
}

static void guests_end(void *arg, int code, const char *words)
{
	struct taking *t = arg;

	if (code < 0) {
		refuse(t->client, code, words);
	} else if (t->metrics) {
		keep(t->metrics, &t->text);
		client_reply(t->client, 200, PROMETHEUS, &t->metrics->text);
	} else {
		gnx_buf_str(&t->body, "]");
		page_end(&t->page, &t->body);
		gnx_buf_str(&t->body, "}");
		client_reply(t->client, 200, HTTP_JSON, &t->body);
	}
}

/* Of one guest there is one item, and it is the answer. */
static void guest_end(void *arg, int code, const char *words)
{
	struct taking *t = arg;

	if (code == 0 && t->page.told != 1)
		code = -ENODATA;
	if (code < 0)
		refuse(t->client, code, words);
	else
		client_reply(t->client, 200, HTTP_JSON, &t->body);
}

void stats_tell(struct link *link, struct client *c, const char *guest)
{
	struct taking *t = begin(link, c);

	strcpy(t->guest, guest);
	t->guests = (struct ask){.type = MSG_ASK_STATS,
		.guest = t->guest,
		.item = guest_item,
		.end = guest_end,
		.arg = t};
	link_ask(link, &t->guests);
}

static void take_all(
	struct link *link, struct client *c, struct metrics *m, const struct page *page)
{
	struct taking *t = begin(link, c);

	t->metrics = m;
	t->page = *page;
	t->host = (struct ask){
		.type = MSG_ASK_HOST_STATS, .item = host_item, .end = host_end, .arg = t};
	t->guests = (struct ask){.type = MSG_ASK_STATS,
		.guest = t->guest,
		.page = page->ask,
		.item = guest_item,
		.end = guests_end,
		.arg = t};
	link_ask(link, &t->host);
}

void stats_tell_all(struct link *link, struct client *c, const struct page *page)
{
	take_all(link, c, NULL, page);
}

void metrics_tell(struct metrics *m, struct client *c)
{
	if (m->text.len)
		client_reply(c, 200, PROMETHEUS, &m->text);
	else
		take_all(m->link, c, m, &(struct page){0});
}

void metrics_run(void *metrics, struct client *c)
{
	const struct request *r = client_request(c);
	char none[1];

	if (!request_match(r, "/metrics", none, sizeof(none)))
		client_error(c, 404, "there is no %s here: /metrics is all", r->path);
	else if (strcmp(r->method, "GET") != 0)
		client_not_allowed(c, "GET");
	else
		metrics_tell(metrics, c);
}

static void on_old(evutil_socket_t fd, short what, void *arg)
{
	struct metrics *m = arg;

	(void)fd, (void)what;
	gnx_buf_done(&m->text);
}

struct metrics *metrics_new(struct event_base *base, struct link *link)
{
	struct metrics *m = gnx_alloc(sizeof(*m));

	m->link = link;
	m->old = evtimer_new(base, on_old, m);
	return m;
}

void metrics_free(struct metrics **m)
{
	if (!*m)
		return;
	event_free((*m)->old);
	gnx_buf_done(&(*m)->text);
	free(*m);
	*m = NULL;
}
