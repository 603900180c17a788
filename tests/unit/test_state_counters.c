/* SPDX-License-Identifier: BSD-3-Clause */
/* state/state.h: what is counted of guests, over restarts, and when it is forgotten. */
#include "base/clean.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "state_fixture.h"

/* Adds one event of a guest, which has a domain, or none, afterwards. */
static void add(struct state *s, uint8_t number, enum event_kind kind, uint64_t incarnation,
	int64_t mono_ms, bool lives)
{
	struct event_record e = {.kind = kind,
		.mono_ms = mono_ms,
		.guest = {.uuid = {number}, .incarnation = incarnation, .state = GUEST_running}};
	const struct state_seen seen = {.guests = &e.guest, .guests_len = lives};
	struct gnx_err err = GNX_ERR_INIT;

	if (state_add(s, &e, 1, &seen, &err) < 0)
		fail_msg("%s", err.msg);
}

static void assert_counters(struct state *s, uint8_t number, uint64_t reboots, uint64_t crashes,
	uint64_t incarnation, int64_t made_ms)
{
	const uint8_t uuid[GUEST_UUID] = {number};
	struct state_counters c;

	assert_int_equal(state_counters(s, uuid, &c, NULL), 0);
	assert_int_equal(c.reboots, reboots);
	assert_int_equal(c.crashes, crashes);
	assert_int_equal(c.incarnation, incarnation);
	assert_int_equal(c.made_ms, made_ms);
}

static void events_are_counted(void **state)
{
	struct state *s = open_state(*state);

	assert_counters(s, 1, 0, 0, 0, 0);
	add(s, 1, EVENT_starting, 1, 100, true);
	add(s, 1, EVENT_started, 1, 150, true);
	assert_counters(s, 1, 0, 0, 1, 100);
	add(s, 1, EVENT_crashed, 1, 200, true);
	assert_counters(s, 1, 0, 1, 1, 100);
	add(s, 1, EVENT_rebooted, 2, 300, true);
	assert_counters(s, 1, 1, 1, 2, 300);
	/* Of one that was there already, no more is known than what was seen. */
	add(s, 2, EVENT_crashed, 5, 400, true);
	assert_counters(s, 2, 0, 1, 0, 0);
	state_close(&s);
	s = open_state(*state);
	assert_counters(s, 1, 1, 1, 2, 300);
	state_close(&s);
}

/* Some thousand events later: guests 1 and 2 have no domain, 3 has one. */
static void what_nobody_has_is_forgotten(void **state)
{
	struct state *s = open_state(*state);
	static const char text[] = "[guest]\nname = two\nmemory = 64M\nkernel = /k\n";
	struct definition d;
	struct event_record defined = {.kind = EVENT_defined}, *plain;
	const struct guest three = {.uuid = {3}, .incarnation = 1, .state = GUEST_running};
	const struct state_seen seen = {.guests = &three, .guests_len = 1};
	enum { MANY = 2500 };

	assert_int_equal(definition_parse(&d, text, strlen(text), "test", NULL), 0);
	d.uuid[0] = 2;
	assert_int_equal(state_define(s, &d, NULL, &defined, NULL), 0);
	for (uint8_t i = 1; i <= 3; i++)
		add(s, i, EVENT_crashed, 1, 0, true);
	plain = gnx_alloc(MANY * sizeof(*plain));
	assert_int_equal(state_add(s, plain, MANY, &seen, NULL), 0);
	free(plain);
	assert_int_equal(state_trim(s, 10 * MANY, NULL), 0);
	assert_counters(s, 1, 0, 1, 0, 0); /* the journal has it still */
	add(s, 3, EVENT_started, 1, 0, true);
	plain = gnx_alloc(MANY * sizeof(*plain));
	assert_int_equal(state_add(s, plain, MANY, &seen, NULL), 0);
	free(plain);
	assert_int_equal(state_trim(s, 10, NULL), 0);
	assert_counters(s, 1, 0, 0, 0, 0);
	assert_counters(s, 2, 0, 1, 0, 0);
	assert_counters(s, 3, 0, 1, 0, 0);
	state_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_are_counted, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(what_nobody_has_is_forgotten, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
