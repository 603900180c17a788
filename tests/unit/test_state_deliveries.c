/* SPDX-License-Identifier: BSD-3-Clause */
/* Unit tests: what is to be delivered to hooks, in the state. */
#include "base/clean.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "state_fixture.h"

static void add_events(struct state *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct event_record e = {.kind = EVENT_started,
			.guest = {.uuid = {(uint8_t)i}, .incarnation = 1, .name = "web"}};

		assert_int_equal(state_add(s, &e, 1, &(struct state_seen){0}, NULL), 0);
	}
}

static int add_line(void *arg, const struct delivery *d)
{
	gnx_buf_fmt(arg, "%d %s %d %s;", (int)d->seq, d->hook, (int)d->tries, d->words);
	assert_string_equal(d->guest, "web");
	assert_int_equal(d->kind, EVENT_started);
	return 0;
}

static void assert_deliveries(struct state *s, bool dead, const char *lines)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf found = {0};

	gnx_buf_str(&found, "");
	assert_int_equal(state_deliveries(s, dead, add_line, &found, NULL), 0);
	assert_string_equal(found.data, lines);
}

static uint64_t planned(struct state *s)
{
	uint64_t seq;

	assert_int_equal(state_planned(s, &seq, NULL), 0);
	return seq;
}

static void fail_delivery(struct state *s, uint64_t seq, const char *hook, bool dead)
{
	struct delivery d = {.seq = seq, .tries = 2, .dead = dead, .words = "no"};
	struct event_record e = {.kind = EVENT_hook_failed};

	strcpy(d.hook, hook);
	assert_int_equal(state_undelivered(s, &d, dead ? &e : NULL, NULL), 0);
}

static void a_delivery_is_kept_until_it_was_made(void **state)
{
	static const char hooks[2][HOOK_NAME_MAX + 1] = {"a", "b"};
	struct state *s = open_state(*state);
	uint32_t count;
	uint64_t first, last;

	assert_int_equal(planned(s), 0);
	add_events(s, 3);
	assert_int_equal(state_plan(s, 2, hooks, 2, NULL, NULL), 0);
	assert_int_equal(state_plan(s, 2, hooks, 2, NULL, NULL), 0); /* once more, after a kill */
	state_close(&s);
	s = open_state(*state);
	assert_int_equal(planned(s), 2);
	assert_deliveries(s, false, "2 a 0 ;2 b 0 ;");
	assert_int_equal(state_delivered(s, 2, "a", NULL), 0);
	fail_delivery(s, 2, "b", false);
	assert_deliveries(s, false, "2 b 2 no;");
	fail_delivery(s, 2, "b", true);
	assert_deliveries(s, false, "");
	assert_deliveries(s, true, "2 b 2 no;");
	assert_int_equal(state_range(s, &first, &last, NULL), 0);
	assert_int_equal(last, 4);
	assert_int_equal(state_replay(s, 1, &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(state_replay(s, 2, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_deliveries(s, false, "2 b 0 no;");
	assert_deliveries(s, true, "");
	state_close(&s);
}

static void dead_ones_are_bounded(void **state)
{
	static const char hooks[1][HOOK_NAME_MAX + 1] = {"a"};
	struct state *s = open_state(*state);
	uint32_t count;

	add_events(s, STATE_DEAD_MAX + 5);
	for (uint64_t seq = 1; seq <= STATE_DEAD_MAX + 5; seq++) {
		struct delivery d = {.seq = seq, .hook = "a", .dead = true};

		assert_int_equal(state_plan(s, seq, hooks, 1, NULL, NULL), 0);
		assert_int_equal(state_undelivered(s, &d, NULL, NULL), 0);
	}
	assert_int_equal(state_replay(s, 5, &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(state_replay(s, 0, &count, NULL), 0);
	assert_int_equal(count, STATE_DEAD_MAX);
	/* They go with their events. */
	assert_int_equal(state_trim(s, 1, NULL), 0);
	assert_deliveries(s, false, "1005 a 0 ;");
	state_close(&s);
}

static void lost_events_are_told(void **state)
{
	struct event_record e = {.kind = EVENT_hook_failed, .reason = "journal"};
	struct state *s = open_state(*state);
	uint64_t first, last;

	add_events(s, 1);
	assert_int_equal(state_plan(s, 1, NULL, 0, &e, NULL), 0);
	assert_int_equal(planned(s), 1);
	assert_int_equal(state_range(s, &first, &last, NULL), 0);
	assert_int_equal(last, 2);
	state_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_delivery_is_kept_until_it_was_made, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(dead_ones_are_bounded, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(lost_events_are_told, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
