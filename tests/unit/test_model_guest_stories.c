/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests: random stories, each replayed by the reader of guest_world.h; ten thousand guests; how
 * many of those that are gone are remembered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guest_world.h"
#include "seeds.h"

/* A host on which anything happens. */
struct host {
	struct guest_look looks[LOOKS_MAX];
	size_t len;
	uint32_t random;
};

static unsigned pick(struct host *h, unsigned below)
{
	h->random = h->random * 1664525 + 1013904223;
	return (h->random >> 8) % below;
}

static bool has_domid(const struct host *h, int domid)
{
	for (size_t i = 0; i < h->len; i++)
		if (h->looks[i].domid == domid)
			return true;
	return false;
}

static void make_domain(struct host *h)
{
	struct guest_look look = {.domid = 1 + (int)pick(h, 2 * LOOKS_MAX), .paused = true};

	if (h->len == LOOKS_MAX / 2 || has_domid(h, look.domid))
		return;
	memset(look.uuid, 'a' + (int)pick(h, 6), GUEST_UUID);
	if (pick(h, 2))
		snprintf(look.name, sizeof(look.name), "guest-%c", look.uuid[0]);
	h->looks[h->len++] = look;
}

/* One thing happens to one domain. */
static void touch_domain(struct host *h)
{
	static const char *const suffixes[] = {"", "", "--incoming", "--migratedaway"};
	struct guest_look *look = &h->looks[pick(h, (unsigned)h->len)];

	switch (pick(h, 9)) {
	case 7:
		snprintf(look->name, sizeof(look->name), "name-%u%s", pick(h, 3),
			suffixes[pick(h, 4)]);
		break;
	case 0:
		look->paused = !look->paused;
		break;
	case 1:
	case 2:
		look->paused = false;
		look->cpu_ns++;
		break;
	case 3:
		look->stopped = true;
		look->stop = (int)pick(h, 8) - 1;
		break;
	case 4: /* resumed, reset, or another one under the same number */
		look->stopped = false;
		break;
	case 5:
		look->dying = pick(h, 2);
		break;
	case 6:
		*look = h->looks[--h->len];
		break;
	default: /* the next domain of its UUID, while this one may go */
		if (has_domid(h, look->domid + 1) || h->len == LOOKS_MAX / 2)
			break;
		h->looks[h->len] = *look;
		h->looks[h->len].domid++;
		h->looks[h->len].stopped = h->looks[h->len].dying = false;
		h->len++;
		look->dying = pick(h, 4);
	}
}

static void shuffle(struct host *h)
{
	for (size_t i = h->len; i > 1; i--) {
		size_t k = pick(h, (unsigned)i);
		struct guest_look look = h->looks[k];

		h->looks[k] = h->looks[i - 1];
		h->looks[i - 1] = look;
	}
}

static bool fits(const struct guest *guest, const struct guest_look *look)
{
	static const enum guest_state stops[] = {GUEST_shutdown, GUEST_rebooting, GUEST_suspended,
		GUEST_crashed, GUEST_crashed, GUEST_rebooting};
	bool known = look->stop >= 0 && (size_t)look->stop < GNX_LEN(stops);
	size_t len = strcspn(look->name, "-") + 2; /* "name-1", without what follows */

	if (memcmp(guest->uuid, look->uuid, GUEST_UUID) != 0 || guest->cpu_ns != look->cpu_ns ||
		(gnx_starts(look->name, "name-") &&
			(strlen(guest->name) != len ||
				strncmp(guest->name, look->name, len) != 0)) ||
		(gnx_starts(look->name, "guest-") && strcmp(guest->name, look->name) != 0))
		return false;
	if (look->stopped)
		return guest->state == (known ? stops[look->stop] : GUEST_shutdown);
	if (!look->paused)
		return guest->state == GUEST_running;
	return guest->state == GUEST_paused || (!look->cpu_ns && guest->state == GUEST_starting);
}

/* The table is what the host is, and guests that wait. */
static void compare_host(const struct world *w, const struct host *h)
{
	const struct guest *list;
	size_t n = guests_list(w->g, &list), waiting = 0, living = 0;

	for (size_t i = 0; i < h->len; i++) {
		size_t found = 0;

		for (size_t k = 0; k < n; k++) {
			if (list[k].domid != h->looks[i].domid)
				continue;
			assert_true(fits(&list[k], &h->looks[i]));
			found++;
		}
		assert_int_equal(found, !h->looks[i].dying);
		living += found;
	}
	for (size_t k = 0; k < n; k++) {
		assert_int_not_equal(list[k].state, GUEST_gone);
		assert_true(list[k].domid != -1 || list[k].state == GUEST_rebooting);
		waiting += list[k].domid == -1;
	}
	assert_int_equal(n, living + waiting);
	assert_int_equal(guests_deadline(w->g) >= 0, waiting > 0);
}

/* The first that waits is given up at its deadline, not before. */
static int64_t check_deadline(struct world *w, const struct host *h, int64_t now)
{
	int64_t deadline = guests_deadline(w->g);

	if (deadline < 0)
		return now;
	assert_true(deadline > now && deadline <= now + GUESTS_REBOOT_MS);
	update(w, h->looks, h->len, deadline - 1);
	assert_int_equal(w->len, 0);
	update(w, h->looks, h->len, deadline);
	assert_true(w->len > 0);
	for (size_t i = 0; i < w->len; i++) {
		assert_int_equal(w->events[i].kind, EVENT_destroyed);
		assert_string_equal(w->events[i].reason, "reboot");
	}
	return deadline;
}

/* How many of the events tell of a difference between two looks. */
static size_t counts(const struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->len; i++)
		n += w->events[i].kind != EVENT_migrating_in &&
			w->events[i].kind != EVENT_migrating_out;
	return n;
}

/* A daemon that was restarted instead comes to the same guests, and sees whether they differ. */
static void check_resume(struct world *w, const struct host *h, int64_t now)
{
	GNX_CLEAN(guests_free)
	struct guests *other = restored(w);
	const struct guest *list, *resumed;
	bool differs;
	size_t n;

	differs = guests_resume(other, h->looks, h->len, now);
	update(w, h->looks, h->len, now);
	assert_int_equal(differs, counts(w) > 0);
	n = guests_list(w->g, &list);
	assert_int_equal(guests_list(other, &resumed), n);
	for (size_t i = 0; i < n; i++) {
		assert_true(same_guest(&list[i], &resumed[i]));
		assert_int_equal(list[i].state, resumed[i].state);
		assert_int_equal(list[i].domid, resumed[i].domid);
	}
}

static void random_looks(uint32_t seed)
{
	static const int64_t steps[] = {0, 1, 900, 1000, 14000, 29999};
	GNX_CLEAN(world_done)
	struct world w = {0};
	struct host h = {.random = seed};
	int64_t now = 0;

	update(&w, NULL, 0, 0);
	for (int i = 0; i < 4000; i++) {
		for (unsigned n = pick(&h, 5); n > 0; n--) {
			if (h.len && pick(&h, 4))
				touch_domain(&h);
			else
				make_domain(&h);
		}
		shuffle(&h);
		if (guests_deadline(w.g) < 0)
			check_resume(&w, &h, now);
		else
			update(&w, h.looks, h.len, now);
		compare_host(&w, &h);
		update(&w, h.looks, h.len, now);
		assert_int_equal(w.len, 0);
		if (!pick(&h, 4))
			now = check_deadline(&w, &h, now);
		now += steps[pick(&h, GNX_LEN(steps))];
	}
}

static void random_stories(void **state)
{
	(void)state;
	with_seeds(random_looks);
}

#define MANY 10000

static void count(void *arg, const struct event_record *e)
{
	unsigned *counts = arg;

	counts[e->kind]++;
}

static void many_update(struct guests *g, const struct guest_look *looks, size_t n,
	enum event_kind one, enum event_kind other)
{
	unsigned counts[EVENT_COUNT] = {0};

	guests_update(g, looks, n, 0, count, counts);
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		assert_int_equal(counts[i], i == one || i == other ? MANY : 0);
	for (unsigned i = 0; i < 10; i++) /* as a daemon does each second */
		guests_update(g, looks, n, 0, count, counts);
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		assert_int_equal(counts[i], i == one || i == other ? MANY : 0);
}

/* Ten thousand guests, with UUIDs of their own or all with the same: each step takes a moment. */
static void many(void **state)
{
	GNX_CLEAN(gnx_free)
	struct guest_look *looks = gnx_alloc(MANY * sizeof(*looks));

	(void)state;
	for (int same = 0; same < 2; same++) {
		GNX_CLEAN(guests_free)
		struct guests *g = guests_new();
		const struct guest *list;

		for (int i = 0; i < MANY; i++) {
			int scattered = i * 7919 % MANY;

			looks[i] = (struct guest_look){.domid = 1 + i};
			if (!same)
				memcpy(looks[i].uuid, &scattered, sizeof(scattered));
		}
		many_update(g, looks, MANY, EVENT_starting, EVENT_started);
		for (int i = 0; i < MANY; i++) {
			looks[i].stopped = true;
			looks[i].stop = GUEST_STOP_reboot;
		}
		many_update(g, looks, MANY, EVENT_rebooting, EVENT_rebooting);
		for (int i = 0; i < MANY; i++) {
			looks[i].stopped = false;
			looks[i].domid += MANY;
		}
		many_update(g, looks, MANY, EVENT_rebooted, EVENT_started);
		assert_int_equal(guests_list(g, &list), MANY);
		assert_int_equal(list[MANY - 1].incarnation, same ? 2 * MANY : 2);
		many_update(g, looks, 0, EVENT_destroyed, EVENT_destroyed);
		assert_int_equal(guests_list(g, &list), 0);
	}
}

/* The second of those that are gone is remembered, the first is not. */
static void check_gone_limit(struct guests *g, const struct guest_look *looks)
{
	unsigned counts[EVENT_COUNT] = {0};
	const struct guest *list;

	for (int i = 1; i >= 0; i--) {
		guests_update(g, &looks[i], 1, 0, count, counts);
		assert_int_equal(guests_list(g, &list), 1);
		assert_int_equal(list[0].incarnation, 1 + i);
	}
}

static void gone_limit(void **state)
{
	enum { N = GUESTS_GONE_MAX + 1 };
	GNX_CLEAN(guests_free)
	struct guests *g = guests_new();
	GNX_CLEAN(gnx_free)
	struct guest_look *looks = gnx_alloc(N * sizeof(*looks));
	unsigned counts[EVENT_COUNT] = {0};

	(void)state;
	for (int i = 0; i < N; i++) {
		looks[i].domid = 1 + i;
		memcpy(looks[i].uuid, &i, sizeof(i));
	}
	guests_update(g, looks, N, 0, count, counts);
	guests_update(g, NULL, 0, 0, count, counts); /* the first one ends first */
	check_gone_limit(g, looks);
	guests_free(&g);
	g = guests_new();
	for (int i = 0; i < N; i++) {
		struct guest guest = {.incarnation = 1, .domid = -1, .state = GUEST_gone};

		memcpy(guest.uuid, looks[i].uuid, GUEST_UUID);
		guests_restore(g, &guest);
	}
	check_gone_limit(g, looks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_stories),
		cmocka_unit_test(many),
		cmocka_unit_test(gone_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
