/* SPDX-License-Identifier: BSD-3-Clause */
/* The HTTP server's answers: see http.h. All go into the connection's buffer, which the loop sends.
 */
#include "gridnixd/api/http_part.h"

#include "base/clean.h"
#include "gridnixd/json.h"

#include <assert.h>
#include <stdarg.h>
#include <time.h>

#define STREAM_LOW 16384 /* bytes left when a stream is asked for more */

static const struct status {
	int number;
	const char *phrase;
	const char *code; /* in the answer's body */
} statuses[] = {
	{200, "OK", NULL},
	{201, "Created", NULL},
	{202, "Accepted", NULL},
	{400, "Bad Request", "bad-request"},
	{404, "Not Found", "not-found"},
	{405, "Method Not Allowed", "method-not-allowed"},
	{409, "Conflict", "conflict"},
	{413, "Content Too Large", "too-large"},
	{415, "Unsupported Media Type", "unsupported-type"},
	{503, "Service Unavailable", "unavailable"},
};

static const struct status *status_of(int number)
{
	size_t i = 0;

	while (statuses[i].number != number) {
		i++;
		assert(i < GNX_LEN(statuses));
	}
	return &statuses[i];
}

static struct evbuffer *output(const struct client *c)
{
	return bufferevent_get_output(c->bev);
}

/* All of the answer is in the buffer. */
static void finish(struct client *c)
{
	client_let_go(c);
	c->over = NULL;
	bufferevent_setwatermark(c->bev, EV_WRITE, 0, 0);
	client_enter(c, ENDING);
	if (c->stream)
		event_del(c->deadline);
	/* It may all be sent already, and nothing else would tell. */
	bufferevent_trigger(c->bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

static void send_head(struct client *c, int status, const char *type)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[64];

	evutil_date_rfc1123(date, sizeof(date), gmtime_r(&now, &tm));
	evbuffer_add_printf(output(c),
		"HTTP/1.1 %d %s\r\n"
		"Date: %s\r\n"
		"Content-Type: %s\r\n"
		"Cache-Control: no-store\r\n"
		"Connection: close\r\n",
		status, status_of(status)->phrase, date, type);
}

static void send_body(struct client *c, const struct gnx_buf *body)
{
	evbuffer_add_printf(output(c), "Content-Length: %zu\r\n\r\n", body->len);
	evbuffer_add(output(c), body->data, body->len);
	finish(c);
}

/* What all clients together have not taken yet. */
static size_t all_waiting(const struct http *h)
{
	const struct client *c;
	size_t sum = 0;

	TAILQ_FOREACH(c, &h->clients, next)
		sum += client_waiting(c);
	return sum;
}

const struct request *client_request(const struct client *c)
{
	return &c->request;
}

void client_keep(
	struct client *c, void *state, void (*gone)(void *state), void (*drained)(void *state))
{
	assert(c->phase == ANSWERING && !c->gone);
	c->state = state;
	c->gone = gone;
	c->drained = drained;
}

/* Whether nothing of an answer was sent yet. */
static bool unanswered(const struct client *c)
{
	return c->phase == ANSWERING || c->phase == PASSING || c->phase == WAITING;
}

void client_reply(struct client *c, int status, const char *type, const struct gnx_buf *body)
{
	assert(unanswered(c));
	if (all_waiting(c->http) + body->len > HTTP_REPLIES_MAX) {
		client_error(c, 503, "too many clients have not taken their answers");
		return;
	}
	send_head(c, status, type);
	send_body(c, body);
}

void client_error(struct client *c, int status, const char *fmt, ...)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf body = {0};
	char words[GNX_ERR_MSG];
	va_list ap;

	assert(unanswered(c));
	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	show_error(status_of(status)->code, words, &body);
	send_head(c, status, HTTP_JSON);
	send_body(c, &body);
}

void client_not_allowed(struct client *c, const char *methods)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf body = {0};
	GNX_CLEAN(gnx_free)
	char *words = gnx_fmt("%s takes %s only", c->request.path, methods);

	show_error(status_of(405)->code, words, &body);
	send_head(c, 405, HTTP_JSON);
	evbuffer_add_printf(output(c), "Allow: %s\r\n", methods);
	send_body(c, &body);
}

int client_pass(struct client *c)
{
	assert(c->phase == ANSWERING);
	bufferevent_disable(c->bev, EV_READ);
	client_enter(c, PASSING);
	return bufferevent_getfd(c->bev);
}

void client_passed(struct client *c)
{
	const struct timeval now = {0, 0};

	assert(c->phase == PASSING);
	client_let_go(c);
	event_add(c->deadline, &now);
}

int client_place(struct client *c)
{
	assert(c->phase == ANSWERING && !c->placed);
	if (c->http->places == HTTP_STREAMS_MAX) {
		client_error(
			c, 503, "%d clients follow events or wait: no more can", HTTP_STREAMS_MAX);
		return -EBUSY;
	}
	c->http->places++;
	c->placed = true;
	return 0;
}

void client_wait(struct client *c, int seconds, void (*over)(void *state))
{
	const struct timeval limit = {seconds, 0};

	assert(c->phase == ANSWERING && c->placed && c->gone);
	if (c->shut) {
		client_drop(c);
		return;
	}
	c->over = over;
	client_enter(c, WAITING);
	event_add(c->deadline, &limit);
}

int client_stream(struct client *c, bool endless)
{
	int code = client_place(c);

	if (code < 0)
		return code;
	c->stream = true;
	c->endless = endless;
	send_head(c, 200, "application/x-ndjson");
	evbuffer_add_printf(
		output(c), "%s\r\n", c->request.old ? "" : "Transfer-Encoding: chunked\r\n");
	bufferevent_setwatermark(c->bev, EV_WRITE, STREAM_LOW, 0);
	client_enter(c, STREAMING);
	if (!endless || !c->shut)
		return 0;
	client_drop(c);
	return -EPIPE;
}

void client_send(struct client *c, struct evbuffer *lines)
{
	size_t len = evbuffer_get_length(lines);

	assert(c->phase == STREAMING);
	if (!len)
		return;
	if (!c->request.old)
		evbuffer_add_printf(output(c), "%zx\r\n", len);
	evbuffer_add_buffer(output(c), lines);
	if (!c->request.old)
		evbuffer_add(output(c), "\r\n", 2);
}

size_t client_waiting(const struct client *c)
{
	return evbuffer_get_length(output(c));
}

void client_end(struct client *c)
{
	assert(c->phase == STREAMING);
	if (!c->request.old)
		evbuffer_add_printf(output(c), "0\r\n\r\n");
	finish(c);
}

void client_drop(struct client *c)
{
	const struct timeval now = {0, 0};

	/* Not at once: somebody who holds it may have called. */
	finish(c);
	event_add(c->deadline, &now);
}
