/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A world for the unit tests of model/guest.h: a table, what it told, and a reader that replays
 * that, who must come to the same guests as the table. To be included behind cmocka.h.
 *
 * A look is written as words like 5ar: domain 5, UUID a, running. The last letter is one of
 * r running, p paused since it was made, P paused after it ran, d dying, or why it has stopped:
 * o poweroff, b reboot, s suspend, c crash, w watchdog, x soft reset, u something unknown.
 * What is told is written as words like a1:crashed/watchdog: UUID, incarnation, kind, reason.
 */
#ifndef GNX_TESTS_GUEST_WORLD_H
#define GNX_TESTS_GUEST_WORLD_H

#include "base/clean.h"
#include "base/str.h"
#include "model/event.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKS_MAX 32

/* What somebody knows who has read all events. */
struct reader {
	struct guest guests[2 * LOOKS_MAX];
	bool started[2 * LOOKS_MAX];
	size_t len;
	uint64_t last[256]; /* incarnation, by the UUID's first byte */
};

/* A table under test, what it told in the last update, and its reader. */
struct world {
	struct guests *g;
	struct gnx_buf told; /* as words */
	struct event_record events[8 * LOOKS_MAX];
	size_t len;
	struct reader reader;
};

static inline void world_done(struct world *w)
{
	guests_free(&w->g);
	gnx_buf_done(&w->told);
}

static inline void hear(void *arg, const struct event_record *e)
{
	struct world *w = arg;

	assert_true(w->len < GNX_LEN(w->events));
	assert_int_equal(e->seq, 0);
	assert_int_equal(e->wall_ms, 0);
	assert_int_equal(e->mono_ms, 0);
	assert_string_equal(e->boot_id, "");
	if (e->kind != EVENT_renamed)
		assert_string_equal(e->detail, "");
	w->events[w->len++] = *e;
	gnx_buf_fmt(&w->told, "%s%c%d:%s%s%s", w->told.len ? " " : "", e->guest.uuid[0],
		(int)e->guest.incarnation, event_kind_name(e->kind), *e->reason ? "/" : "",
		e->reason);
}

static inline bool same_guest(const struct guest *a, const struct guest *b)
{
	return !memcmp(a->uuid, b->uuid, GUEST_UUID) && a->incarnation == b->incarnation;
}

static inline const struct guest *listed(const struct world *w, const struct guest *guest)
{
	const struct guest *list;
	size_t n = guests_list(w->g, &list);

	for (size_t i = 0; i < n; i++)
		if (same_guest(&list[i], guest))
			return &list[i];
	return NULL;
}

/* Where the guest stands that an event is about, or reader.len when it is not known yet. The new
 * incarnation that was rebooted continues one that is not listed any more. */
static inline size_t reader_find(const struct world *w, const struct event_record *e)
{
	const struct reader *r = &w->reader;
	size_t i = 0;

	while (i < r->len && !same_guest(&r->guests[i], &e->guest))
		i++;
	if (e->kind != EVENT_rebooted)
		return i;
	assert_int_equal(i, r->len);
	for (i = 0; i < r->len; i++)
		if (r->guests[i].state == GUEST_rebooting && !listed(w, &r->guests[i]) &&
			!memcmp(r->guests[i].uuid, e->guest.uuid, GUEST_UUID))
			return i;
	fail_msg("rebooted: who?");
	return 0;
}

static inline enum guest_state state_after(enum event_kind kind)
{
	switch ((int)kind) {
	case EVENT_starting:
	case EVENT_rebooted:
		return GUEST_starting;
	case EVENT_started:
	case EVENT_migrated:
	case EVENT_unpaused:
	case EVENT_resumed:
		return GUEST_running;
	case EVENT_destroyed:
		return GUEST_gone;
	default:
		return (enum guest_state)guest_state_by_name(event_kind_name(kind));
	}
}

static inline void reader_hear(
	const struct world *w, struct reader *r, const struct event_record *e)
{
	size_t i = reader_find(w, e);
	uint64_t *last = &r->last[e->guest.uuid[0]];

	assert_int_equal(e->before, i < r->len ? r->guests[i].state : GUEST_gone);
	if (e->kind == EVENT_migrating_in || e->kind == EVENT_migrating_out) {
		assert_int_equal(e->guest.state, e->before);
	} else if (e->kind == EVENT_renamed) {
		assert_int_equal(e->guest.state, e->before);
		if (*r->guests[i].name) /* the first one is not told */
			assert_string_equal(e->detail, r->guests[i].name);
		assert_string_not_equal(e->guest.name, e->detail);
	} else {
		assert_int_equal(e->guest.state, state_after(e->kind));
		assert_int_not_equal(e->before, e->guest.state);
	}
	assert_true(e->kind == EVENT_starting || i < r->len);
	if (e->kind == EVENT_starting || e->kind == EVENT_rebooted) {
		assert_true(e->guest.incarnation > *last);
		*last = e->guest.incarnation;
		r->started[i] = false;
	}
	if (e->kind == EVENT_started || e->kind == EVENT_migrated) {
		assert_false(r->started[i]);
		r->started[i] = true;
	}
	r->guests[i] = e->guest;
	r->len += i == r->len;
	if (e->kind == EVENT_destroyed) {
		assert_int_equal(e->guest.domid, -1);
		r->len--;
		r->guests[i] = r->guests[r->len];
		r->started[i] = r->started[r->len];
	}
}

/* The reader knows just the guests that are listed, and their states. */
static inline void compare_reader(const struct world *w)
{
	const struct reader *r = &w->reader;
	const struct guest *list;
	size_t n = guests_list(w->g, &list);

	assert_int_equal(n, r->len);
	for (size_t i = 0; i < n; i++) {
		const struct guest *found = listed(w, &r->guests[i]);

		assert_non_null(found);
		assert_int_equal(found->state, r->guests[i].state);
		if (*r->guests[i].name)
			assert_string_equal(found->name, r->guests[i].name);
		if (found->state != GUEST_rebooting || found->domid != -1)
			assert_int_equal(found->domid, r->guests[i].domid);
	}
	for (size_t i = 1; i < n; i++) {
		int order = memcmp(list[i - 1].uuid, list[i].uuid, GUEST_UUID);

		assert_true(order < 0 || (!order && list[i - 1].incarnation < list[i].incarnation));
	}
}

static inline void update(
	struct world *w, const struct guest_look *looks, size_t n, int64_t mono_ms)
{
	if (!w->g)
		w->g = guests_new();
	gnx_buf_done(&w->told);
	w->len = 0;
	guests_update(w->g, looks, n, mono_ms, hear, w);
	for (size_t i = 0; i < w->len; i++)
		reader_hear(w, &w->reader, &w->events[i]);
	compare_reader(w);
}

static inline struct guest_look parse_look(const char *word)
{
	static const char reasons[] = "obscwx";
	struct guest_look look = {.memory_kib = 65536, .vcpus = 1};
	char *end;
	const char *reason;

	look.domid = (int)strtol(word, &end, 10);
	memset(look.uuid, end[0], GUEST_UUID);
	/* Behind it, as xl names them: +, the one that comes; -, the one that goes. */
	snprintf(look.name, sizeof(look.name), "guest-%c%s", end[0],
		end[2] == '+'		? "--incoming"
			: end[2] == '-' ? "--migratedaway"
					: "");
	look.paused = tolower(end[1]) == 'p';
	look.cpu_ns = end[1] != 'p';
	look.dying = end[1] == 'd';
	reason = strchr(reasons, end[1]);
	look.stopped = reason || end[1] == 'u';
	look.stop = reason ? (int)(reason - reasons) : 77;
	assert_true(look.paused || look.dying || look.stopped || end[1] == 'r');
	return look;
}

static inline size_t parse_looks(const char *words, struct guest_look looks[LOOKS_MAX])
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv v = {0};

	gnx_strv_split(&v, words, " ");
	for (size_t i = 0; i < v.len; i++)
		looks[i] = parse_look(v.items[i]);
	return v.len;
}

/* One look, and what must be told. */
static inline void look_at(struct world *w, int64_t mono_ms, const char *words, const char *want)
{
	struct guest_look looks[LOOKS_MAX];
	size_t n = parse_looks(words, looks);

	update(w, looks, n, mono_ms);
	assert_string_equal(w->told.data ? w->told.data : "", want);
	update(w, looks, n, mono_ms);
	assert_int_equal(w->len, 0);
}

/* A table of what the daemon knows after a restart: guests as they were, and who was there. */
static inline struct guests *restored(const struct world *w)
{
	struct guests *g = guests_new();
	const struct guest *list;
	size_t n = guests_list(w->g, &list);

	while (n--) /* in any order */
		guests_restore(g, &list[n]);
	for (int c = 0; c < 256; c++) {
		struct guest gone = {.incarnation = w->reader.last[c]};

		memset(gone.uuid, c, GUEST_UUID);
		if (gone.incarnation)
			guests_restore(g, &gone);
	}
	return g;
}

#endif
