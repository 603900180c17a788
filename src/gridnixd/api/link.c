/* SPDX-License-Identifier: BSD-3-Clause */
/* The front's conversation with the monitor: see link.h. */
#include "gridnixd/api/link.h"

#include "base/clean.h"
#include "base/str.h"

#include <assert.h>

struct link {
	int fd;
	struct event *readable;
	struct link_events events;
	TAILQ_HEAD(, ask) queue; /* not sent yet */
	bool lost;
	/* The question that is under way. */
	bool open;
	uint32_t number;
	enum msg type;
	struct ask *asker; /* NULL: it has left, and the answer is for nobody */
	struct wire message;
};

static void lose(struct link *l, int code)
{
	if (l->lost)
		return;
	l->lost = true;
	event_del(l->readable);
	l->events.lost(l->events.arg, code);
}

static int send_ask(struct link *l, const struct ask *a)
{
	struct wire *w = &l->message;

	wire_begin(w, (uint16_t)a->type);
	wire_put_u32(w, ++l->number);
	if (a->type == MSG_ASK_EVENTS) {
		wire_put_u64(w, a->since);
		wire_put_u32(w, MSG_EVENTS_MAX);
	}
	return wire_send(l->fd, w);
}

/* Sends the next question when none is under way. */
static void send_next(struct link *l)
{
	struct ask *a = TAILQ_FIRST(&l->queue);
	int code;

	if (l->lost || l->open || !a)
		return;
	TAILQ_REMOVE(&l->queue, a, next);
	a->waiting = false;
	l->open = true;
	l->type = a->type;
	l->asker = a;
	code = send_ask(l, a);
	if (code < 0)
		lose(l, code);
}

void link_ask(struct link *l, struct ask *a)
{
	assert(!a->waiting && l->asker != a);
	a->waiting = true;
	TAILQ_INSERT_TAIL(&l->queue, a, next);
	send_next(l);
}

void link_cancel(struct link *l, struct ask *a)
{
	if (a->waiting)
		TAILQ_REMOVE(&l->queue, a, next);
	a->waiting = false;
	if (l->asker == a)
		l->asker = NULL;
}

/* Whether the message, whose question's number was just taken out, belongs to what was asked. */
static bool answers(const struct link *l, enum msg ask, uint32_t number)
{
	return l->open && (!ask || l->type == ask) && number == l->number;
}

/* An item for the asker, when nothing is left of its message. */
static int hand_item(struct link *l, enum msg ask, uint32_t number, const void *item)
{
	int code = wire_end(&l->message);

	if (code < 0 || !answers(l, ask, number))
		return -GNX_E_SYNTAX;
	return l->asker ? l->asker->item(l->asker->arg, item) : 0;
}

static int take_host(struct link *l, uint32_t number)
{
	struct msg_host host;

	msg_get_host(&l->message, &host);
	return hand_item(l, MSG_ASK_HOST, number, &host);
}

static int take_guest(struct link *l, uint32_t number)
{
	struct guest guest;

	msg_get_guest(&l->message, &guest);
	return hand_item(l, MSG_ASK_GUESTS, number, &guest);
}

static int take_event(struct link *l, uint32_t number)
{
	struct event_record event;

	msg_get_event(&l->message, &event);
	return hand_item(l, MSG_ASK_EVENTS, number, &event);
}

static int take_end(struct link *l, uint32_t number)
{
	int64_t code = wire_get_i64(&l->message);
	struct ask *a = l->asker;

	if (wire_end(&l->message) < 0 || !answers(l, 0, number) || code > 0 || code < -INT16_MAX)
		return -GNX_E_SYNTAX;
	l->open = false;
	l->asker = NULL;
	if (a)
		a->end(a->arg, (int)code);
	send_next(l);
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

static int take_message(struct link *l)
{
	if (l->message.type == MSG_NEWS)
		return take_news(l);
	switch (l->message.type) {
	case MSG_HOST:
		return take_host(l, wire_get_u32(&l->message));
	case MSG_GUEST:
		return take_guest(l, wire_get_u32(&l->message));
	case MSG_EVENT:
		return take_event(l, wire_get_u32(&l->message));
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
	TAILQ_INIT(&l->queue);
	l->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, l);
	event_add(l->readable, NULL);
	return l;
}
