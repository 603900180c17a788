/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls that clients can make: see calls.h. One table; those that are more than a
 * question have files of their own. */
#include "gridnixd/api/calls.h"

#include "base/clean.h"
#include "gridnixd/api/consoles.h"
#include "gridnixd/api/definitions.h"
#include "gridnixd/api/firewall_json.h"
#include "gridnixd/api/net.h"
#include "gridnixd/api/page.h"
#include "gridnixd/api/network_json.h"
#include "gridnixd/api/refuse.h"
#include "gridnixd/json.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define PARAMS_MAX 6

struct target;

/* A call. */
struct route {
	const char *method;
	const char *path; /* a form: see request_match() */
	void (*run)(struct calls *calls, struct client *c, const struct target *t);
	const char *params[PARAMS_MAX]; /* that it knows */
	bool body;			/* it takes one */
	int what;			/* enum verb, defined or msg_guard_act, by run */
};

/* What a request has led to. */
struct target {
	const struct route *route;
	char value[GUEST_NAME_MAX + 1]; /* what stands for {} */
};

/* A call whose answer is made of the monitor's answer to one question. */
struct call {
	struct client *client;
	struct link *link;
	struct ask ask;
	char guest[GUEST_NAME_MAX + 1]; /* that it is about */
	const char *list;		/* what an answer that is a list begins with */
	struct page page;		/* of the guests */
	struct gnx_buf body;
};

static void call_gone(void *arg)
{
	struct call *call = arg;

	link_cancel(call->link, &call->ask);
	gnx_buf_done(&call->body);
	free(call);
}

static void call_end(void *arg, int code, const char *words)
{
	struct call *call = arg;

	if (code == 0 && !call->body.len)
		code = -ENODATA;
	if (code < 0)
		refuse(call->client, code, words);
	else
		client_reply(call->client, 200, HTTP_JSON, &call->body);
}

/* question: its type, and what belongs to that. */
static struct call *call_ask(struct calls *calls, struct client *c, const struct ask *question,
	int (*item)(void *arg, const void *item),
	void (*end)(void *arg, int code, const char *words))
{
	struct call *call = gnx_alloc(sizeof(*call));

	call->client = c;
	call->link = calls->link;
	call->ask = *question;
	if (question->guest)
		strcpy(call->guest, question->guest);
	call->ask.guest = call->guest;
	call->ask.item = item;
	call->ask.end = end;
	call->ask.arg = call;
	client_keep(c, call, call_gone, NULL);
	link_ask(call->link, &call->ask);
	return call;
}

static struct call *call_start(struct calls *calls, struct client *c, enum msg type,
	int (*item)(void *arg, const void *item),
	void (*end)(void *arg, int code, const char *words))
{
	return call_ask(calls, c, &(struct ask){.type = type}, item, end);
}

static int host_item(void *arg, const void *item)
{
	struct call *call = arg;

	if (call->body.len)
		return -GNX_E_SYNTAX;
	show_host(item, &call->body);
	return 0;
}

static void run_host(struct calls *calls, struct client *c, const struct target *t)
{
	(void)t;
	call_start(calls, c, MSG_ASK_HOST, host_item, call_end);
}

/* A place for the next item of a list. */
static struct gnx_buf *list_place(struct call *call)
{
	gnx_buf_str(&call->body, call->body.len ? "," : call->list);
	return &call->body;
}

static void list_end(void *arg, int code, const char *words)
{
	struct call *call = arg;

	gnx_buf_str(&call->body, call->body.len ? "" : call->list);
	gnx_buf_str(&call->body, "]");
	page_end(&call->page, &call->body);
	gnx_buf_str(&call->body, "}");
	call_end(call, code, words);
}

static int guest_item(void *arg, const void *item)
{
	struct call *call = arg;
	const struct msg_guest *g = item;

	if (page_takes(&call->page, &g->guest))
		show_guest(g, list_place(call));
	return 0;
}

static void run_guests(struct calls *calls, struct client *c, const struct target *t)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct page page;
	struct call *call;

	(void)t;
	if (page_parse(client_request(c), &page, &err) < 0) {
		client_error(c, 400, "%s", err.msg);
		return;
	}
	call = call_ask(calls, c, &(struct ask){.type = MSG_ASK_GUESTS, .page = page.ask},
		guest_item, list_end);
	call->page = page;
	call->list = "{\"guests\":[";
}

static int hook_item(void *arg, const void *item)
{
	show_hook(item, list_place(arg));
	return 0;
}

static void run_hooks(struct calls *calls, struct client *c, const struct target *t)
{
	(void)t;
	call_start(calls, c, MSG_ASK_HOOKS, hook_item, list_end)->list = "{\"hooks\":[";
}

static int dead_item(void *arg, const void *item)
{
	show_delivery(item, list_place(arg));
	return 0;
}

static void run_dead(struct calls *calls, struct client *c, const struct target *t)
{
	(void)t;
	call_start(calls, c, MSG_ASK_DEAD, dead_item, list_end)->list = "{\"dead\":[";
}

static int replay_item(void *arg, const void *item)
{
	struct call *call = arg;

	gnx_buf_fmt(&call->body, "{\"replayed\":%" PRIu64 "}", *(const uint64_t *)item);
	return 0;
}

static void run_replay_all(struct calls *calls, struct client *c, const struct target *t)
{
	(void)t;
	call_start(calls, c, MSG_ASK_REPLAY, replay_item, call_end);
}

static void run_replay(struct calls *calls, struct client *c, const struct target *t)
{
	uint64_t event;

	if (gnx_parse_u64(t->value, INT64_MAX, &event) < 0 || !event)
		client_error(c, 404, "there is no event %s", t->value);
	else
		call_ask(calls, c, &(struct ask){.type = MSG_ASK_REPLAY, .id = event}, replay_item,
			call_end);
}

static void run_events(struct calls *calls, struct client *c, const struct target *t)
{
	(void)t;
	events_start(calls->events, c);
}

static void run_define(struct calls *calls, struct client *c, const struct target *t)
{
	definitions_define(calls->link, c, (enum defined)t->route->what);
}

static void run_delete(struct calls *calls, struct client *c, const struct target *t)
{
	definitions_delete(calls->link, c, (enum defined)t->route->what, t->value);
}

static void run_definition(struct calls *calls, struct client *c, const struct target *t)
{
	definitions_tell(calls->link, c, (enum defined)t->route->what, t->value);
}

static void run_do(struct calls *calls, struct client *c, const struct target *t)
{
	operations_do(calls->operations, c, (enum verb)t->route->what, t->value);
}

static void run_console(struct calls *calls, struct client *c, const struct target *t)
{
	consoles_pass(calls->link, c, t->value, true);
}

static void run_console_log(struct calls *calls, struct client *c, const struct target *t)
{
	consoles_pass(calls->link, c, t->value, false);
}

static void run_operation(struct calls *calls, struct client *c, const struct target *t)
{
	uint64_t id;

	if (gnx_parse_u64(t->value, INT64_MAX, &id) < 0 || !id)
		client_error(c, 404, "there is no operation %s", t->value);
	else
		operations_tell(calls->operations, c, id);
}

static int network_item(void *arg, const void *item)
{
	show_network(item, list_place(arg));
	return 0;
}

static void run_networks(struct calls *calls, struct client *c, const struct target *t)
{
	(void)t;
	call_start(calls, c, MSG_ASK_NETWORKS, network_item, list_end)->list = "{\"networks\":[";
}

static int firewall_item(void *arg, const void *item)
{
	show_firewall(item, false, list_place(arg));
	return 0;
}

static void run_firewalls(struct calls *calls, struct client *c, const struct target *t)
{
	(void)t;
	call_start(calls, c, MSG_ASK_FIREWALLS, firewall_item, list_end)->list = "{\"firewalls\":[";
}

static int lease_item(void *arg, const void *item)
{
	show_lease(item, list_place(arg));
	return 0;
}

/* Those of one guest, or of all: "". */
static void run_leases(struct calls *calls, struct client *c, const struct target *t)
{
	const struct ask question = {.type = MSG_ASK_LEASES, .guest = t->value};

	call_ask(calls, c, &question, lease_item, list_end)->list = "{\"leases\":[";
}

static int port_item(void *arg, const void *item)
{
	show_port(item, list_place(arg));
	return 0;
}

static void done_end(void *arg, int code, const char *words)
{
	struct call *call = arg;

	gnx_buf_str(&call->body, "{}");
	call_end(call, code, words);
}

/* What the request says of a bridge; else the client is told what is wrong. */
static bool take_guard(struct client *c, const char *bridge, struct msg_guard *out)
{
	const struct request *r = client_request(c);
	const char *uplinks = request_param(r, "uplinks"), *force = request_param(r, "force");
	const char *fault = uplinks ? guarded_uplinks(uplinks, out->uplinks) : NULL;

	if (force && gnx_parse_bool(force, &out->force) < 0)
		client_error(c, 400, "force: is neither yes nor no");
	else if (fault)
		client_error(c, 400, "uplinks: %s", fault);
	else if (strlen(bridge) > NETWORK_LINK_MAX)
		client_error(c, 404, "%s: there is no such bridge", bridge);
	else
		return strcpy(out->bridge, bridge);
	return false;
}

/* Of one bridge, or of all that are guarded: "". */
static void run_guard(struct calls *calls, struct client *c, const struct target *t)
{
	struct ask question = {
		.type = MSG_ASK_GUARD, .guard.act = (enum msg_guard_act)t->route->what};

	if (take_guard(c, t->value, &question.guard))
		call_ask(calls, c, &question, port_item,
			question.guard.act == MSG_GUARD_tell ? list_end : done_end)
			->list = "{\"ports\":[";
}

static int traffic_item(void *arg, const void *item)
{
	show_traffic(item, list_place(arg));
	return 0;
}

/* A time that is asked for; fallback when none is. */
static int take_time(const struct request *r, const char *name, int64_t fallback, int64_t *out,
	struct gnx_err *err)
{
	const char *text = request_param(r, name);
	const char *fault = text ? traffic_time(text, out, NULL) : NULL;

	if (!text)
		*out = fallback;
	return fault ? gnx_fail(err, -GNX_E_BAD_VALUE, "%s: %s", name, fault) : 0;
}

static int take_query(const struct request *r, struct traffic_query *q, struct gnx_err *err)
{
	const char *by = request_param(r, "by");
	int span = by ? traffic_span_by_name(by) : TRAFFIC_month;
	int code =
		take_time(r, "from", traffic_span_start(TRAFFIC_month, time(NULL)), &q->from, err);

	if (!code)
		code = take_time(r, "until", TRAFFIC_TIME_MAX, &q->until, err);
	if (!code && span < 0)
		code = gnx_fail(err, -GNX_E_BAD_VALUE, "by: is none of hour, day and month");
	q->span = code ? TRAFFIC_month : (enum traffic_span)span;
	return code;
}

/* Of one guest, or of all: "". */
static void run_traffic(struct calls *calls, struct client *c, const struct target *t)
{
	struct ask question = {.type = MSG_ASK_TRAFFIC, .guest = t->value};
	struct gnx_err err = GNX_ERR_INIT;

	if (take_query(client_request(c), &question.query, &err) < 0)
		client_error(c, 400, "%s", err.msg);
	else
		call_ask(calls, c, &question, traffic_item, list_end)->list = "{\"traffic\":[";
}

static void run_net(struct calls *calls, struct client *c, const struct target *t)
{
	(void)t;
	net_tell(calls->link, c);
}

static void run_stats(struct calls *calls, struct client *c, const struct target *t)
{
	stats_tell(calls->link, c, t->value);
}

static void run_all_stats(struct calls *calls, struct client *c, const struct target *t)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct page page;

	(void)t;
	if (page_parse(client_request(c), &page, &err) < 0)
		client_error(c, 400, "%s", err.msg);
	else
		stats_tell_all(calls->link, c, &page);
}

static void run_metrics(struct calls *calls, struct client *c, const struct target *t)
{
	(void)t;
	metrics_tell(calls->metrics, c);
}

static const struct route routes[] = {
	{"GET", "/v1/host", run_host, {0}, false, 0},
	{"GET", "/v1/guests", run_guests, {"limit", "after"}, false, 0},
	{"POST", "/v1/guests", run_define, {0}, true, DEFINED_guest},
	{"DELETE", "/v1/guests/{guest}", run_delete, {0}, false, DEFINED_guest},
	{"GET", "/v1/guests/{guest}/definition", run_definition, {"form"}, false, DEFINED_guest},
	{"GET", "/v1/guests/{guest}/console", run_console,
		{"lines", "since", "follow", "write", "steal"}, false, 0},
	{"GET", "/v1/guests/{guest}/console/log", run_console_log, {"lines", "since", "follow"},
		false, 0},
	{"GET", "/v1/guests/{guest}/stats", run_stats, {0}, false, 0},
	{"GET", "/v1/networks", run_networks, {0}, false, 0},
	{"POST", "/v1/networks", run_define, {"replace"}, true, DEFINED_network},
	{"GET", "/v1/networks/{network}", run_definition, {"form"}, false, DEFINED_network},
	{"DELETE", "/v1/networks/{network}", run_delete, {0}, false, DEFINED_network},
	{"GET", "/v1/firewalls", run_firewalls, {0}, false, 0},
	{"POST", "/v1/firewalls", run_define, {"replace"}, true, DEFINED_firewall},
	{"GET", "/v1/firewalls/{firewall}", run_definition, {"form"}, false, DEFINED_firewall},
	{"DELETE", "/v1/firewalls/{firewall}", run_delete, {0}, false, DEFINED_firewall},
	{"GET", "/v1/leases", run_leases, {0}, false, 0},
	{"GET", "/v1/guests/{guest}/leases", run_leases, {0}, false, 0},
	{"GET", "/v1/guard", run_guard, {0}, false, MSG_GUARD_tell},
	{"GET", "/v1/guard/{bridge}", run_guard, {"uplinks"}, false, MSG_GUARD_tell},
	{"POST", "/v1/guard/{bridge}", run_guard, {"uplinks", "force"}, false, MSG_GUARD_enable},
	{"DELETE", "/v1/guard/{bridge}", run_guard, {0}, false, MSG_GUARD_disable},
	{"GET", "/v1/net", run_net, {"ports", "limit", "after"}, false, 0},
	{"GET", "/v1/traffic", run_traffic, {"from", "until", "by"}, false, 0},
	{"GET", "/v1/guests/{guest}/traffic", run_traffic, {"from", "until", "by"}, false, 0},
	{"GET", "/v1/stats", run_all_stats, {"limit", "after"}, false, 0},
	{"GET", "/metrics", run_metrics, {0}, false, 0},
	{"GET", "/v1/events", run_events, {"since", "limit", "follow", "kind", "guest"}, false, 0},
	{"GET", "/v1/hooks", run_hooks, {0}, false, 0},
	{"GET", "/v1/hooks/dead", run_dead, {0}, false, 0},
	{"POST", "/v1/hooks/dead/replay", run_replay_all, {0}, false, 0},
	{"POST", "/v1/hooks/dead/{event}/replay", run_replay, {0}, false, 0},
	{"GET", "/v1/operations/{id}", run_operation, {"wait"}, false, 0},
#define X(id, name, value, key, doc)                                                               \
	{"POST", "/v1/guests/{guest}/" name, run_do, {"wait", sizeof(key) > 1 ? key : NULL},       \
		false, VERB_##id},
#include "model/verb.def"
#undef X
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

/* Whether what stands for {guest} can be a name or a UUID: more the monitor knows. */
static bool is_name(const char *value)
{
	for (; *value; value++)
		if (iscntrl((unsigned char)*value) || *value == '/')
			return false;
	return true;
}

/* Finds the route, the path's and the method's. 1; 0 when there is no such path; -EINVAL when what
 * stands for {} is none; -EPERM when methods has those that the path takes. */
static int find(const struct request *r, struct target *t, struct gnx_buf *methods)
{
	for (size_t i = 0; i < GNX_LEN(routes); i++) {
		int found = request_match(r, routes[i].path, t->value, sizeof(t->value));

		if (found < 0 || (found && !is_name(t->value)))
			return -EINVAL;
		if (!found)
			continue;
		t->route = &routes[i];
		if (!strcmp(routes[i].method, r->method))
			return 1;
		gnx_buf_fmt(methods, "%s%s", methods->len ? ", " : "", routes[i].method);
	}
	return methods->len ? -EPERM : 0;
}

static void run(struct calls *calls, struct client *c, const struct target *t)
{
	const struct request *r = client_request(c);
	const char *unknown = unknown_param(t->route, r);

	if (unknown)
		client_error(c, 400, "%s has no parameter %s", r->path, unknown);
	else if (r->body_len && !t->route->body)
		client_error(c, 413, "%s %s takes no body", r->method, r->path);
	else
		t->route->run(calls, c, t);
}

void calls_run(void *calls, struct client *c)
{
	const struct request *r = client_request(c);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf methods = {0};
	struct target t = {0};

	switch (find(r, &t, &methods)) {
	case 0:
		client_error(c, 404, "there is no %s", r->path);
		break;
	case -EINVAL:
		client_error(c, 400, "nothing can have this name");
		break;
	case -EPERM:
		client_not_allowed(c, methods.data);
		break;
	default:
		run(calls, c, &t);
	}
}
