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
	const struct defined *const *x = a, *const *y = b;

	return (*x)->order != (*y)->order ? ((*x)->order > (*y)->order ? 1 : -1)
					  : strcmp((*x)->name, (*y)->name);
}

void keep_boot(struct monitor *m)
{
	struct keep_queue *q = &m->boot;
	GNX_CLEAN(gnx_free)
	const struct defined **found = gnx_alloc((m->defined.len + 1) * sizeof(*found));

	for (size_t i = 0; i < m->defined.len; i++)
		if (m->defined.items[i].autostart)
			found[q->len++] = &m->defined.items[i];
	qsort(found, q->len, sizeof(*found), by_order);
	q->uuids = gnx_alloc((q->len + 1) * sizeof(*q->uuids));
	for (size_t i = 0; i < q->len; i++)
		memcpy(q->uuids[i], found[i]->uuid, GUEST_UUID);
}

/* Starts the next guest of the queue, if it is time. */
static void start_next(struct monitor *m)
{
	struct keep_queue *q = &m->boot;

	while (q->at < q->len && !q->started && monitor_ms() >= q->next_ms) {
		struct defined *g = defined_by_uuid(&m->defined, q->uuids[q->at]);
		const struct guest *there = g ? monitor_guest(m, g->uuid) : NULL;

		/* It may have been started, or undefined, by somebody else meanwhile. */
		if (!g || operate_busy(m, g->uuid) || (there && there->domid >= 0)) {
			q->at++;
			continue;
		}
		q->started = true;
		operate_start(m, g);
	}
}

static void started(struct monitor *m, struct defined *g, bool failed)
{
	struct keep_queue *q = &m->boot;

	if (!q->started || memcmp(q->uuids[q->at], g->uuid, GUEST_UUID) != 0)
		return;
	q->started = false;
	if (failed && ++q->failures < BOOT_TRIES) {
		q->next_ms = monitor_ms() + BOOT_RETRY_MS;
		return;
	}
	q->at++;
	q->failures = 0;
	q->next_ms = monitor_ms() + g->delay_s * INT64_C(1000);
}

void keep_ended(struct monitor *m, const uint8_t uuid[GUEST_UUID], enum verb verb, int failed)
{
	struct defined *g = defined_by_uuid(&m->defined, uuid);

	if (!g || (verb != VERB_start && verb != VERB_reboot))
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

static void follow(struct monitor *m, struct defined *g)
{
	const struct guest *guest = monitor_guest(m, g->uuid);

	if (!guest || guest->domid < 0) {
		follow_gone(m, g);
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

		if (g->want != STATE_WANT_off && !operate_busy(m, g->uuid))
			follow(m, g);
	}
	start_next(m);
}
