/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests that have much of xenstore are told, and answered as the configuration says. Nothing here
 * reads what a guest wrote: xenstored tells how much there is of it.
 */
#include "gridnixd/monitor/flood.h"

#include "gridnixd/monitor/monitor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A guest that is being judged. */
struct trial {
	struct monitor *m;
	const struct guest *guest;
	const char *path; /* that it writes; NULL: that is not known */
};

static struct flood *find(struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	for (size_t i = 0; i < m->floods.len; i++)
		if (!memcmp(m->floods.items[i].uuid, uuid, GUEST_UUID))
			return &m->floods.items[i];
	return NULL;
}

/* The rungs that could not be taken, as JSON behind a comma; "" if there is none. */
static void put_skipped(unsigned skipped, char *out, size_t size)
{
	size_t len = 0;

	*out = '\0';
	for (size_t i = 0; i < QUOTA_ANSWER_COUNT; i++)
		if (skipped & 1u << i)
			len += (size_t)snprintf(out + len, size - len, "%s\"%s\"",
				len ? "," : ",\"skipped\":[",
				quota_answer_name((enum quota_answer)i));
	if (len)
		snprintf(out + len, size - len, "]");
}

static void tell(void *arg, const struct quota_news *n)
{
	static const char *const reasons[] = {
		[QUOTA_below] = "ends", [QUOTA_soft] = "soft", [QUOTA_hard] = "hard"};
	const struct trial *t = arg;
	struct event_record e = {
		.kind = EVENT_xenstore_quota, .guest = *t->guest, .before = t->guest->state};
	char answer[32] = "", skipped[64], path[WRITES_PATH_MAX + 16] = "";

	put_skipped(n->skipped, skipped, sizeof(skipped));
	if (n->level == QUOTA_hard)
		snprintf(
			answer, sizeof(answer), ",\"answer\":\"%s\"", quota_answer_name(n->answer));
	if (t->path && n->level != QUOTA_below)
		snprintf(path, sizeof(path), ",\"path\":\"%s\"", t->path);
	strcpy(e.reason, reasons[n->level]);
	snprintf(e.detail, sizeof(e.detail),
		"{\"limit\":\"%s\",\"used\":%" PRIu64 ",\"max\":%" PRIu64 "%s%s%s}",
		quota_word(n->limit), n->used, n->max, path, answer, skipped);
	monitor_tell(t->m, &e);
}

/* Lowers a limit to where it begins to be told. */
static bool tighten(const struct trial *t, enum quota_limit limit, uint64_t max)
{
	struct gnx_err err = GNX_ERR_INIT;
	int r = t->m->host.ops->limit(t->m->host.self, t->guest->domid, limit,
		max * t->m->settings.xenstore_soft / 100, &err);

	if (r < 0 && *err.msg)
		fprintf(stderr, "gridnixd: %s: %s\n", t->guest->name, err.msg);
	return r == 0;
}

static bool act(void *arg, enum quota_answer answer, enum quota_limit limit, uint64_t max)
{
	const struct trial *t = arg;

	if (answer == QUOTA_tighten)
		return t->m->settings.xenstore_soft && *quota_name(limit) && tighten(t, limit, max);
	if (answer == QUOTA_pause && t->guest->state != GUEST_running)
		return false;
	operate_answer(t->m, t->guest, answer == QUOTA_pause ? VERB_pause : VERB_destroy);
	return true;
}

/* Whether the guest can be paused or destroyed now. */
static bool may_act(struct monitor *m, const struct guest *g)
{
	return (g->state == GUEST_running || g->state == GUEST_paused) &&
		!workers_left(&m->workers) && !operate_busy(m, g->uuid) &&
		monitor_alone(m, g->uuid);
}

void flood_judge(struct monitor *m, const struct guest *g, const struct quota *q, const char *path)
{
	const struct settings *s = &m->settings;
	struct trial t = {m, g, path};
	const struct quota_sink sink = {tell, act, &t};
	const struct quota_rules rules = {.soft = s->xenstore_soft,
		.hard = s->xenstore_hard,
		.upto = s->xenstore_answer,
		.patience_ms = s->xenstore_patience * INT64_C(1000),
		.wait = !may_act(m, g)};
	struct flood *f = find(m, g->uuid), fresh = {.incarnation = g->incarnation};

	memcpy(fresh.uuid, g->uuid, GUEST_UUID);
	quota_take(f ? &f->watch : &fresh.watch, q, &rules, monitor_ms(), &sink);
	if (f || !quota_watched(&fresh.watch))
		return;
	m->floods.items = gnx_room(m->floods.items, m->floods.len, sizeof(*m->floods.items));
	m->floods.items[m->floods.len++] = fresh;
}

void flood_ended(struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	struct flood *f = find(m, uuid);

	if (f && f->watch.answer_ms)
		f->watch.answer_ms = monitor_ms();
}

/* An answer from the store; the domain may have gone meanwhile. */
static void told(void *arg, int domid, const struct quota *q)
{
	struct monitor *m = arg;
	const struct flood_round *r = &m->floods.asked;

	for (size_t i = 0; i < r->len; i++) {
		const struct guest *g =
			r->domids[i] == domid ? monitor_guest(m, r->uuids[i]) : NULL;

		/* It may have another domain by now. */
		if (g && g->domid == domid)
			flood_judge(m, g, q, NULL);
	}
}

static void add(struct flood_round *r, const struct guest *g)
{
	if (g->domid < 0)
		return;
	memcpy(r->uuids[r->len], g->uuid, GUEST_UUID);
	r->domids[r->len++] = g->domid;
}

/* Those that have ended, or have another domain, and whose end was told are forgotten. */
static void forget(struct monitor *m)
{
	struct floods *f = &m->floods;
	size_t kept = 0;

	for (size_t i = 0; i < f->len; i++) {
		const struct guest *g = monitor_guest(m, f->items[i].uuid);

		if (g && g->domid >= 0 && g->incarnation == f->items[i].incarnation &&
			quota_watched(&f->items[i].watch))
			f->items[kept++] = f->items[i];
	}
	f->len = kept;
}

/* Those that have much, each time if they are not too many; and of all others some, in turn. */
static void choose(struct monitor *m, struct flood_round *r)
{
	struct floods *f = &m->floods;
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests);

	*r = (struct flood_round){0};
	for (size_t i = 0; i < f->len && i < FLOOD_ROUND / 2; i++)
		add(r, monitor_guest(m, f->items[f->turn++ % f->len].uuid));
	for (size_t i = 0; i < n && i < FLOOD_ROUND / 2; i++) {
		const struct guest *g = &guests[f->guest_turn++ % n];

		if (!find(m, g->uuid))
			add(r, g);
	}
}

void flood_look(struct monitor *m)
{
	static bool said;
	const struct settings *s = &m->settings;
	struct flood_round next;
	struct gnx_err err = GNX_ERR_INIT;
	int64_t now = monitor_ms();
	int r;

	if (!s->xenstore_soft && !s->xenstore_hard)
		return;
	/* Looks may follow one another closely. */
	if (now - m->floods.last_ms < s->guests_interval / 2)
		return;
	m->floods.last_ms = now;
	forget(m);
	choose(m, &next);
	r = m->host.ops->quota(m->host.self, next.domids, next.len, told, m, &err);
	if (r != -EAGAIN)
		m->floods.asked = next;
	degraded_store(m, r == 0);
	/* What lasts is said once. */
	if (r < 0 && r != -EAGAIN && !said)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	said = r < 0 && r != -EAGAIN;
}

void floods_done(struct floods *f)
{
	free(f->items);
}
