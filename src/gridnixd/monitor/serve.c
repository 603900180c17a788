/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers to peers. They are kept, one behind the other, until it has taken them; it is not
 * asked for its next question before that, so what is kept is at most one answer.
 */
#include "gridnixd/monitor/define.h"
#include "gridnixd/monitor/figures.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/net.h"
#include "gridnixd/monitor/ports.h"

#include <string.h>

#define LATER 1 /* in place of an answer's code: the answer is not complete yet */

/* A message is kept as its bytes, behind their number. */
void serve_put(struct peer *p, const struct wire *w)
{
	gnx_buf_add(&p->out, &w->len, sizeof(w->len));
	gnx_buf_add(&p->out, w->data, w->len);
}

int serve_flush(struct peer *p)
{
	while (p->out_at < p->out.len) {
		const char *at = p->out.data + p->out_at;
		struct wire w;
		int r;

		w.bad = false;
		memcpy(&w.len, at, sizeof(w.len));
		memcpy(w.data, at + sizeof(w.len), w.len);
		r = wire_send(p->fd, &w);
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
		p->out_at += sizeof(w.len) + w.len;
	}
	gnx_buf_done(&p->out);
	p->out_at = 0;
	return 1;
}

static void begin(struct wire *w, enum msg type, uint32_t question)
{
	wire_begin(w, (uint16_t)type);
	wire_put_u32(w, question);
}

static void put_end(struct peer *p, uint32_t question, int64_t result)
{
	struct wire w;

	begin(&w, MSG_END, question);
	wire_put_i64(&w, result);
	serve_put(p, &w);
}

/* With words, if something went wrong. */
static void end_answer(struct peer *p, uint32_t question, int code, const char *text)
{
	struct wire words;

	if (code < 0 && *text) {
		begin(&words, MSG_WORDS, question);
		wire_put_str(&words, text);
		serve_put(p, &words);
	}
	put_end(p, question, code);
}

static int answer_host(struct monitor *m, struct peer *p, uint32_t question)
{
	struct msg_host h = {.up_ms = monitor_ms() - m->started_ms};
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests);
	struct wire w;
	int r = state_range(m->state, &h.first, &h.last, NULL);

	memcpy(h.boot_id, m->boot_id, sizeof(h.boot_id));
	memcpy(h.degraded, m->faults.words, sizeof(h.degraded));
	for (size_t i = 0; i < n; i++)
		h.guests += guests[i].domid >= 0;
	begin(&w, MSG_HOST, question);
	msg_put_host(&w, &h);
	if (!r)
		serve_put(p, &w);
	return r;
}

/* Where the items of one answer go. */
struct items {
	struct peer *peer;
	uint32_t question;
	const struct monitor *monitor;
};

static void put_guest(void *arg, const struct guest *g)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_GUEST, a->question);
	msg_put_guest(&w, g);
	wire_put_u8(&w, g->domid >= 0 && !defined_by_uuid(&a->monitor->defined, g->uuid));
	serve_put(a->peer, &w);
}

static int answer_guests(
	struct monitor *m, struct peer *p, uint32_t question, const struct msg_page *page)
{
	struct items a = {p, question, m};

	monitor_guests(m, page, put_guest, &a);
	return 0;
}

static void put_stats(void *arg, const struct msg_stats *s)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_STATS, a->question);
	msg_put_stats(&w, s);
	serve_put(a->peer, &w);
}

static int answer_stats(struct monitor *m, struct peer *p, uint32_t question, const char *guest,
	const struct msg_page *page, struct gnx_err *err)
{
	struct items a = {p, question, m};

	return figures_tell(m, guest, page, put_stats, &a, err);
}

static int answer_host_stats(struct monitor *m, struct peer *p, uint32_t question)
{
	struct stats_host host;
	struct wire w;

	figures_host(m, &host);
	begin(&w, MSG_HOST_STATS, question);
	msg_put_host_stats(&w, &host);
	serve_put(p, &w);
	return 0;
}

static void put_definition(struct peer *p, uint32_t question, const struct definition *d)
{
	struct wire w;

	begin(&w, MSG_DEFINITION, question);
	msg_put_definition(&w, d);
	serve_put(p, &w);
}

static void put_operation(struct peer *p, uint32_t question, const struct operation *o)
{
	struct wire w;

	begin(&w, MSG_OPERATION, question);
	msg_put_operation(&w, o);
	serve_put(p, &w);
}

static int answer_definition(struct monitor *m, struct peer *p, uint32_t question,
	const char *guest, struct gnx_err *err)
{
	struct definition d;
	struct subject s;
	int r = monitor_subject(m, guest, &s, err);

	if (!r && !s.defined)
		r = gnx_fail(err, -ENOENT, "%s: has no definition", s.name);
	if (!r)
		r = state_definition(m->state, s.uuid, &d, err);
	if (!r)
		put_definition(p, question, &d);
	return r;
}

static int answer_define(struct monitor *m, struct peer *p, uint32_t question, struct definition *d,
	struct gnx_err *err)
{
	int r = define(m, d, err);

	if (!r)
		put_definition(p, question, d);
	return !r && ports_await(m, question) ? LATER : r;
}

static int answer_operation(
	struct monitor *m, struct peer *p, uint32_t question, uint64_t id, struct gnx_err *err)
{
	struct operation o;
	int r = state_operation(m->state, id, &o, err);

	if (!r)
		put_operation(p, question, &o);
	return r;
}

static void put_network(void *arg, const struct msg_network *n)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_NETWORK, a->question);
	msg_put_network(&w, &n->network);
	wire_put_str(&w, n->words);
	serve_put(a->peer, &w);
}

static int answer_networks(
	struct monitor *m, struct peer *p, uint32_t question, const char *name, struct gnx_err *err)
{
	struct items a = {p, question, m};

	return networks_tell(m, name, put_network, &a, err);
}

static int answer_network_define(struct monitor *m, struct peer *p, uint32_t question,
	struct network *n, bool replace, struct gnx_err *err)
{
	int r = network_define(m, n, replace, err);

	if (!r)
		r = answer_networks(m, p, question, n->name, err);
	return !r && ports_await(m, question) ? LATER : r;
}

static void put_firewall(void *arg, const struct msg_firewall *f)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_FIREWALL, a->question);
	msg_put_told_firewall(&w, f);
	serve_put(a->peer, &w);
}

static int answer_firewalls(
	struct monitor *m, struct peer *p, uint32_t question, const char *name, struct gnx_err *err)
{
	struct items a = {p, question, m};

	return firewalls_tell(m, name, put_firewall, &a, err);
}

static int answer_firewall_define(struct monitor *m, struct peer *p, uint32_t question,
	struct firewall *f, bool replace, struct gnx_err *err)
{
	int r = firewall_define(m, f, replace, err);

	return r ? r : answer_firewalls(m, p, question, f->name, err);
}

static void put_lease(void *arg, const struct lease *lease)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_LEASE, a->question);
	msg_put_lease(&w, lease);
	serve_put(a->peer, &w);
}

static int answer_leases(struct monitor *m, struct peer *p, uint32_t question, const char *guest,
	struct gnx_err *err)
{
	struct items a = {p, question, m};

	return networks_leases(m, guest, put_lease, &a, err);
}

static void put_port(void *arg, const struct msg_port *port)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_PORT, a->question);
	msg_put_port(&w, port);
	serve_put(a->peer, &w);
}

static int answer_guard(
	struct monitor *m, uint32_t question, const struct msg_guard *guard, struct gnx_err *err)
{
	if (!m->guarding.guard)
		return gnx_fail(err, -GNX_E_STATE, "no network is guarded here");
	ports_ask(m, question, guard);
	return LATER;
}

static void put_traffic(void *arg, const struct msg_traffic *t)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_TRAFFIC, a->question);
	msg_put_traffic(&w, t);
	serve_put(a->peer, &w);
}

static int answer_traffic(struct monitor *m, struct peer *p, uint32_t question, const char *guest,
	struct traffic_query *query, struct gnx_err *err)
{
	struct items a = {p, question, m};

	return traffic_tell(m, guest, query, put_traffic, &a, err);
}

static void put_net(void *arg, const struct msg_net *n)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_NET, a->question);
	msg_put_net(&w, n);
	serve_put(a->peer, &w);
}

static int answer_net(struct monitor *m, struct peer *p, uint32_t question,
	const struct msg_net_query *query, struct gnx_err *err)
{
	struct items a = {p, question, m};

	return net_tell(m, query, put_net, &a, err);
}

static int put_event(void *arg, const struct event_record *e)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_EVENT, a->question);
	msg_put_event(&w, e);
	serve_put(a->peer, &w);
	return 0;
}

static int answer_events(
	struct monitor *m, struct peer *p, uint32_t question, uint64_t since, uint32_t max)
{
	struct items a = {p, question, m};

	return state_events(m->state, since, max, put_event, &a, NULL);
}

static int answer_hooks(struct monitor *m, struct peer *p, uint32_t question)
{
	struct wire w;

	for (size_t i = 0; i < m->found.len; i++) {
		begin(&w, MSG_HOOK, question);
		msg_put_hook(&w, &m->found.items[i]);
		serve_put(p, &w);
	}
	return 0;
}

static int put_delivery(void *arg, const struct delivery *d)
{
	struct items *a = arg;
	struct wire w;

	begin(&w, MSG_DELIVERY, a->question);
	msg_put_delivery(&w, d);
	serve_put(a->peer, &w);
	return 0;
}

static int answer_deliveries(
	struct monitor *m, struct peer *p, uint32_t question, bool dead, struct gnx_err *err)
{
	struct items a = {p, question, m};

	return state_deliveries(m->state, dead, put_delivery, &a, err);
}

static void put_count(struct peer *p, uint32_t question, uint64_t count)
{
	struct wire w;

	begin(&w, MSG_COUNT, question);
	wire_put_u64(&w, count);
	serve_put(p, &w);
}

static int answer_waiting(struct monitor *m, struct peer *p, uint32_t question, struct gnx_err *err)
{
	uint64_t planned;
	int r = state_planned(m->state, &planned, err);

	if (!r)
		put_count(p, question, planned);
	return r ? r : answer_deliveries(m, p, question, false, err);
}

static int answer_replay(
	struct monitor *m, struct peer *p, uint32_t question, uint64_t seq, struct gnx_err *err)
{
	uint32_t count;
	int r = hooks_replay(m, seq, &count, err);

	if (!r)
		put_count(p, question, count);
	return r;
}

/* A question with its values. */
struct question {
	uint16_t type;
	uint32_t number, max;
	uint64_t since, id, seq;
	unsigned verb;
	char guest[GUEST_NAME_MAX + 1];
	char value[MSG_VALUE_MAX + 1];
	struct definition definition;
	struct network network;
	struct msg_guard guard;
	struct firewall *firewall;
	bool replace;
	struct msg_console console;
	struct msg_page page;
	struct traffic_query query;
	struct msg_net_query net;
	int client;
	struct delivery delivery;
	char hooks[HOOKS_MAX][HOOK_NAME_MAX + 1];
	uint32_t hooks_len;
};

static void take_plan(struct wire *w, struct question *q)
{
	q->seq = wire_get_u64(w);
	q->hooks_len = wire_get_u32(w);
	for (uint32_t i = 0; i < q->hooks_len && i < HOOKS_MAX; i++)
		wire_get_str(w, q->hooks[i], sizeof(q->hooks[i]));
}

static int answer_do(
	struct monitor *m, struct peer *p, const struct question *q, struct gnx_err *err)
{
	struct operation o;
	int r = operate(m, (enum verb)q->verb, q->guest, q->value, &o, err);

	if (!r)
		put_operation(p, q->number, &o);
	return r;
}

/* Only one of them has something that comes along. */
static bool is_question(const struct wire *w, int client)
{
	return (w->type == MSG_ASK_CONSOLE) == (client >= 0);
}

static int take_question(struct wire *w, int client, struct question *q)
{
	static struct firewall firewall; /* too large for the rest of them */

	*q = (struct question){.type = w->type, .number = wire_get_u32(w), .client = client};
	switch (q->type) {
	case MSG_ASK_EVENTS:
		q->since = wire_get_u64(w);
		q->max = wire_get_u32(w);
		break;
	case MSG_ASK_DEFINE:
		msg_get_definition(w, &q->definition);
		break;
	case MSG_ASK_DO:
		q->verb = wire_get_u8(w);
		wire_get_str(w, q->guest, sizeof(q->guest));
		wire_get_str(w, q->value, sizeof(q->value));
		break;
	case MSG_ASK_NETWORK_DEFINE:
		q->replace = wire_get_u8(w);
		msg_get_network(w, &q->network);
		break;
	case MSG_ASK_FIREWALL_DEFINE:
		q->replace = wire_get_u8(w);
		q->firewall = &firewall;
		msg_get_firewall(w, q->firewall);
		break;
	case MSG_ASK_NETWORKS:
	case MSG_ASK_NETWORK_DELETE:
	case MSG_ASK_FIREWALLS:
	case MSG_ASK_FIREWALL_DELETE:
	case MSG_ASK_LEASES:
	case MSG_ASK_UNDEFINE:
	case MSG_ASK_DEFINITION:
		wire_get_str(w, q->guest, sizeof(q->guest));
		break;
	case MSG_ASK_STATS:
		wire_get_str(w, q->guest, sizeof(q->guest));
		msg_get_page(w, &q->page);
		break;
	case MSG_ASK_GUESTS:
		msg_get_page(w, &q->page);
		break;
	case MSG_ASK_TRAFFIC:
		wire_get_str(w, q->guest, sizeof(q->guest));
		msg_get_query(w, &q->query);
		break;
	case MSG_ASK_NET:
		msg_get_net_query(w, &q->net);
		break;
	case MSG_ASK_OPERATION:
		q->id = wire_get_u64(w);
		break;
	case MSG_ASK_CONSOLE:
		wire_get_str(w, q->guest, sizeof(q->guest));
		msg_get_console(w, &q->console);
		break;
	case MSG_ASK_GUARD:
		msg_get_guard(w, &q->guard);
		break;
	case MSG_ASK_PLAN:
		take_plan(w, q);
		break;
	case MSG_ASK_DELIVERED:
		q->seq = wire_get_u64(w);
		wire_get_str(w, q->hooks[0], sizeof(q->hooks[0]));
		break;
	case MSG_ASK_FAILED:
		msg_get_delivery(w, &q->delivery);
		break;
	case MSG_ASK_LOST:
	case MSG_ASK_REPLAY:
		q->seq = wire_get_u64(w);
		break;
	}
	return wire_end(w) < 0 || q->max > MSG_EVENTS_MAX || q->verb >= VERB_COUNT ||
			q->hooks_len > HOOKS_MAX || q->seq > INT64_MAX
		? -GNX_E_SYNTAX
		: 0;
}

static int answer(struct monitor *m, struct peer *p, struct question *q, struct gnx_err *err)
{
	switch (q->type) {
	case MSG_ASK_HOST:
		return answer_host(m, p, q->number);
	case MSG_ASK_GUESTS:
		return answer_guests(m, p, q->number, &q->page);
	case MSG_ASK_EVENTS:
		return answer_events(m, p, q->number, q->since, q->max);
	case MSG_ASK_DEFINE:
		return answer_define(m, p, q->number, &q->definition, err);
	case MSG_ASK_UNDEFINE:
		return undefine(m, q->guest, err);
	case MSG_ASK_DEFINITION:
		return answer_definition(m, p, q->number, q->guest, err);
	case MSG_ASK_DO:
		return answer_do(m, p, q, err);
	case MSG_ASK_CONSOLE:
		return consoles_client(m, q->guest, &q->console, q->client, err);
	case MSG_ASK_HOOKS:
		return answer_hooks(m, p, q->number);
	case MSG_ASK_DEAD:
		return answer_deliveries(m, p, q->number, true, err);
	case MSG_ASK_REPLAY:
		return answer_replay(m, p, q->number, q->seq, err);
	case MSG_ASK_WAITING:
		return answer_waiting(m, p, q->number, err);
	case MSG_ASK_PLAN:
		return state_plan(m->state, q->seq, q->hooks, q->hooks_len, NULL, err);
	case MSG_ASK_LOST:
		return hooks_lost_events(m, q->seq, err);
	case MSG_ASK_DELIVERED:
		return state_delivered(m->state, q->seq, q->hooks[0], err);
	case MSG_ASK_FAILED:
		return hooks_failed(m, &q->delivery, err);
	case MSG_ASK_STATS:
		return answer_stats(m, p, q->number, q->guest, &q->page, err);
	case MSG_ASK_HOST_STATS:
		return answer_host_stats(m, p, q->number);
	case MSG_ASK_NETWORK_DEFINE:
		return answer_network_define(m, p, q->number, &q->network, q->replace, err);
	case MSG_ASK_NETWORKS:
		return answer_networks(m, p, q->number, q->guest, err);
	case MSG_ASK_NETWORK_DELETE:
		return network_delete(m, q->guest, err);
	case MSG_ASK_FIREWALL_DEFINE:
		return answer_firewall_define(m, p, q->number, q->firewall, q->replace, err);
	case MSG_ASK_FIREWALLS:
		return answer_firewalls(m, p, q->number, q->guest, err);
	case MSG_ASK_FIREWALL_DELETE:
		return firewall_delete(m, q->guest, err);
	case MSG_ASK_LEASES:
		return answer_leases(m, p, q->number, q->guest, err);
	case MSG_ASK_GUARD:
		return answer_guard(m, q->number, &q->guard, err);
	case MSG_ASK_TRAFFIC:
		return answer_traffic(m, p, q->number, q->guest, &q->query, err);
	case MSG_ASK_NET:
		return answer_net(m, p, q->number, &q->net, err);
	default: /* MSG_ASK_OPERATION */
		return answer_operation(m, p, q->number, q->id, err);
	}
}

/* Whether its answer may be completed later. Only the front asks such, one at a time. */
static bool is_slow(uint16_t type)
{
	return type == MSG_ASK_GUARD || type == MSG_ASK_DEFINE || type == MSG_ASK_NETWORK_DEFINE;
}

int serve(struct monitor *m, struct peer *p, struct wire *w, int client)
{
	static struct question q; /* too large for the stack of a daemon that is deep in its loop */
	struct gnx_err err = GNX_ERR_INIT;
	int r;

	if (!is_question(w, client) || take_question(w, client, &q) < 0)
		return -GNX_E_SYNTAX;
	if (is_slow(q.type) && m->guarding.waiter != PORTS_WAITER_none)
		return -GNX_E_SYNTAX;
	r = answer(m, p, &q, &err);
	if (r != LATER)
		end_answer(p, q.number, r, err.msg);
	return 0;
}

void serve_later(struct monitor *m, uint32_t question, int code, const char *words)
{
	end_answer(&m->front, question, code, words);
	peer_feed(&m->front);
}

bool serve_ports(struct monitor *m, uint32_t question, const struct msg_guard *asked, int code,
	const char *words, const char *said)
{
	struct items a = {&m->front, question, m};
	struct gnx_err err = GNX_ERR_INIT;

	if (code < 0)
		gnx_fail(&err, code, "%s", words);
	else if (asked->act == MSG_GUARD_enable)
		code = taken_enable(m, asked, said, &err);
	else if (asked->act == MSG_GUARD_disable)
		code = taken_disable(m, asked->bridge, &err);
	else
		code = taken_tell(m, asked, said, put_port, &a, &err);
	if (code != LATER)
		serve_later(m, question, code, err.msg);
	return code == LATER;
}
