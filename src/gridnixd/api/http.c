/* SPDX-License-Identifier: BSD-3-Clause */
/* The HTTP server's connections: see http.h. */
#include "gridnixd/api/http_part.h"

#include "base/clean.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

#define RETRY_S 1 /* until the next try when the host has no descriptors left */

/* How long at most, in milliseconds; 0: for ever. */
static const int limits[] = {
	[READING] = HTTP_REQUEST_MS,
	[BODY] = HTTP_REQUEST_MS,
	[ANSWERING] = HTTP_ANSWER_MS,
	[PASSING] = HTTP_ANSWER_MS,
	[WAITING] = 0,
	[STREAMING] = 0,
	[ENDING] = HTTP_TAKE_MS,
	[LINGERING] = HTTP_LINGER_MS,
};

void client_enter(struct client *c, enum phase phase)
{
	const struct timeval limit = {limits[phase] / 1000, limits[phase] % 1000 * 1000};

	c->phase = phase;
	if (limits[phase])
		event_add(c->deadline, &limit);
	else
		event_del(c->deadline);
}

void client_let_go(struct client *c)
{
	void (*gone)(void *state) = c->gone;

	c->gone = NULL;
	c->drained = NULL;
	if (gone)
		gone(c->state);
}

static void client_free(struct client *c)
{
	struct http *h = c->http;

	client_let_go(c);
	event_free(c->deadline);
	bufferevent_free(c->bev);
	TAILQ_REMOVE(&h->clients, c, next);
	h->clients_len--;
	h->places -= c->placed;
	free(c);
	evconnlistener_enable(h->listener);
}

/* Takes the head off what has come: its code. */
static int take_head(struct client *c, struct evbuffer *in, size_t len, struct gnx_err *err)
{
	int code =
		request_parse(&c->request, (char *)evbuffer_pullup(in, (ev_ssize_t)len), len, err);

	evbuffer_drain(in, len);
	return code;
}

/* Whether a whole head, or more than there may be of one, has come. */
static bool read_head(struct client *c, struct evbuffer *in)
{
	struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	struct gnx_err err = GNX_ERR_INIT;
	int code;

	if (end.pos < 0 && evbuffer_get_length(in) < REQUEST_HEAD_MAX)
		return false;
	client_enter(c, ANSWERING);
	if (end.pos < 0)
		code = gnx_fail(
			&err, -GNX_E_TOO_BIG, "the head is longer than %d bytes", REQUEST_HEAD_MAX);
	else
		code = take_head(c, in, (size_t)end.pos + 4, &err);
	if (code < 0)
		client_error(c, code == -GNX_E_TOO_BIG ? 413 : 400, "%s", err.msg);
	else
		c->http->call(c->http->arg, c);
	return true;
}

/* Whether all of the body has come. */
static bool read_body(struct client *c, struct evbuffer *in)
{
	size_t len = c->request.body_len;
	GNX_CLEAN(gnx_free)
	char *body = NULL;

	if (evbuffer_get_length(in) < len)
		return false;
	body = gnx_alloc(len + 1);
	evbuffer_remove(in, body, len);
	client_enter(c, ANSWERING);
	c->got(c->got_arg, c, body, len);
	return true;
}

void client_body(struct client *c,
	void (*got)(void *arg, struct client *c, const char *body, size_t len), void *arg)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = c->request.body_len;

	assert(c->phase == ANSWERING && !c->gone);
	c->got = got;
	c->got_arg = arg;
	if (len > REQUEST_HEAD_MAX)
		bufferevent_setwatermark(c->bev, EV_READ, 0, len);
	if (c->request.expects && evbuffer_get_length(in) < len)
		evbuffer_add_printf(
			bufferevent_get_output(c->bev), "HTTP/1.1 100 Continue\r\n\r\n");
	client_enter(c, BODY);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct client *c = arg;

	if (c->phase == READING && !read_head(c, in))
		return;
	if (c->phase == BODY && !read_body(c, in))
		return;
	/* What follows a request is nothing to us. */
	evbuffer_drain(in, evbuffer_get_length(in));
}

/* Not more waits to be taken than the watermark says. */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	if (c->drained)
		c->drained(c->state);
	if (c->phase != ENDING || client_waiting(c))
		return;
	if (c->shut) {
		client_free(c);
		return;
	}
	/* A client that still sends could lose the answer if we closed now. */
	shutdown(bufferevent_getfd(bev), SHUT_WR);
	client_enter(c, LINGERING);
}

/* Whether there is an answer for a client that says nothing more: it may only have shut its side.
 */
static bool has_answer(const struct client *c)
{
	return (c->phase == ANSWERING || c->phase == STREAMING || c->phase == ENDING) &&
		!c->endless;
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if (what & BEV_EVENT_EOF && has_answer(c))
		c->shut = true;
	else
		client_free(c);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd, (void)what;
	if (c->phase == WAITING)
		c->over(c->state);
	else if (c->phase == ANSWERING)
		client_error(c, 503, "gridnixd does not answer");
	else
		client_free(c);
}

static void on_accept(
	struct evconnlistener *listener, int fd, struct sockaddr *addr, int len, void *arg)
{
	struct http *h = arg;
	struct client *c = gnx_alloc(sizeof(*c));

	(void)addr, (void)len;
	c->http = h;
	c->bev = bufferevent_socket_new(h->base, fd, BEV_OPT_CLOSE_ON_FREE);
	c->deadline = evtimer_new(h->base, on_deadline, c);
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, REQUEST_HEAD_MAX);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	client_enter(c, READING);
	TAILQ_INSERT_TAIL(&h->clients, c, next);
	if (++h->clients_len == h->clients_max)
		evconnlistener_disable(listener);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;

	(void)fd, (void)what;
	if (h->clients_len < h->clients_max)
		evconnlistener_enable(h->listener);
}

/* The host has no descriptors or no memory for another connection. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	const struct timeval later = {RETRY_S, 0};
	struct http *h = arg;

	fprintf(stderr, "gridnixd-api: accept: %s\n", strerror(errno));
	evconnlistener_disable(listener);
	event_base_once(h->base, -1, EV_TIMEOUT, on_retry, h, &later);
}

void http_free(struct http **h)
{
	if (!*h)
		return;
	while (!TAILQ_EMPTY(&(*h)->clients))
		client_free(TAILQ_FIRST(&(*h)->clients));
	if ((*h)->listener)
		evconnlistener_free((*h)->listener);
	free(*h);
	*h = NULL;
}

int http_new(struct event_base *base, int fd, int clients_max,
	void (*call)(void *arg, struct client *c), void *arg, struct http **out,
	struct gnx_err *err)
{
	GNX_CLEAN(http_free)
	struct http *h = gnx_alloc(sizeof(*h));

	h->base = base;
	h->clients_max = clients_max;
	h->call = call;
	h->arg = arg;
	TAILQ_INIT(&h->clients);
	h->listener = evconnlistener_new(base, on_accept, h, LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!h->listener)
		return gnx_fail_errno(err, "the listening socket");
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	*out = STEAL(h);
	return 0;
}
