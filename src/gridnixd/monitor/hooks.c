/* SPDX-License-Identifier: BSD-3-Clause */
/* Hooks, as the monitor sees them: see hooks.h. */
#include "gridnixd/monitor/hooks.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static int take_found(struct hook_list *l, struct wire *w)
{
	uint32_t place = wire_get_u32(w);
	struct hook h;

	msg_get_hook(w, &h);
	if (place == 0)
		l->coming_len = 0;
	if (wire_end(w) < 0 || place != l->coming_len || place >= HOOKS_MAX)
		return -GNX_E_SYNTAX;
	l->coming = gnx_room(l->coming, place, sizeof(h));
	l->coming[l->coming_len++] = h;
	return 0;
}

static int take_found_end(struct monitor *m, struct wire *w)
{
	struct hook_list *l = &m->found;
	uint32_t len = wire_get_u32(w);
	bool first = !l->known;

	if (wire_end(w) < 0 || len != l->coming_len)
		return -GNX_E_SYNTAX;
	free(l->items);
	l->items = STEAL(l->coming);
	l->len = len;
	l->coming_len = 0;
	l->known = true;
	operate_hooks_found(m, first);
	return 0;
}

static int take_verdict(struct monitor *m, struct wire *w)
{
	uint64_t id = wire_get_u64(w);
	char words[OPERATION_WORDS_MAX + 1];

	wire_get_str(w, words, sizeof(words));
	if (wire_end(w) < 0)
		return -GNX_E_SYNTAX;
	operate_verdict(m, id, words);
	return 0;
}

int hooks_take(struct monitor *m, struct wire *w)
{
	switch (w->type) {
	case MSG_FOUND:
		return take_found(&m->found, w);
	case MSG_FOUND_END:
		return take_found_end(m, w);
	case MSG_VERDICT:
		return take_verdict(m, w);
	default:
		return -GNX_E_SYNTAX;
	}
}

void hooks_lost(struct monitor *m)
{
	m->found.known = false;
	m->found.coming_len = 0;
}

void hooks_done(struct monitor *m)
{
	free(m->found.items);
	free(m->found.coming);
}

int64_t hooks_patience(
	const struct monitor *m, enum verb verb, const struct guest *g, bool *must_out)
{
	int64_t ms = 0;

	if (!m->hooks.path)
		return 0;
	for (size_t i = 0; i < m->found.len; i++)
		if (hook_asked(&m->found.items[i], verb, g))
			ms += m->found.items[i].timeout * INT64_C(1000);
	*must_out = ms || !m->found.known;
	return *must_out ? ms + HOOKS_GRACE_MS : HOOKS_NONE_MS;
}

void hooks_ask(struct monitor *m, const struct operation *o, const struct guest *g)
{
	struct wire w;

	if (!m->found.known)
		return; /* it is asked when it is ready */
	wire_begin(&w, MSG_BEFORE);
	msg_put_operation(&w, o);
	msg_put_guest(&w, g);
	peer_say(&m->hooks, &w);
}

/* An event of the host's, with this detail, which is taken. */
static struct event_record told(const struct monitor *m, const char *reason, json_t *detail)
{
	struct event_record e = {.kind = EVENT_hook_failed};

	snprintf(e.reason, sizeof(e.reason), "%s", reason);
	if (detail && json_dumpb(detail, NULL, 0, JSON_COMPACT) < sizeof(e.detail))
		json_dumpb(detail, e.detail, sizeof(e.detail), JSON_COMPACT);
	json_decref(detail);
	monitor_stamp(m, &e);
	return e;
}

static struct event_record told_delivery(const struct monitor *m, const struct delivery *d)
{
	static const uint8_t none[GUEST_UUID];
	json_t *detail = json_pack(
		"{s:s, s:I, s:s}", "hook", d->hook, "event", (json_int_t)d->seq, "words", d->words);
	char uuid[GUEST_UUID_TEXT];

	guest_uuid_text(d->uuid, uuid);
	if (memcmp(d->uuid, none, GUEST_UUID) != 0)
		json_object_set_new(detail, "guest", json_string(uuid));
	return told(m, "", detail);
}

int hooks_failed(struct monitor *m, const struct delivery *d, struct gnx_err *err)
{
	/* Or a hook that fails for these would be told of its own failure, and so on. */
	bool tells = d->dead && d->kind != EVENT_hook_failed;
	struct event_record e;
	int r = monitor_journal(m, err);

	if (r < 0)
		return r;
	if (tells)
		e = told_delivery(m, d);
	r = state_undelivered(m->state, d, tells ? &e : NULL, err);
	if (!r && tells)
		peers_news(m);
	return r;
}

int hooks_lost_events(struct monitor *m, uint64_t upto, struct gnx_err *err)
{
	uint64_t planned;
	struct event_record e;
	int r = monitor_journal(m, err);

	if (!r)
		r = state_planned(m->state, &planned, err);
	if (r < 0)
		return r;
	e = told(m, "journal",
		json_pack(
			"{s:I, s:I}", "first", (json_int_t)planned + 1, "last", (json_int_t)upto));
	r = state_plan(m->state, upto, NULL, 0, &e, err);
	if (!r)
		peers_news(m);
	return r;
}

int hooks_replay(struct monitor *m, uint64_t seq, uint32_t *count_out, struct gnx_err *err)
{
	struct wire w;
	int r = state_replay(m->state, seq, count_out, err);

	if (!r && seq && !*count_out)
		r = gnx_fail(err, -ENOENT, "of event %llu there is no delivery that is given up",
			(unsigned long long)seq);
	if (r < 0 || !*count_out)
		return r;
	wire_begin(&w, MSG_REPLAYED);
	peer_say(&m->hooks, &w);
	return 0;
}
