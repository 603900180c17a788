/* SPDX-License-Identifier: BSD-3-Clause */
/* What follows by itself: see keep.h. */
#include "gridnixd/monitor/keep.h"

#include "base/clean.h"
#include "base/str.h"
#include "gridnixd/monitor/monitor.h"

#include <stdio.h>
#include <string.h>

/* A guest that ran for so long does not crash in a loop. */
#define LOOP_MS (10 * 60 * 1000)
/* How long the restart after the second crash of a loop waits; twice as long after each further. */
#define BACKOFF_MS	 5000
#define BACKOFF_LIMIT_MS (5 * 60 * 1000) /* and no longer than twice this */

/* A host that is booting is busy, and what a guest needs may come late. */
#define BOOT_TRIES    3
#define BOOT_RETRY_MS 1000

static int by_order(const void *a, const void *b)
{
	const struct keep_entry *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

void keep_boot(struct monitor *m)
{
	struct keep_queue *q = &m->boot;

	q->entries = gnx_alloc((m->defined.len + 1) * sizeof(*q->entries));
	for (size_t i = 0; i < m->defined.len; i++) {
		const struct defined *g = &m->defined.items[i];
		struct keep_entry *e = &q->entries[q->len];

		if (!g->autostart)
			continue;
		*e = (struct keep_entry){.order = g->order};
		memcpy(e->uuid, g->uuid, GUEST_UUID);
		q->len++;
	}
	qsort(q->entries, q->len, sizeof(*q->entries), by_order);
}

static void start_one(struct monitor *m, struct keep_entry *e)
{
	struct defined *g = defined_by_uuid(&m->defined, e->uuid);
	const struct guest *there = g ? monitor_guest(m, g->uuid) : NULL;

	/* It may have been started, or undefined, by somebody else meanwhile. */
	if (!g || operate_busy(m, g->uuid) || (there && there->domid >= 0)) {
		e->done = true;
		return;
	}
	e->started = true;
	operate_start(m, g);
}

/* Starts the guests whose turn it is. */
static void start_next(struct monitor *m)
{
	struct keep_queue *q = &m->boot;
	int64_t now = monitor_ms();

	while (q->at < q->len && q->entries[q->at].done)
		q->at++;
	if (q->at == q->len || (q->entries[q->at].order != q->order && now < q->next_ms))
		return;
	q->order = q->entries[q->at].order;
	for (size_t i = q->at; i < q->len && q->entries[i].order == q->order; i++) {
		struct keep_entry *e = &q->entries[i];

		if (!e->started && !e->done && now >= e->retry_ms)
			start_one(m, e);
	}
}

static struct keep_entry *started_entry(struct keep_queue *q, const uint8_t uuid[GUEST_UUID])
{
	for (size_t i = q->at; i < q->len; i++)
		if (q->entries[i].started && !memcmp(q->entries[i].uuid, uuid, GUEST_UUID))
			return &q->entries[i];
	return NULL;
}

static void started(struct monitor *m, struct defined *g, bool failed)
{
	struct keep_queue *q = &m->boot;
	struct keep_entry *e = started_entry(q, g->uuid);
	int64_t now = monitor_ms(), next = now + g->delay_s * INT64_C(1000);

	if (!e)
		return;
	e->started = false;
	if (failed && ++e->failures < BOOT_TRIES) {
		e->retry_ms = now + BOOT_RETRY_MS;
		return;
	}
	e->done = true;
	if (next > q->next_ms)
		q->next_ms = next;
}

void keep_ended(struct monitor *m, const uint8_t uuid[GUEST_UUID], enum verb verb, int failed)
{
	struct defined *g = defined_by_uuid(&m->defined, uuid);

	if (!g || (verb != VERB_start && verb != VERB_reboot && verb != VERB_restore))
		return;
	started(m, g, failed);
	if (!failed)
		g->started_ms = monitor_ms();
}

/* Counts a crash, once, and says when the guest may be restarted. */
static void crashed(struct defined *g, const struct guest *guest)
{
	int64_t now = monitor_ms(), wait = BACKOFF_MS;

	if (g->crashed == guest->incarnation)
		return;
	g->crashed = guest->incarnation;
	if (!g->started_ms || now - g->started_ms > LOOP_MS)
		g->crashes = 0;
	for (unsigned i = 1; i < g->crashes && wait < BACKOFF_LIMIT_MS; i++)
		wait *= 2;
	g->retry_ms = now + (g->crashes ? wait : 0);
	g->crashes++;
}

static void act(struct monitor *m, struct defined *g, enum definition_action action)
{
	if (action == DEFINITION_destroy)
		operate_destroy(m, g);
	else if (action == DEFINITION_restart && monitor_ms() >= g->retry_ms)
		operate_restart(m, g);
	else if (action == DEFINITION_dump && monitor_ms() >= g->retry_ms)
		operate_dump(m, g);
}

static void set_want(struct monitor *m, struct defined *g, enum state_want want)
{
	struct gnx_err err = GNX_ERR_INIT;

	if (state_want(m->state, g->uuid, want, &err) < 0)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	else
		g->want = want;
}

/* Without a domain, and none of ours is at work on it. */
static void follow_gone(struct monitor *m, struct defined *g)
{
	if (g->want == STATE_WANT_restart)
		operate_start(m, g);
	else
		set_want(m, g, STATE_WANT_off); /* somebody has taken it away */
}

/* Somebody was killed while it was saved or restored. It is in its file, or runs on. */
static void follow_file(struct monitor *m, struct defined *g)
{
	const struct guest *guest = monitor_guest(m, g->uuid);

	if (!guest || guest->domid < 0)
		set_want(m, g, STATE_WANT_off);
	else if (guest->state != GUEST_suspended && guest->state != GUEST_starting)
		set_want(m, g, STATE_WANT_on);
	else if (saved_there(m, g->uuid)) {
		operate_destroy(m, g);
	} else {
		saved_undo(m, g->uuid, SAVED_state);
		operate_unpause(m, g);
	}
}

/* Somebody was killed while it was waited for that a guest stops, which it was asked for. */
static void follow_asked(struct monitor *m, struct defined *g, enum guest_state state)
{
	bool reboot = g->want == STATE_WANT_reboot;

	if (state != GUEST_shutdown && state != GUEST_rebooting && state != GUEST_suspended)
		operate_ask_again(m, g, reboot ? VERB_reboot : VERB_shutdown);
	else if (reboot)
		operate_restart(m, g);
	else
		operate_destroy(m, g);
}

/* Whoever was taking its domain away was killed, and it may be half gone: it never runs again. */
static void follow_destroyed(struct monitor *m, struct defined *g)
{
	if (monitor_ms() < g->retry_ms)
		return;
	g->retry_ms = monitor_ms() + BACKOFF_MS;
	operate_destroy(m, g);
}

static void follow(struct monitor *m, struct defined *g)
{
	const struct guest *guest = monitor_guest(m, g->uuid);

	if (g->want == STATE_WANT_save || g->want == STATE_WANT_restore) {
		follow_file(m, g);
		return;
	}
	if (!guest || guest->domid < 0) {
		follow_gone(m, g);
		return;
	}
	if (g->want == STATE_WANT_adopt) { /* somebody was killed, or had no patience */
		operate_adopt(m, g);
		return;
	}
	if (g->want == STATE_WANT_destroy) {
		follow_destroyed(m, g);
		return;
	}
	if ((g->want == STATE_WANT_stop || g->want == STATE_WANT_reboot) &&
		guest->state != GUEST_crashed) {
		follow_asked(m, g, guest->state);
		return;
	}
	switch (guest->state) {
	case GUEST_starting: /* a worker that has died could not finish it */
		operate_destroy(m, g);
		break;
	case GUEST_shutdown:
		act(m, g, g->on_poweroff);
		break;
	case GUEST_rebooting:
		act(m, g, g->on_reboot);
		break;
	case GUEST_crashed:
		crashed(g, guest);
		act(m, g, g->on_crash);
		break;
	default:
		if (g->want ==
			STATE_WANT_restart) /* it has been, before the daemon was restarted */
			set_want(m, g, STATE_WANT_on);
	}
}

void keep_looked(struct monitor *m)
{
	/* What the last daemon began is not ours to judge before it has ended. */
	if (workers_left(&m->workers))
		return;
	for (size_t i = 0; i < m->defined.len; i++) {
		struct defined *g = &m->defined.items[i];

		if (g->want != STATE_WANT_off && !operate_busy(m, g->uuid) &&
			monitor_alone(m, g->uuid))
			follow(m, g);
	}
	start_next(m);
}
