/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers to the front. They are kept, one behind the other, until it has taken them; it is not
 * asked for its next question before that, so what is kept is at most one answer.
 */
#include "gridnixd/monitor/define.h"
#include "gridnixd/monitor/monitor.h"

#include <string.h>

/* A message is kept as its bytes, behind their number. */
void serve_put(struct front *f, const struct wire *w)
{
	gnx_buf_add(&f->out, &w->len, sizeof(w->len));
	gnx_buf_add(&f->out, w->data, w->len);
}

int serve_flush(struct front *f)
{
	while (f->out_at < f->out.len) {
		const char *at = f->out.data + f->out_at;
		struct wire w;
		int r;

		w.bad = false;
		memcpy(&w.len, at, sizeof(w.len));
		memcpy(w.data, at + sizeof(w.len), w.len);
		r = wire_send(f->fd, &w);
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
		f->out_at += sizeof(w.len) + w.len;
	}
	gnx_buf_done(&f->out);
	f->out_at = 0;
	return 1;
}

static void begin(struct wire *w, enum msg type, uint32_t question)
{
	wire_begin(w, (uint16_t)type);
	wire_put_u32(w, question);
}

static void put_end(struct front *f, uint32_t question, int64_t result)
{
	struct wire w;

	begin(&w, MSG_END, question);
	wire_put_i64(&w, result);
	serve_put(f, &w);
}

static int answer_host(struct monitor *m, uint32_t question)
{
	struct msg_host h = {.up_ms = monitor_ms() - m->started_ms};
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests);
	struct wire w;
	int r = state_range(m->state, &h.first, &h.last, NULL);

	memcpy(h.boot_id, m->boot_id, sizeof(h.boot_id));
	for (size_t i = 0; i < n; i++)
		h.guests += guests[i].domid >= 0;
	begin(&w, MSG_HOST, question);
	msg_put_host(&w, &h);
	if (!r)
		serve_put(&m->front, &w);
	return r;
}

static void put_guest(struct monitor *m, uint32_t question, const struct guest *g)
{
	struct wire w;

	begin(&w, MSG_GUEST, question);
	msg_put_guest(&w, g);
	serve_put(&m->front, &w);
}

/* Those that have a domain, and those that have a definition only. */
static int answer_guests(struct monitor *m, uint32_t question)
{
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests);

	for (size_t i = 0; i < n; i++)
		put_guest(m, question, &guests[i]);
	for (size_t i = 0; i < m->defined.len; i++) {
		const struct defined *d = &m->defined.items[i];
		struct guest g = {.domid = -1,
			.state = saved_there(m, d->uuid) ? GUEST_saved : GUEST_off,
			.memory_kib = d->memory_kib,
			.vcpus = d->vcpus};

		memcpy(g.uuid, d->uuid, sizeof(g.uuid));
		memcpy(g.name, d->name, sizeof(g.name));
		if (!monitor_guest(m, d->uuid))
			put_guest(m, question, &g);
	}
	return 0;
}

static void put_definition(struct monitor *m, uint32_t question, const struct definition *d)
{
	struct wire w;

	begin(&w, MSG_DEFINITION, question);
	msg_put_definition(&w, d);
	serve_put(&m->front, &w);
}

static void put_operation(struct monitor *m, uint32_t question, const struct operation *o)
{
	struct wire w;

	begin(&w, MSG_OPERATION, question);
	msg_put_operation(&w, o);
	serve_put(&m->front, &w);
}

static int answer_definition(
	struct monitor *m, uint32_t question, const char *guest, struct gnx_err *err)
{
	struct definition d;
	struct subject s;
	int r = monitor_subject(m, guest, &s, err);

	if (!r && !s.defined)
		r = gnx_fail(err, -ENOENT, "%s: has no definition", s.name);
	if (!r)
		r = state_definition(m->state, s.uuid, &d, err);
	if (!r)
		put_definition(m, question, &d);
	return r;
}

static int answer_define(
	struct monitor *m, uint32_t question, struct definition *d, struct gnx_err *err)
{
	int r = define(m, d, err);

	if (!r)
		put_definition(m, question, d);
	return r;
}

static int answer_operation(struct monitor *m, uint32_t question, uint64_t id, struct gnx_err *err)
{
	struct operation o;
	int r = state_operation(m->state, id, &o, err);

	if (!r)
		put_operation(m, question, &o);
	return r;
}

/* Where the events of one answer go. */
struct event_answer {
	struct front *front;
	uint32_t question;
};

static int put_event(void *arg, const struct event_record *e)
{
	struct event_answer *a = arg;
	struct wire w;

	begin(&w, MSG_EVENT, a->question);
	msg_put_event(&w, e);
	serve_put(a->front, &w);
	return 0;
}

static int answer_events(struct monitor *m, uint32_t question, uint64_t since, uint32_t max)
{
	struct event_answer a = {&m->front, question};

	return state_events(m->state, since, max, put_event, &a, NULL);
}

/* A question with its values. */
struct question {
	uint16_t type;
	uint32_t number, max;
	uint64_t since, id;
	unsigned verb;
	char guest[GUEST_NAME_MAX + 1];
	char value[MSG_VALUE_MAX + 1];
	struct definition definition;
	struct msg_console console;
	int client;
};

static int answer_do(struct monitor *m, const struct question *q, struct gnx_err *err)
{
	struct operation o;
	int r = operate(m, (enum verb)q->verb, q->guest, q->value, &o, err);

	if (!r)
		put_operation(m, q->number, &o);
	return r;
}

static bool is_question(const struct wire *w, int client)
{
	if (w->type == MSG_ASK_CONSOLE)
		return client >= 0;
	return w->type >= MSG_ASK_HOST && w->type <= MSG_ASK_OPERATION && client < 0;
}

static int take_question(struct wire *w, int client, struct question *q)
{
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
	case MSG_ASK_UNDEFINE:
	case MSG_ASK_DEFINITION:
		wire_get_str(w, q->guest, sizeof(q->guest));
		break;
	case MSG_ASK_OPERATION:
		q->id = wire_get_u64(w);
		break;
	case MSG_ASK_CONSOLE:
		wire_get_str(w, q->guest, sizeof(q->guest));
		msg_get_console(w, &q->console);
		break;
	}
	return wire_end(w) < 0 || q->max > MSG_EVENTS_MAX || q->verb >= VERB_COUNT ? -GNX_E_SYNTAX
										   : 0;
}

static int answer(struct monitor *m, struct question *q, struct gnx_err *err)
{
	switch (q->type) {
	case MSG_ASK_HOST:
		return answer_host(m, q->number);
	case MSG_ASK_GUESTS:
		return answer_guests(m, q->number);
	case MSG_ASK_EVENTS:
		return answer_events(m, q->number, q->since, q->max);
	case MSG_ASK_DEFINE:
		return answer_define(m, q->number, &q->definition, err);
	case MSG_ASK_UNDEFINE:
		return undefine(m, q->guest, err);
	case MSG_ASK_DEFINITION:
		return answer_definition(m, q->number, q->guest, err);
	case MSG_ASK_DO:
		return answer_do(m, q, err);
	case MSG_ASK_CONSOLE:
		return consoles_client(m, q->guest, &q->console, q->client, err);
	default: /* MSG_ASK_OPERATION */
		return answer_operation(m, q->number, q->id, err);
	}
}

int serve(struct monitor *m, struct wire *w, int client)
{
	static struct question q; /* too large for the stack of a daemon that is deep in its loop */
	struct gnx_err err = GNX_ERR_INIT;
	struct wire words;
	int r;

	if (!is_question(w, client) || take_question(w, client, &q) < 0)
		return -GNX_E_SYNTAX;
	r = answer(m, &q, &err);
	if (r < 0 && *err.msg) {
		begin(&words, MSG_WORDS, q.number);
		wire_put_str(&words, err.msg);
		serve_put(&m->front, &words);
	}
	put_end(&m->front, q.number, r);
	return 0;
}
