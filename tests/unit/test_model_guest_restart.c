/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests after a restart of the daemon: what it remembers, against what it finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "guest_world.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resume),
		cmocka_unit_test(after_a_restart),
		cmocka_unit_test(restored_and_gone),
		cmocka_unit_test(restored_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
