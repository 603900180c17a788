/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests: names, UUIDs, and what is told when two looks differ. Every change of one domain, the
 * stories that make up a guest's life, and random ones; everything that is told is replayed, and
 * the replay must come to the same guests as the table.
 *
 * A look is written as words like 5ar: domain 5, UUID a, running. The last letter is one of
 * r running, p paused since it was made, P paused after it ran, d dying, or why it has stopped:
 * o poweroff, b reboot, s suspend, c crash, w watchdog, x soft reset, u something unknown.
 * What is told is written as words like a1:crashed/watchdog: UUID, incarnation, kind, reason.
 */
#include "base/clean.h"
#include "base/str.h"
#include "model/event.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

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

static void world_done(struct world *w)
{
	guests_free(&w->g);
	gnx_buf_done(&w->told);
}

static void hear(void *arg, const struct event_record *e)
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

static bool same_guest(const struct guest *a, const struct guest *b)
{
	return !memcmp(a->uuid, b->uuid, GUEST_UUID) && a->incarnation == b->incarnation;
}

static const struct guest *listed(const struct world *w, const struct guest *guest)
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
static size_t reader_find(const struct world *w, const struct event_record *e)
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

static enum guest_state state_after(enum event_kind kind)
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

static void reader_hear(const struct world *w, struct reader *r, const struct event_record *e)
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
static void compare_reader(const struct world *w)
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

static void update(struct world *w, const struct guest_look *looks, size_t n, int64_t mono_ms)
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

static struct guest_look parse_look(const char *word)
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

static size_t parse_looks(const char *words, struct guest_look looks[LOOKS_MAX])
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv v = {0};

	gnx_strv_split(&v, words, " ");
	for (size_t i = 0; i < v.len; i++)
		looks[i] = parse_look(v.items[i]);
	return v.len;
}

/* One look, and what must be told. */
static void look_at(struct world *w, int64_t mono_ms, const char *words, const char *want)
{
	struct guest_look looks[LOOKS_MAX];
	size_t n = parse_looks(words, looks);

	update(w, looks, n, mono_ms);
	assert_string_equal(w->told.data ? w->told.data : "", want);
	update(w, looks, n, mono_ms);
	assert_int_equal(w->len, 0);
}

/* The words for one guest: "started paused" with a1 is "a1:started a1:paused". */
static void add_words(struct gnx_buf *to, const char *guest, const char *kinds)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv v = {0};

	gnx_strv_split(&v, kinds, " ");
	for (size_t i = 0; i < v.len; i++)
		gnx_buf_fmt(to, "%s%s:%s", to->len ? " " : "", guest, v.items[i]);
}

static void state_names(void **state)
{
	static const char *const names[] = {"gone", "starting", "running", "paused", "shutdown",
		"crashed", "rebooting", "suspended", "off", "saved"};
	static const char *const bad[] = {"", "Running", "runnin", "runningx", " running"};

	(void)state;
	assert_int_equal(GNX_LEN(names), GUEST_STATE_COUNT);
	for (size_t i = 0; i < GNX_LEN(names); i++) {
		assert_string_equal(guest_state_name((enum guest_state)i), names[i]);
		assert_int_equal(guest_state_by_name(names[i]), i);
	}
	for (size_t i = 0; i < GNX_LEN(bad); i++)
		assert_int_equal(guest_state_by_name(bad[i]), -EINVAL);
}

#define UUID "01234567-89ab-cdef-f00d-5a5a00ff7e81"

static void uuids(void **state)
{
	static const uint8_t bytes[GUEST_UUID] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
		0xf0, 0x0d, 0x5a, 0x5a, 0x00, 0xff, 0x7e, 0x81};
	char text[GUEST_UUID_TEXT];
	uint8_t read[GUEST_UUID];

	(void)state;
	guest_uuid_text(bytes, text);
	assert_string_equal(text, UUID);
	assert_int_equal(guest_uuid_parse(UUID, read), 0);
	assert_memory_equal(read, bytes, GUEST_UUID);
	assert_int_equal(guest_uuid_parse("01234567-89AB-CDEF-F00D-5A5a00FF7e81", read), 0);
	assert_memory_equal(read, bytes, GUEST_UUID);
}

/* Every byte at every place, and every length. */
static void uuids_exhaustive(void **state)
{
	(void)state;
	for (size_t at = 0; at < strlen(UUID); at++) {
		for (int c = 0; c < 256; c++) {
			char text[] = UUID, again[GUEST_UUID_TEXT];
			uint8_t read[GUEST_UUID];
			bool good = UUID[at] == '-' ? c == '-' : isxdigit(c) != 0;

			memset(read, 0x77, sizeof(read));
			text[at] = (char)c;
			assert_int_equal(guest_uuid_parse(text, read), good ? 0 : -EINVAL);
			for (size_t i = 0; !good && i < sizeof(read); i++)
				assert_int_equal(read[i], 0x77);
			guest_uuid_text(read, again);
			text[at] = (char)tolower(c);
			assert_true(!good || !strcmp(text, again));
		}
	}
}

static void uuid_lengths(void **state)
{
	static const char longer[] = UUID UUID;
	uint8_t read[GUEST_UUID];

	(void)state;
	for (size_t len = 0; len < strlen(longer); len++) {
		GNX_CLEAN(gnx_free)
		char *text = gnx_fmt("%.*s", (int)len, longer); /* of its own, for the sanitizer */

		assert_int_equal(guest_uuid_parse(text, read), len == strlen(UUID) ? 0 : -EINVAL);
	}
	assert_int_equal(guest_uuid_parse("0123456789abcdeff00d5a5a00ff7e81", read), -EINVAL);
	assert_int_equal(guest_uuid_parse("{" UUID "}", read), -EINVAL);
	assert_int_equal(guest_uuid_parse(" " UUID, read), -EINVAL);
}

/* A domain in each state, and what is told after starting or rebooted when it is new. */
static const struct {
	char look;
	const char *told;
} fresh[] = {
	{'p', ""},
	{'P', "started paused"},
	{'r', "started"},
	{'o', "shutdown"},
	{'b', "rebooting"},
	{'s', "suspended"},
	{'c', "crashed/crash"},
	{'w', "crashed/watchdog"},
	{'x', "rebooting/soft-reset"},
	{'u', "shutdown/unknown"},
};

#define STOPPED                                                                                    \
	"shutdown", "rebooting", "suspended", "crashed/crash", "crashed/watchdog",                 \
		"rebooting/soft-reset", "shutdown/unknown"

/* Guests that have got somewhere, as domain 1. */
static const struct {
	const char *looks[3]; /* up to there; "" is a look without it */
	const char *end;      /* the reason of its end; NULL: it is waited for */
	const char *same;     /* the looks that are no change; all others are another domain */
	const char *told[GNX_LEN(fresh)]; /* instead, when it still is the same: for each look */
} lives[] = {
	{{"1ap"}, "destroy", NULL, {"", "started paused", "started", STOPPED}},
	{{"1ap", "1ar"}, "destroy", NULL, {"paused", "paused", "", STOPPED}},
	{{"1ar"}, "destroy", NULL, {"paused", "paused", "", STOPPED}},
	{{"1ar", "1aP"}, "destroy", NULL, {"", "", "unpaused", STOPPED}},
	{{"1ar", "1as"}, "suspend", NULL,
		{"paused", "paused", "resumed", "shutdown", "rebooting", "", "crashed/crash",
			"crashed/watchdog", "rebooting/soft-reset", "shutdown/unknown"}},
	{{"1ar", "1ao"}, "shutdown", "ou", {NULL}},
	{{"1ar", "1au"}, "shutdown", "ou", {NULL}},
	{{"1ar", "1ac"}, "crash", "cw", {NULL}},
	{{"1ar", "1aw"}, "watchdog", "cw", {NULL}},
	{{"1ao"}, "shutdown", "ou", {NULL}},
	{{"1ar", "1as", "1ao"}, "shutdown", "ou", {NULL}},
	{{"1ar", "1ab"}, NULL, "bx", {NULL}},
	{{"1ar", "1ax"}, NULL, "bx", {NULL}},
	{{"1ar", "1ab", ""}, NULL, "", {NULL}},
	{{"1ar", "1ab", "1ad"}, NULL, "", {NULL}},
};

static void live(struct world *w, size_t life)
{
	struct guest_look looks[LOOKS_MAX];

	for (size_t i = 0; i < GNX_LEN(lives[life].looks) && lives[life].looks[i]; i++)
		update(w, looks, parse_looks(lives[life].looks[i], looks), 0);
}

/* The story when another domain of the same UUID is found instead of a life's own. */
static void add_next(struct gnx_buf *to, size_t life, size_t next)
{
	if (lives[life].end)
		gnx_buf_fmt(to, "a1:destroyed/%s a2:starting", lives[life].end);
	else
		gnx_buf_str(to, "a2:rebooted");
	add_words(to, "a2", fresh[next].told);
}

static void first_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < GNX_LEN(fresh); i++) {
		GNX_CLEAN(world_done)
		struct world w = {0};
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf want = {0};
		char look[] = {'7', 'a', fresh[i].look, '\0'};

		gnx_buf_str(&want, "a1:starting");
		add_words(&want, "a1", fresh[i].told);
		look_at(&w, 0, "", "");
		look_at(&w, 0, "7ad", "");
		look_at(&w, 0, look, want.data);
	}
}

/* Every life with every look that follows: as the same domain, and as one of another number. */
static void every_change(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2 * GNX_LEN(fresh); k++) {
		size_t next = k % GNX_LEN(fresh);
		bool other = k != next;
		char look[] = {other ? '2' : '1', 'a', fresh[next].look, '\0'};

		for (size_t i = 0; i < GNX_LEN(lives); i++) {
			GNX_CLEAN(world_done)
			struct world w = {0};
			GNX_CLEAN(gnx_buf_done)
			struct gnx_buf want = {0};

			live(&w, i);
			gnx_buf_str(&want, "");
			if (other || (lives[i].same && !strchr(lives[i].same, look[2])))
				add_next(&want, i, next);
			else if (!lives[i].same)
				add_words(&want, "a1", lives[i].told[next]);
			look_at(&w, 0, look, want.data);
		}
	}
}

static void every_end(void **state)
{
	static const char *const looks[] = {"", "1ad", "1br"};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(lives) * GNX_LEN(looks); i++) {
		size_t life = i % GNX_LEN(lives);
		const char *look = looks[i / GNX_LEN(lives)];
		GNX_CLEAN(world_done)
		struct world w = {0};
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf want = {0};

		live(&w, life);
		gnx_buf_str(&want, "");
		if (lives[life].end)
			gnx_buf_fmt(&want, "a1:destroyed/%s", lives[life].end);
		if (strchr(look, 'b'))
			add_words(&want, "b1", "starting started");
		look_at(&w, 0, look, want.data);
	}
}

static void a_life(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};

	(void)state;
	look_at(&w, 0, "1ap", "a1:starting");
	assert_int_equal(w.events[0].before, GUEST_gone);
	assert_int_equal(w.events[0].guest.state, GUEST_starting);
	assert_int_equal(w.events[0].guest.domid, 1);
	assert_string_equal(w.events[0].guest.name, "guest-a");
	look_at(&w, 1, "1ar", "a1:started");
	look_at(&w, 2, "1aP", "a1:paused");
	look_at(&w, 3, "1ar", "a1:unpaused");
	look_at(&w, 4, "1ao", "a1:shutdown");
	assert_int_equal(guests_deadline(w.g), -1);
	update(&w, NULL, 0, 5);
	assert_string_equal(w.told.data, "a1:destroyed/shutdown");
	assert_int_equal(w.events[0].before, GUEST_shutdown);
	assert_int_equal(w.events[0].guest.state, GUEST_gone);
	assert_string_equal(w.events[0].guest.name, "guest-a");
}

static void reboot(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};

	(void)state;
	look_at(&w, 1000, "1ar", "a1:starting a1:started");
	look_at(&w, 2000, "1ab", "a1:rebooting");
	assert_int_equal(guests_deadline(w.g), -1); /* it has a domain */
	look_at(&w, 3000, "1ad", "");
	assert_int_equal(guests_deadline(w.g), 3000 + GUESTS_REBOOT_MS);
	look_at(&w, 4000, "", "");
	assert_int_equal(guests_deadline(w.g), 3000 + GUESTS_REBOOT_MS);
	look_at(&w, 5000, "2ap", "a2:rebooted");
	assert_int_equal(guests_deadline(w.g), -1);
	look_at(&w, 6000, "2ar", "a2:started");
	look_at(&w, 7000, "2ab", "a2:rebooting");
	look_at(&w, 8000, "3ab", "a3:rebooted a3:rebooting");
	look_at(&w, 9000, "3ar", "a4:rebooted a4:started");
	look_at(&w, 9000, "3ax", "a4:rebooting/soft-reset");
	look_at(&w, 9000, "3aP", "a5:rebooted a5:started a5:paused");
}

static void reboot_that_fails(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};

	(void)state;
	look_at(&w, 0, "1ab 2br", "a1:starting a1:rebooting b1:starting b1:started");
	look_at(&w, 100, "2bb", "b1:rebooting");
	look_at(&w, 200, "", "");
	assert_int_equal(guests_deadline(w.g), 100 + GUESTS_REBOOT_MS);
	look_at(&w, 99 + GUESTS_REBOOT_MS, "", "");
	look_at(&w, 100 + GUESTS_REBOOT_MS, "", "a1:destroyed/reboot");
	assert_int_equal(guests_deadline(w.g), 200 + GUESTS_REBOOT_MS);
	/* Both late: what is there has not failed. */
	look_at(&w, 300 + GUESTS_REBOOT_MS, "3ap 4bp", "a2:starting b2:rebooted");
	assert_int_equal(guests_deadline(w.g), -1);
}

static void crash_loop(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};

	(void)state;
	look_at(&w, 0, "1ar 9zr", "a1:starting a1:started z1:starting z1:started");
	for (int i = 1; i < 100; i++) {
		GNX_CLEAN(gnx_free)
		char *look = gnx_fmt("%d%s 9zr", 9 + i, i % 2 ? "aw" : "ac");
		GNX_CLEAN(gnx_free)
		char *want = gnx_fmt("a%d:destroyed/%s a%d:starting a%d:crashed/%s", i,
			i == 1		? "destroy"
				: i % 2 ? "crash"
					: "watchdog",
			i + 1, i + 1, i % 2 ? "watchdog" : "crash");

		look_at(&w, i, look, want);
	}
	look_at(&w, 100, "9zr", "a100:destroyed/watchdog");
	look_at(&w, 100, "9zr 3ar", "a101:starting a101:started");
}

/* xl migrate to the same host: the target is there before the source ends. */
static void migration(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};

	(void)state;
	look_at(&w, 0, "1ar", "a1:starting a1:started");
	look_at(&w, 1, "1ar 2ap", "a2:starting");
	look_at(&w, 2, "1as 2ap", "a1:suspended");
	look_at(&w, 3, "1as 2ar", "a2:started");
	look_at(&w, 4, "2ar", "a1:destroyed/suspend");
	look_at(&w, 5, "2ar 3ap", "a3:starting");
	look_at(&w, 6, "3ar 2ad", "a2:destroyed/destroy a3:started");
}

/* The same under xl's names, as looks of any kind may find it. */
static void migration_by_xl(void **state)
{
	static const char *const ways[][8] = {
		/* Each step is seen. */
		{"1ar 2ap", "a2:starting", "1ar 2ap+", "a2:migrating-in a1:migrating-out",
			"1as 2ap+", "a1:suspended", NULL},
		{"1ar 2ap+", "a2:starting a2:migrating-in a1:migrating-out", "1as 2ap",
			"a1:suspended", NULL},
		{"1as 2ap+", "a1:suspended a2:starting a2:migrating-in a1:migrating-out", NULL},
		/* Both have their last names. */
		{"1as- 2ap", "a1:suspended a2:starting a2:migrating-in a1:migrating-out", NULL},
	};
	static const char *const ends[][6] = {
		{"1as- 2ap", "", "1as- 2ar", "a2:migrated", "2ar", "a1:destroyed/migrated"},
		{"1as- 2ap", "", "2ap", "a1:destroyed/migrated", "2ar", "a2:migrated"},
		{"2ar", "a1:destroyed/migrated a2:migrated", "2ar", "", "2ap", "a2:paused"},
		{"1as 2ad", "a2:destroyed/migration", "1ar", "a1:resumed", "",
			"a1:destroyed/destroy"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(ways) * GNX_LEN(ends); i++) {
		const char *const *way = ways[i / GNX_LEN(ends)],
				  *const *end = ends[i % GNX_LEN(ends)];
		GNX_CLEAN(world_done)
		struct world w = {0};

		/* One whose name says that it went does not come back. */
		if (i / GNX_LEN(ends) == 3 && i % GNX_LEN(ends) == 3)
			continue;
		look_at(&w, 0, "1ar", "a1:starting a1:started");
		for (; *way; way += 2)
			look_at(&w, 1, way[0], way[1]);
		for (size_t k = 0; k < 6; k += 2)
			look_at(&w, 2, end[k], end[k + 1]);
	}
}

static void migration_that_fails(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};

	(void)state;
	look_at(&w, 0, "8ar", "a1:starting a1:started");
	look_at(&w, 1, "8as 2ap", "a2:starting a1:suspended");
	look_at(&w, 2, "8ar", "a2:destroyed/destroy a1:resumed");
	look_at(&w, 3, "8as 2ap", "a3:starting a1:suspended");
	look_at(&w, 4, "2ar", "a1:destroyed/suspend a3:started");
	look_at(&w, 5, "2ao", "a3:shutdown");
}

/* A reboot's next incarnation comes after all that the UUID has had. */
static void reboot_beside_another(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};

	(void)state;
	look_at(&w, 0, "1ar", "a1:starting a1:started");
	look_at(&w, 0, "1ab 2ar", "a1:rebooting a2:starting a2:started");
	look_at(&w, 0, "2ar 3ar", "a3:rebooted a3:started");
	look_at(&w, 0, "2ab 3ab", "a2:rebooting a3:rebooting");
	look_at(&w, 0, "", "");
	look_at(&w, 0, "4ar 5ar 6ar",
		"a4:rebooted a4:started a5:rebooted a5:started a6:starting a6:started");
}

static void domid_reuse(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};

	(void)state;
	look_at(&w, 0, "5ar", "a1:starting a1:started");
	look_at(&w, 0, "5br", "a1:destroyed/destroy b1:starting b1:started");
	look_at(&w, 0, "5ab", "b1:destroyed/destroy a2:starting a2:rebooting");
	look_at(&w, 0, "5br 6ap", "b2:starting b2:started a3:rebooted");
	look_at(&w, 0, "5ar 6br", /* they swap */
		"b2:destroyed/destroy a3:destroyed/destroy a4:starting a4:started b3:starting "
		"b3:started");
}

/* Ends first, and both in the order of domids, however the look is ordered. */
static void order(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};

	(void)state;
	look_at(&w, 0, "3ar 1cp 2bp", "c1:starting b1:starting a1:starting a1:started");
	look_at(&w, 0, "7dp 5br 3ao 6cp",
		"c1:destroyed/destroy b1:destroyed/destroy a1:shutdown b2:starting b2:started "
		"c2:starting d1:starting");
}

static void no_uuid(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};
	struct guest_look looks[2] = {{.domid = 4}, {.domid = 3}};
	const struct guest *list;

	(void)state;
	update(&w, looks, 2, 0);
	assert_int_equal(w.len, 4);
	assert_int_equal(guests_list(w.g, &list), 2);
	assert_int_equal(list[0].domid, 3);
	assert_int_equal(list[0].incarnation, 1);
	assert_int_equal(list[1].domid, 4);
	assert_int_equal(list[1].incarnation, 2);
	assert_string_equal(list[0].name, "");
}

static void attributes(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};
	struct guest_look look = parse_look("1ap");
	const struct guest *list;

	(void)state;
	look.name[0] = '\0';
	update(&w, &look, 1, 0);
	assert_string_equal(w.events[0].guest.name, "");
	look.memory_kib = 7;
	look.vcpus = 8;
	look.cpu_ns = 0;
	memset(look.name, 'n', GUEST_NAME_MAX);
	update(&w, &look, 1, 0);
	assert_int_equal(w.len, 0);
	assert_int_equal(guests_list(w.g, &list), 1);
	assert_int_equal(strlen(list[0].name), GUEST_NAME_MAX);
	assert_int_equal(list[0].memory_kib, 7);
	assert_int_equal(list[0].vcpus, 8);
	look.name[0] = '\0';
	look.paused = false;
	look.cpu_ns = 9;
	update(&w, &look, 1, 0);
	assert_string_equal(w.told.data, "a1:started");
	assert_int_equal(strlen(w.events[0].guest.name), GUEST_NAME_MAX);
	assert_int_equal(w.events[0].guest.cpu_ns, 9);
	look.stopped = true;
	look.stop = GUEST_STOP_reboot;
	update(&w, &look, 1, 0);
	look.domid = 2;
	update(&w, &look, 1, 0);
	assert_int_equal(strlen(w.events[0].guest.name), GUEST_NAME_MAX); /* the same guest's */
}

static void stop_reasons(void **state)
{
	static const int unknown[] = {INT_MIN, -1, 6, 255, INT_MAX};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(unknown); i++) {
		GNX_CLEAN(world_done)
		struct world w = {0};
		struct guest_look look = parse_look("1au");

		look.stop = unknown[i];
		update(&w, &look, 1, 0);
		assert_string_equal(w.told.data, "a1:starting a1:shutdown/unknown");
	}
}

static void lists(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};
	const struct guest *list;

	(void)state;
	update(&w, NULL, 0, 0);
	assert_int_equal(guests_list(w.g, &list), 0);
	assert_int_equal(guests_deadline(w.g), -1);
	look_at(&w, 0, "1cr", "c1:starting c1:started");
	look_at(&w, 0, "1cr 2ar 3br 4ap",
		"a1:starting a1:started b1:starting b1:started a2:starting");
	assert_int_equal(guests_list(w.g, &list), 4);
	assert_int_equal(list[0].domid, 2);
	assert_int_equal(list[1].domid, 4);
	assert_int_equal(list[2].domid, 3);
	assert_int_equal(list[3].domid, 1);
	guests_free(&w.g);
	assert_null(w.g);
	guests_free(&w.g);
}

/* A table of what the daemon knows after a restart: guests as they were, and who was there. */
static struct guests *restored(const struct world *w)
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

static void restart(struct world *w)
{
	struct guests *g = restored(w);

	guests_free(&w->g);
	w->g = g;
}

/* What the daemon finds after a restart. */
static void resume(void **state)
{
	static const struct {
		const char *was, *is, *list;
		bool differs;
	} cases[] = {
		{"", "", "", false},
		{"1ar 2bp", "2bp 1ar", "a1:running b1:starting", false},
		{"1ar", "1aP", "a1:paused", true},
		{"1ar", "", "", true},
		{"1ar", "1ad", "", true},
		{"", "1ar", "a1:running", true},
		{"1ar", "2ar", "a2:running", true},
		{"1ac", "2ac", "a2:crashed", true},
		{"1ar", "1br", "b1:running", true},
		{"1ab", "1ab", "a1:rebooting", false},
		{"1ab", "2ap", "a2:starting", true},
		{"1ab", "", "a1:rebooting", false},
		{"1as", "1ar", "a1:running", true},
		{"1ar 2ap", "2ar", "a2:running", true},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(world_done)
		struct world w = {0};
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf words = {0};
		struct guest_look looks[LOOKS_MAX];
		const struct guest *list;
		size_t n;

		update(&w, looks, parse_looks(cases[i].was, looks), 0);
		restart(&w);
		n = parse_looks(cases[i].is, looks);
		assert_int_equal(guests_resume(w.g, looks, n, 500), cases[i].differs);
		gnx_buf_str(&words, "");
		n = guests_list(w.g, &list);
		for (size_t k = 0; k < n; k++)
			gnx_buf_fmt(&words, "%s%c%d:%s", k ? " " : "", list[k].uuid[0],
				(int)list[k].incarnation, guest_state_name(list[k].state));
		assert_string_equal(words.data, cases[i].list);
	}
}

static void after_a_restart(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {0};
	struct guest_look looks[LOOKS_MAX];

	(void)state;
	look_at(&w, 0, "1ab 2bw 3cr",
		"a1:starting a1:rebooting b1:starting b1:crashed/watchdog c1:starting c1:started");
	look_at(&w, 0, "2bw", "c1:destroyed/destroy");
	restart(&w);
	compare_reader(&w);
	assert_int_equal(guests_deadline(w.g), -1);
	assert_false(guests_resume(w.g, looks, parse_looks("2bw", looks), 1000));
	assert_int_equal(guests_deadline(w.g), 1000 + GUESTS_REBOOT_MS);
	look_at(&w, 2000, "4ar 5cp", "b1:destroyed/watchdog a2:rebooted a2:started c2:starting");
	restart(&w);
	assert_true(guests_resume(w.g, looks, parse_looks("4ar", looks), 3000));
	assert_int_equal(guests_deadline(w.g), -1);
}

/* Without a look in between the reasons of ends are those that the states tell. */
static void restored_and_gone(void **state)
{
	static const struct {
		enum guest_state state;
		const char *told;
	} cases[] = {
		{GUEST_gone, ""},
		{GUEST_starting, "a3:destroyed/destroy"},
		{GUEST_running, "a3:destroyed/destroy"},
		{GUEST_paused, "a3:destroyed/destroy"},
		{GUEST_shutdown, "a3:destroyed/shutdown"},
		{GUEST_crashed, "a3:destroyed/crash"},
		{GUEST_rebooting, ""},
		{GUEST_suspended, "a3:destroyed/suspend"},
	};

	(void)state;
	assert_int_equal(GNX_LEN(cases), GUEST_off); /* which is in no table */
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(world_done)
		struct world w = {.g = guests_new()};
		struct guest guest = {.incarnation = 3, .domid = 1, .state = cases[i].state};

		memset(guest.uuid, 'a', GUEST_UUID);
		guests_restore(w.g, &guest);
		w.reader = (struct reader){.guests = {guest}, .len = guest.state != GUEST_gone};
		look_at(&w, 0, "", cases[i].told);
	}
}

/* A domain that is remembered of one that is gone is nobody's. */
static void restored_gone(void **state)
{
	GNX_CLEAN(world_done)
	struct world w = {.g = guests_new()};
	struct guest guest = {.incarnation = 3, .domid = 1, .state = GUEST_gone};

	(void)state;
	memset(guest.uuid, 'a', GUEST_UUID);
	guests_restore(w.g, &guest);
	look_at(&w, 0, "1ar", "a4:starting a4:started");
}

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
	const char *given = getenv("TEST_SEED");

	(void)state;
	for (uint32_t i = 0; i < (given ? 1 : 10); i++) {
		uint32_t seed = given ? (uint32_t)strtoul(given, NULL, 10) : i;

		print_message("TEST_SEED=%u\n", (unsigned)seed);
		random_looks(seed);
	}
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
		cmocka_unit_test(state_names),
		cmocka_unit_test(uuids),
		cmocka_unit_test(uuids_exhaustive),
		cmocka_unit_test(uuid_lengths),
		cmocka_unit_test(first_seen),
		cmocka_unit_test(every_change),
		cmocka_unit_test(every_end),
		cmocka_unit_test(a_life),
		cmocka_unit_test(reboot),
		cmocka_unit_test(reboot_that_fails),
		cmocka_unit_test(crash_loop),
		cmocka_unit_test(migration),
		cmocka_unit_test(migration_by_xl),
		cmocka_unit_test(migration_that_fails),
		cmocka_unit_test(reboot_beside_another),
		cmocka_unit_test(domid_reuse),
		cmocka_unit_test(order),
		cmocka_unit_test(no_uuid),
		cmocka_unit_test(attributes),
		cmocka_unit_test(stop_reasons),
		cmocka_unit_test(lists),
		cmocka_unit_test(resume),
		cmocka_unit_test(after_a_restart),
		cmocka_unit_test(restored_and_gone),
		cmocka_unit_test(restored_gone),
		cmocka_unit_test(random_stories),
		cmocka_unit_test(many),
		cmocka_unit_test(gone_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
