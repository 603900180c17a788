/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers to the front. They are kept, one behind the other, until it has taken them; it is not
 * asked for its next question before that, so what is kept is at most one answer.
 */
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

static int answer_guests(struct monitor *m, uint32_t question)
{
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests);
	struct wire w;

	for (size_t i = 0; i < n; i++) {
		begin(&w, MSG_GUEST, question);
		msg_put_guest(&w, &guests[i]);
		serve_put(&m->front, &w);
	}
	return 0;
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

int serve(struct monitor *m, struct wire *q)
{
	uint32_t question = wire_get_u32(q), max = 0;
	uint64_t since = 0;
	int r;

	if (q->type == MSG_ASK_EVENTS) {
		since = wire_get_u64(q);
		max = wire_get_u32(q);
	}
	if (wire_end(q) < 0 || max > MSG_EVENTS_MAX)
		return -GNX_E_SYNTAX;
	switch (q->type) {
	case MSG_ASK_HOST:
		r = answer_host(m, question);
		break;
	case MSG_ASK_GUESTS:
		r = answer_guests(m, question);
		break;
	case MSG_ASK_EVENTS:
		r = answer_events(m, question, since, max);
		break;
	default:
		return -GNX_E_SYNTAX;
	}
	put_end(&m->front, question, r);
	return 0;
}
