/* SPDX-License-Identifier: BSD-3-Clause */
/* The front's conversation with the monitor: see link.h. */
#include "gridnixd/api/link.h"

#include "base/clean.h"
#include "base/str.h"

#include <assert.h>
#include <string.h>

/* Questions that follow one another. */
struct line {
	TAILQ_HEAD(, ask) queue; /* not sent yet */
	/* The question that is under way. */
	bool open;
	uint32_t number;
	enum msg type;
	struct ask *asker;	 /* NULL: it has left, and the answer is for nobody */
	char words[GNX_ERR_MSG]; /* why it will be an error; "" as long as none came */
};

struct link {
	int fd;
	struct event *readable;
	struct link_events events;
	bool lost;
	struct line quick, slow;
	uint32_t number; /* of the last question */
	struct wire message;
};

/* Slow are those for which programs may have to run. */
static struct line *line_of(struct link *l, enum msg type)
{
	return type == MSG_ASK_GUARD || type == MSG_ASK_DEFINE || type == MSG_ASK_NETWORK_DEFINE
		? &l->slow
		: &l->quick;
}

static void lose(struct link *l, int code)
{
	if (l->lost)
		return;
	l->lost = true;
	event_del(l->readable);
	l->events.lost(l->events.arg, code);
}

static int send_ask(struct link *l, const struct ask *a, uint32_t number)
{
	struct wire *w = &l->message;

	wire_begin(w, (uint16_t)a->type);
	wire_put_u32(w, number);
	switch (a->type) {
	case MSG_ASK_EVENTS:
		wire_put_u64(w, a->since);
		wire_put_u32(w, MSG_EVENTS_MAX);
		break;
	case MSG_ASK_DEFINE:
		msg_put_definition(w, a->definition);
		break;
	case MSG_ASK_DO:
		wire_put_u8(w, (uint8_t)a->verb);
		wire_put_str(w, a->guest);
		wire_put_str(w, a->value ? a->value : "");
		break;
	case MSG_ASK_NETWORK_DEFINE:
		wire_put_u8(w, a->replace);
		msg_put_network(w, a->network);
		break;
	case MSG_ASK_FIREWALL_DEFINE:
		wire_put_u8(w, a->replace);
		msg_put_firewall(w, a->firewall);
		break;
	case MSG_ASK_UNDEFINE:
	case MSG_ASK_DEFINITION:
	case MSG_ASK_FIREWALLS:
	case MSG_ASK_FIREWALL_DELETE:
	case MSG_ASK_NETWORKS:
	case MSG_ASK_NETWORK_DELETE:
	case MSG_ASK_LEASES:
		wire_put_str(w, a->guest);
		break;
	case MSG_ASK_GUARD:
		msg_put_guard(w, &a->guard);
		break;
	case MSG_ASK_STATS:
		wire_put_str(w, a->guest);
		msg_put_page(w, &a->page);
		break;
	case MSG_ASK_GUESTS:
		msg_put_page(w, &a->page);
		break;
	case MSG_ASK_TRAFFIC:
		wire_put_str(w, a->guest);
		msg_put_query(w, &a->query);
		break;
	case MSG_ASK_NET:
		msg_put_net_query(w, &a->net);
		break;
	case MSG_ASK_OPERATION:
	case MSG_ASK_REPLAY:
		wire_put_u64(w, a->id);
		break;
	case MSG_ASK_CONSOLE:
		wire_put_str(w, a->guest);
		msg_put_console(w, a->console);
		return wire_send_fds(l->fd, w, &a->client, 1);
	default:
		break;
	}
	return wire_send(l->fd, w);
}

/* Sends the next question when none is under way. */
static void send_next(struct link *l, struct line *line)
{
	struct ask *a = TAILQ_FIRST(&line->queue);
	int code;

	if (l->lost || line->open || !a)
		return;
	TAILQ_REMOVE(&line->queue, a, next);
	a->waiting = false;
	line->open = true;
	line->type = a->type;
	line->asker = a;
	line->words[0] = '\0';
	line->number = ++l->number;
	code = send_ask(l, a, line->number);
	if (code < 0)
		lose(l, code);
}

void link_ask(struct link *l, struct ask *a)
{
	struct line *line = line_of(l, a->type);

	assert(!a->waiting && line->asker != a);
	a->waiting = true;
	TAILQ_INSERT_TAIL(&line->queue, a, next);
	send_next(l, line);
}

void link_cancel(struct link *l, struct ask *a)
{
	struct line *line = line_of(l, a->type);

	if (a->waiting)
		TAILQ_REMOVE(&line->queue, a, next);
	a->waiting = false;
	if (line->asker == a)
		line->asker = NULL;
}

/* The line of the question that the message belongs to, whose number was just taken out of it; NULL
 * when there is none, or something is left of it. */
static struct line *answered(struct link *l, uint32_t number)
{
	struct line *lines[] = {&l->quick, &l->slow};

	for (size_t i = 0; i < GNX_LEN(lines) && wire_end(&l->message) == 0; i++)
		if (lines[i]->open && lines[i]->number == number)
			return lines[i];
	return NULL;
}

/* An item, of a type that answers one question or the other, for the asker. */
static int hand_item(
	struct link *l, enum msg ask, enum msg other, uint32_t number, const void *item)
{
	const struct line *line = answered(l, number);

	if (!line || (line->type != ask && line->type != other))
		return -GNX_E_SYNTAX;
	return line->asker ? line->asker->item(line->asker->arg, item) : 0;
}

static int take_host(struct link *l, uint32_t number)
{
	struct msg_host host;

	msg_get_host(&l->message, &host);
	return hand_item(l, MSG_ASK_HOST, MSG_ASK_HOST, number, &host);
}

static int take_guest(struct link *l, uint32_t number)
{
	struct msg_guest guest;

	msg_get_guest(&l->message, &guest.guest);
	guest.foreign = wire_get_u8(&l->message);
	return hand_item(l, MSG_ASK_GUESTS, MSG_ASK_GUESTS, number, &guest);
}

static int take_event(struct link *l, uint32_t number)
{
	struct event_record event;

	msg_get_event(&l->message, &event);
	return hand_item(l, MSG_ASK_EVENTS, MSG_ASK_EVENTS, number, &event);
}

static int take_definition(struct link *l, uint32_t number)
{
	struct definition definition;

	msg_get_definition(&l->message, &definition);
	return hand_item(l, MSG_ASK_DEFINITION, MSG_ASK_DEFINE, number, &definition);
}

static int take_operation(struct link *l, uint32_t number)
{
	struct operation operation;

	msg_get_operation(&l->message, &operation);
	return hand_item(l, MSG_ASK_OPERATION, MSG_ASK_DO, number, &operation);
}

static int take_hook(struct link *l, uint32_t number)
{
	struct hook hook;

	msg_get_hook(&l->message, &hook);
	return hand_item(l, MSG_ASK_HOOKS, MSG_ASK_HOOKS, number, &hook);
}

static int take_delivery(struct link *l, uint32_t number)
{
	struct delivery delivery;

	msg_get_delivery(&l->message, &delivery);
	return hand_item(l, MSG_ASK_DEAD, MSG_ASK_DEAD, number, &delivery);
}

static int take_count(struct link *l, uint32_t number)
{
	uint64_t count = wire_get_u64(&l->message);

	return hand_item(l, MSG_ASK_REPLAY, MSG_ASK_REPLAY, number, &count);
}

static int take_stats(struct link *l, uint32_t number)
{
	static struct msg_stats stats; /* too large for the stack */

	msg_get_stats(&l->message, &stats);
	return hand_item(l, MSG_ASK_STATS, MSG_ASK_STATS, number, &stats);
}

static int take_host_stats(struct link *l, uint32_t number)
{
	struct stats_host host;

	msg_get_host_stats(&l->message, &host);
	return hand_item(l, MSG_ASK_HOST_STATS, MSG_ASK_HOST_STATS, number, &host);
}

static int take_network(struct link *l, uint32_t number)
{
	struct msg_network network;

	msg_get_network(&l->message, &network.network);
	wire_get_str(&l->message, network.words, sizeof(network.words));
	return hand_item(l, MSG_ASK_NETWORKS, MSG_ASK_NETWORK_DEFINE, number, &network);
}

static int take_firewall(struct link *l, uint32_t number)
{
	static struct msg_firewall firewall; /* too large for the stack */

	msg_get_told_firewall(&l->message, &firewall);
	return hand_item(l, MSG_ASK_FIREWALLS, MSG_ASK_FIREWALL_DEFINE, number, &firewall);
}

static int take_lease(struct link *l, uint32_t number)
{
	struct lease lease;

	msg_get_lease(&l->message, &lease);
	return hand_item(l, MSG_ASK_LEASES, MSG_ASK_LEASES, number, &lease);
}

static int take_port(struct link *l, uint32_t number)
{
	struct msg_port port;

	msg_get_port(&l->message, &port);
	return hand_item(l, MSG_ASK_GUARD, MSG_ASK_GUARD, number, &port);
}

static int take_traffic(struct link *l, uint32_t number)
{
	struct msg_traffic traffic;

	msg_get_traffic(&l->message, &traffic);
	return hand_item(l, MSG_ASK_TRAFFIC, MSG_ASK_TRAFFIC, number, &traffic);
}

static int take_net(struct link *l, uint32_t number)
{
	struct msg_net net;

	msg_get_net(&l->message, &net);
	return hand_item(l, MSG_ASK_NET, MSG_ASK_NET, number, &net);
}

static int take_words(struct link *l, uint32_t number)
{
	char words[GNX_ERR_MSG];
	struct line *line;

	wire_get_str(&l->message, words, sizeof(words));
	line = answered(l, number);
	if (!line)
		return -GNX_E_SYNTAX;
	strcpy(line->words, words);
	return 0;
}

static int take_end(struct link *l, uint32_t number)
{
	int64_t code = wire_get_i64(&l->message);
	struct line *line = answered(l, number);
	char words[GNX_ERR_MSG];
	struct ask *a;

	if (!line || code > 0 || code < -INT16_MAX || (!code && *line->words))
		return -GNX_E_SYNTAX;
	a = line->asker;
	line->open = false;
	line->asker = NULL;
	strcpy(words, line->words); /* the asker may ask again */
	if (a)
		a->end(a->arg, (int)code, words);
	send_next(l, line);
	return 0;
}

static int take_news(struct link *l)
{
	uint64_t last = wire_get_u64(&l->message);
	int code = wire_end(&l->message);

	if (code == 0)
		l->events.news(l->events.arg, last);
	return code;
}

static int take_done(struct link *l)
{
	struct operation operation;

	msg_get_operation(&l->message, &operation);
	if (wire_end(&l->message) < 0 || operation.state == OPERATION_running)
		return -GNX_E_SYNTAX;
	l->events.done(l->events.arg, &operation);
	return 0;
}

static int take_message(struct link *l)
{
	switch (l->message.type) {
	case MSG_NEWS:
		return take_news(l);
	case MSG_DONE:
		return take_done(l);
	case MSG_HOST:
		return take_host(l, wire_get_u32(&l->message));
	case MSG_GUEST:
		return take_guest(l, wire_get_u32(&l->message));
	case MSG_EVENT:
		return take_event(l, wire_get_u32(&l->message));
	case MSG_DEFINITION:
		return take_definition(l, wire_get_u32(&l->message));
	case MSG_OPERATION:
		return take_operation(l, wire_get_u32(&l->message));
	case MSG_HOOK:
		return take_hook(l, wire_get_u32(&l->message));
	case MSG_DELIVERY:
		return take_delivery(l, wire_get_u32(&l->message));
	case MSG_COUNT:
		return take_count(l, wire_get_u32(&l->message));
	case MSG_STATS:
		return take_stats(l, wire_get_u32(&l->message));
	case MSG_HOST_STATS:
		return take_host_stats(l, wire_get_u32(&l->message));
	case MSG_NETWORK:
		return take_network(l, wire_get_u32(&l->message));
	case MSG_FIREWALL:
		return take_firewall(l, wire_get_u32(&l->message));
	case MSG_LEASE:
		return take_lease(l, wire_get_u32(&l->message));
	case MSG_PORT:
		return take_port(l, wire_get_u32(&l->message));
	case MSG_TRAFFIC:
		return take_traffic(l, wire_get_u32(&l->message));
	case MSG_NET:
		return take_net(l, wire_get_u32(&l->message));
	case MSG_WORDS:
		return take_words(l, wire_get_u32(&l->message));
	case MSG_END:
		return take_end(l, wire_get_u32(&l->message));
	default:
		return -GNX_E_SYNTAX;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;
	int code;

	(void)what;
	while (!l->lost && (code = wire_recv(fd, &l->message)) != 0) {
		if (code > 0)
			code = take_message(l);
		if (code < 0)
			lose(l, code);
	}
}

void link_free(struct link **l)
{
	if (!*l)
		return;
	event_free((*l)->readable);
	free(*l);
	*l = NULL;
}

struct link *link_new(struct event_base *base, int fd, const struct link_events *events)
{
	struct link *l = gnx_alloc(sizeof(*l));

	l->fd = fd;
	l->events = *events;
	TAILQ_INIT(&l->quick.queue);
	TAILQ_INIT(&l->slow.queue);
	l->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, l);
	event_add(l->readable, NULL);
	return l;
}
