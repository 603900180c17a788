/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls that clients can make: see calls.h. One table; events have a file of their own. */
#include "gridnixd/api/calls.h"

#include "base/clean.h"
#include "gridnixd/api/json.h"

#include <string.h>

/* A call whose answer is made of the monitor's answer to one question. */
struct call {
	struct client *client;
	struct link *link;
	struct ask ask;
	struct gnx_buf body;
};

static void call_gone(void *arg)
{
	struct call *call = arg;

	link_cancel(call->link, &call->ask);
	gnx_buf_done(&call->body);
	free(call);
}

static void call_end(void *arg, int code)
{
	struct call *call = arg;

	if (code == 0 && !call->body.len)
		code = -ENODATA;
	if (code < 0)
		client_error(call->client, 503, "gridnixd cannot tell: %s", gnx_strerror(code));
	else
		client_reply(call->client, &call->body);
}

static void call_start(struct calls *calls, struct client *c, enum msg type,
	int (*item)(void *arg, const void *item), void (*end)(void *arg, int code))
{
	struct call *call = gnx_alloc(sizeof(*call));

	call->client = c;
	call->link = calls->link;
	call->ask = (struct ask){.type = type, .item = item, .end = end, .arg = call};
	client_keep(c, call, call_gone, NULL);
	link_ask(call->link, &call->ask);
}

static int host_item(void *arg, const void *item)
{
	struct call *call = arg;

	if (call->body.len)
		return -GNX_E_SYNTAX;
	show_host(item, &call->body);
	return 0;
}

static void run_host(struct calls *calls, struct client *c)
{
	call_start(calls, c, MSG_ASK_HOST, host_item, call_end);
}

static int guest_item(void *arg, const void *item)
{
	struct call *call = arg;

	gnx_buf_str(&call->body, call->body.len ? "," : "{\"guests\":[");
	show_guest(item, &call->body);
	return 0;
}

static void guests_end(void *arg, int code)
{
	struct call *call = arg;

	gnx_buf_str(&call->body, call->body.len ? "]}" : "{\"guests\":[]}");
	call_end(call, code);
}

static void run_guests(struct calls *calls, struct client *c)
{
	call_start(calls, c, MSG_ASK_GUESTS, guest_item, guests_end);
}

static void run_events(struct calls *calls, struct client *c)
{
	events_start(calls->events, c);
}

#define PARAMS_MAX 6

static const struct route {
	const char *method;
	const char *path;
	void (*run)(struct calls *calls, struct client *c);
	const char *params[PARAMS_MAX]; /* that it knows */
} routes[] = {
	{"GET", "/v1/host", run_host, {0}},
	{"GET", "/v1/guests", run_guests, {0}},
	{"GET", "/v1/events", run_events, {"since", "limit", "follow", "kind", "guest"}},
};

/* The first parameter that the call does not know, or NULL. */
static const char *unknown_param(const struct route *route, const struct request *r)
{
	for (size_t i = 0; i < r->params_len; i++) {
		const char *const *p = route->params;

		while (*p && strcmp(*p, r->params[i].name))
			p++;
		if (!*p)
			return r->params[i].name;
	}
	return NULL;
}

void calls_run(void *calls, struct client *c)
{
	const struct request *r = client_request(c);
	const struct route *route = NULL;
	const char *unknown;

	for (size_t i = 0; i < GNX_LEN(routes) && !route; i++)
		if (!strcmp(routes[i].path, r->path))
			route = &routes[i];
	if (!route) {
		client_error(c, 404, "there is no %s", r->path);
		return;
	}
	if (strcmp(route->method, r->method)) {
		client_error(c, 405, "%s takes %s only", r->path, route->method);
		return;
	}
	unknown = unknown_param(route, r);
	if (unknown)
		client_error(c, 400, "%s has no parameter %s", r->path, unknown);
	else
		route->run(calls, c);
}
