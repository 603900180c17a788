/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests: names, UUIDs, and what is told when two looks differ. Every change of one domain, and the
 * stories that make up a guest's life, in the words of guest_world.h.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "guest_world.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
