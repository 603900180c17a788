/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events on their way to hooks: see hooks.h. First it is written down who gets an event, then it is
 * delivered, and then that is written down. Whatever is killed in between, it is done again.
 */
#include "gridnixd/hooks/hooks.h"

#include "base/clean.h"
#include "base/file.h"
#include "gridnixd/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void begin(struct hooks *h, enum msg type)
{
	h->type = type;
	wire_begin(&h->message, (uint16_t)type);
	wire_put_u32(&h->message, ++h->number);
}

static void ask(struct hooks *h)
{
	h->open = true;
	if (wire_send(MSG_FD, &h->message) < 0)
		hooks_quit(h, "gridnixd takes no question");
}

static void ask_events(struct hooks *h, uint64_t since, uint32_t max)
{
	begin(h, MSG_ASK_EVENTS);
	wire_put_u64(&h->message, since);
	wire_put_u32(&h->message, max);
	ask(h);
}

/* Tells what came of a run. */
static void ask_result(struct hooks *h, struct run *run)
{
	const struct waiting *d = run->delivery;
	const struct hook *hook = hooks_find(h, d->hook);
	uint32_t tries = hook ? hook->tries : 5;

	h->about = run;
	if (run->ok) {
		begin(h, MSG_ASK_DELIVERED);
		wire_put_u64(&h->message, d->seq);
		wire_put_str(&h->message, d->hook);
	} else {
		struct delivery failed = {.seq = d->seq,
			.kind = d->kind,
			.tries = d->tries + 1,
			.dead = d->tries + 1 >= tries};

		memcpy(failed.hook, d->hook, sizeof(failed.hook));
		memcpy(failed.uuid, d->uuid, sizeof(failed.uuid));
		memcpy(failed.words, run->words, sizeof(failed.words));
		run->dead = failed.dead;
		begin(h, MSG_ASK_FAILED);
		msg_put_delivery(&h->message, &failed);
	}
	ask(h);
}

static void ask_planned(struct hooks *h, uint64_t seq)
{
	begin(h, MSG_ASK_PLAN);
	wire_put_u64(&h->message, seq);
	wire_put_u32(&h->message, h->planning_len);
	for (uint32_t i = 0; i < h->planning_len; i++)
		wire_put_str(&h->message, h->planning[i]);
	ask(h);
}

/* Who gets this one. */
static void find_takers(struct hooks *h, const struct note *n)
{
	struct guest g = {0};

	memcpy(g.uuid, n->uuid, sizeof(g.uuid));
	memcpy(g.name, n->name, sizeof(g.name));
	h->planning_len = 0;
	for (size_t i = 0; i < h->config->len; i++)
		if (hook_wants(&h->config->items[i], n->kind, n->of_guest, &g))
			memcpy(h->planning[h->planning_len++], h->config->items[i].name,
				HOOK_NAME_MAX + 1);
}

/* Has it written down who gets the next event that somebody wants: whether there was one. That
 * nobody wants the others is written with it, or a little later: a host without hooks writes
 * nothing for each event. */
static bool ask_plan(struct hooks *h)
{
	const struct note *n = &h->notes[h->notes_at];

	if (n->seq > h->planned + 1) {
		begin(h, MSG_ASK_LOST);
		wire_put_u64(&h->message, n->seq - 1);
		ask(h);
		return true;
	}
	if (h->planned == h->written)
		h->write_ms = gnx_now_ms() + HOOKS_WRITE_MS;
	for (; h->notes_at < h->notes_len; h->planned = n->seq, h->notes_at++) {
		n = &h->notes[h->notes_at];
		find_takers(h, n);
		if (h->planning_len) {
			ask_planned(h, n->seq);
			return true;
		}
	}
	return false;
}

/* A delivery that may begin, in a slot of its own: asks for its event. Whether there was one. */
static bool ask_event(struct hooks *h)
{
	int64_t now = gnx_now_ms();
	struct run *run = run_slot(h);
	struct waiting *w = NULL;

	if (!run || queue_running(&h->queue, NULL) >= HOOKS_AFTER_MAX)
		return false;
	while ((w = queue_next(&h->queue, w, now))) {
		const struct hook *hook = hooks_find(h, w->hook);

		if (queue_running(&h->queue, w->hook) < (hook ? hook->concurrency : 1))
			break;
	}
	if (!w)
		return false;
	*run = (struct run){.phase = FETCHING, .delivery = w};
	w->running = true;
	h->about = run;
	h->fetched.seq = 0;
	ask_events(h, w->seq - 1, 1);
	return true;
}

static struct run *ended_run(struct hooks *h)
{
	for (size_t i = 0; i < GNX_LEN(h->runs); i++)
		if (h->runs[i].phase == ENDED)
			return &h->runs[i];
	return NULL;
}

/* Until the next try of something, or something is to be written down. */
static void set_timer(struct hooks *h)
{
	int64_t now = gnx_now_ms(), due = queue_due(&h->queue, now);
	struct timeval delay;

	if (h->planned > h->written && (due < 0 || h->write_ms < due))
		due = h->write_ms;
	if (due < 0)
		return;
	due -= now;
	delay = (struct timeval){due / 1000, due % 1000 * 1000};
	event_add(h->timer, &delay);
}

void deliver_next(struct hooks *h)
{
	struct run *ended;

	if (h->open)
		return;
	h->about = NULL;
	if (h->stale) {
		h->stale = false;
		begin(h, MSG_ASK_WAITING);
		ask(h);
		return;
	}
	if ((ended = ended_run(h))) {
		ask_result(h, ended);
		return;
	}
	if ((h->notes_at < h->notes_len && ask_plan(h)) || ask_event(h))
		return;
	if (h->planned < h->last && h->queue.len < HOOKS_WAITING_MAX) {
		h->notes_len = h->notes_at = 0;
		ask_events(h, h->planned, MSG_EVENTS_MAX);
	} else if (h->planned > h->written && gnx_now_ms() >= h->write_ms) {
		h->planning_len = 0;
		ask_planned(h, h->planned);
	} else {
		set_timer(h);
	}
}

static void start(struct hooks *h, struct run *run)
{
	const struct event_record *e = &h->fetched;
	const struct hook *hook = hooks_find(h, run->delivery->hook);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf json = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv env = {0};

	if (!hook || e->seq != run->delivery->seq) {
		run_words(run, RAN_gone, 0, "", run->words);
		run->ok = hook; /* without its event it is of no use any more */
		run->phase = ENDED;
		return;
	}
	show_event(e, &json);
	gnx_buf_str(&json, "\n");
	run_env(&env, hook, event_kind_name(e->kind), run->delivery->tries + 1, e->operation,
		event_of_guest(e) ? &e->guest : NULL);
	gnx_strv_fmt(&env, "GRIDNIX_SEQ=%" PRIu64, e->seq);
	if (*e->reason)
		gnx_strv_fmt(&env, "GRIDNIX_REASON=%s", e->reason);
	run_start(h, run, hook, &json, &env);
}

void deliver_ran(struct hooks *h, struct run *run, enum ran how, uint32_t status, const char *line)
{
	const struct waiting *d = run->delivery;

	run_words(run, how, status, line, run->words);
	run->ok = !*run->words;
	run->phase = ENDED;
	if (!run->ok)
		fprintf(stderr, "gridnixd-hooks: %s: event %" PRIu64 ": %s\n", d->hook, d->seq,
			run->words);
	deliver_next(h);
}

static int take_event(struct hooks *h)
{
	struct event_record *e = &h->fetched;
	struct note *n = &h->notes[h->notes_len];

	msg_get_event(&h->message, e);
	if (wire_end(&h->message) < 0 || h->type != MSG_ASK_EVENTS)
		return -GNX_E_SYNTAX;
	if (h->about)
		return 0;
	if (h->notes_len == MSG_EVENTS_MAX)
		return -GNX_E_SYNTAX;
	*n = (struct note){.seq = e->seq, .kind = e->kind, .of_guest = event_of_guest(e)};
	memcpy(n->uuid, e->guest.uuid, sizeof(n->uuid));
	memcpy(n->name, e->guest.name, sizeof(n->name));
	h->notes_len++;
	return 0;
}

static int take_delivery(struct hooks *h)
{
	struct delivery d;

	msg_get_delivery(&h->message, &d);
	if (wire_end(&h->message) < 0 || h->type != MSG_ASK_WAITING)
		return -GNX_E_SYNTAX;
	queue_add(&h->queue, &d);
	return 0;
}

/* The event is planned: it waits for those who get it. */
static void planned(struct hooks *h)
{
	const struct note *n = &h->notes[h->notes_at];

	if (!h->planning_len) { /* it was only that nobody gets the last ones */
		h->written = h->planned;
		return;
	}
	h->notes_at++;
	for (uint32_t i = 0; i < h->planning_len; i++) {
		struct delivery d = {.seq = n->seq, .kind = n->kind};

		memcpy(d.hook, h->planning[i], sizeof(d.hook));
		memcpy(d.uuid, n->uuid, sizeof(d.uuid));
		queue_add(&h->queue, &d);
	}
	h->planned = h->written = n->seq;
}

/* What came of the run is kept: its slot is free, and what waited behind it may begin. */
static void kept(struct hooks *h, struct run *run)
{
	if (run->ok || run->dead)
		queue_drop(&h->queue, run->delivery);
	else
		queue_retry(run->delivery, gnx_now_ms());
	run->phase = FREE;
}

static int take_end(struct hooks *h)
{
	int64_t code = wire_get_i64(&h->message);

	if (wire_end(&h->message) < 0)
		return -GNX_E_SYNTAX;
	if (code < 0) {
		fprintf(stderr, "gridnixd-hooks: the state cannot be read or written\n");
		return (int)code;
	}
	h->open = false;
	switch (h->type) {
	case MSG_ASK_EVENTS:
		if (h->about)
			start(h, h->about);
		else if (h->notes_len)
			hooks_read(h);
		else
			h->planned = h->last; /* the journal has fewer than was said */
		break;
	case MSG_ASK_PLAN:
		planned(h);
		break;
	case MSG_ASK_LOST:
		h->planned = h->written = h->notes[h->notes_at].seq - 1;
		break;
	case MSG_ASK_DELIVERED:
	case MSG_ASK_FAILED:
		kept(h, h->about);
		break;
	default:
		break;
	}
	deliver_next(h);
	return 0;
}

static int take_count(struct hooks *h)
{
	h->written = wire_get_u64(&h->message);
	if (h->planned < h->written)
		h->planned = h->written;
	return wire_end(&h->message) == 0 && h->type == MSG_ASK_WAITING ? 0 : -GNX_E_SYNTAX;
}

static int take_news(struct hooks *h)
{
	h->last = wire_get_u64(&h->message);
	if (wire_end(&h->message) < 0)
		return -GNX_E_SYNTAX;
	deliver_next(h);
	return 0;
}

static int take_words(struct hooks *h)
{
	char words[GNX_ERR_MSG];

	wire_get_str(&h->message, words, sizeof(words));
	if (wire_end(&h->message) < 0)
		return -GNX_E_SYNTAX;
	fprintf(stderr, "gridnixd-hooks: %s\n", words);
	return 0;
}

int deliver_take(struct hooks *h)
{
	uint16_t type = h->message.type;

	if (type == MSG_NEWS)
		return take_news(h);
	if (type == MSG_REPLAYED) {
		if (wire_end(&h->message) < 0)
			return -GNX_E_SYNTAX;
		h->stale = true;
		deliver_next(h);
		return 0;
	}
	if (!h->open || wire_get_u32(&h->message) != h->number)
		return -GNX_E_SYNTAX;
	switch (type) {
	case MSG_EVENT:
		return take_event(h);
	case MSG_DELIVERY:
		return take_delivery(h);
	case MSG_COUNT:
		return take_count(h);
	case MSG_WORDS:
		return take_words(h);
	case MSG_END:
		return take_end(h);
	default:
		return -GNX_E_SYNTAX;
	}
}
