/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests at their limits in xenstore: what is told, once, and which answers follow when. */
#include "base/clean.h"
#include "model/quota.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PATIENCE 10000
#define QUIET	 (QUOTA_QUIET * PATIENCE)

static char told[512];
static unsigned possible; /* rungs that can be taken, bits */

static void tell(void *arg, const struct quota_news *n)
{
	static const char *const levels[] = {"ends", "soft", "hard"};
	size_t len = strlen(told);

	(void)arg;
	snprintf(told + len, sizeof(told) - len, "%s %s %s %u;", quota_word(n->limit),
		levels[n->level], quota_answer_name(n->answer), n->skipped);
}

static bool act(void *arg, enum quota_answer answer, enum quota_limit limit, uint64_t max)
{
	(void)arg;
	assert_true(answer != QUOTA_event && limit < QUOTA_COUNT && max > 0);
	return possible & 1u << answer;
}

static struct quota_rules rules;
static struct quota_watch watch;

static int setup(void **state)
{
	(void)state;
	rules = (struct quota_rules){.soft = 80, .hard = 95, .patience_ms = PATIENCE};
	watch = (struct quota_watch){0};
	possible = 1u << QUOTA_pause | 1u << QUOTA_destroy;
	return 0;
}

/* What is told when the guest has so many nodes of 1000, and watches of 10, at a time. */
static const char *take(uint64_t nodes, uint64_t watches, int64_t now_ms)
{
	static const struct quota_sink sink = {tell, act, NULL};
	struct quota q;

	quota_init(&q);
	q.used[QUOTA_nodes] = nodes;
	q.max[QUOTA_nodes] = 1000;
	q.used[QUOTA_watches] = watches;
	q.max[QUOTA_watches] = 10;
	*told = '\0';
	quota_take(&watch, &q, &rules, now_ms, &sink);
	return told;
}

static void levels_are_told_once(void **state)
{
	(void)state;
	assert_string_equal(take(799, 7, 1), "");
	assert_false(quota_watched(&watch));
	assert_string_equal(take(800, 0, 2), "nodes soft event 0;");
	assert_string_equal(take(800, 8, 3), "watches soft event 0;");
	assert_string_equal(take(949, 9, 4), "");
	assert_string_equal(take(950, 10, 5), "nodes hard event 0;watches hard event 0;");
	assert_string_equal(take(5000, 11, 6), "");
	assert_true(quota_watched(&watch));
	assert_string_equal(take(5000, 11, 6 + 10 * PATIENCE), "");
}

static void hard_at_once(void **state)
{
	(void)state;
	assert_string_equal(take(1000, 0, 1), "nodes hard event 0;");
	assert_string_equal(take(900, 0, 2), "");
}

/* Whoever flaps is told once; quiet is well below, and for long. */
static void flapping(void **state)
{
	int64_t now = 1;

	(void)state;
	assert_string_equal(take(1000, 0, now), "nodes hard event 0;");
	for (int i = 0; i < 1000; i++)
		assert_string_equal(take(i % 2 ? 1000 : 0, 0, now += QUIET - 1), "");
	assert_string_equal(take(599, 0, now), "");
	assert_string_equal(take(599, 0, now + QUIET - 1), "");
	assert_string_equal(take(600, 0, now + QUIET), "");
	now += 2 * QUIET;
	assert_string_equal(take(0, 0, now), "");
	assert_string_equal(take(0, 0, now + QUIET), "nodes ends event 0;");
	assert_false(quota_watched(&watch));
	assert_string_equal(take(800, 0, now + QUIET + 1), "nodes soft event 0;");
}

static void the_ladder(void **state)
{
	(void)state;
	rules.upto = QUOTA_destroy;
	assert_string_equal(take(960, 0, 1), "nodes hard event 0;");
	assert_string_equal(take(960, 0, PATIENCE), "");
	assert_string_equal(take(960, 0, PATIENCE + 1), "nodes hard pause 2;");
	assert_string_equal(take(960, 0, 2 * PATIENCE), "");
	assert_string_equal(take(960, 0, 2 * PATIENCE + 1), "nodes hard destroy 0;");
	assert_string_equal(take(960, 0, 9 * PATIENCE), "");
}

/* It is not at the limit when the patience is over, and is again later. */
static void the_ladder_waits_for_it(void **state)
{
	(void)state;
	rules.upto = QUOTA_pause;
	possible |= 1u << QUOTA_tighten;
	assert_string_equal(take(960, 0, 1), "nodes hard event 0;");
	assert_string_equal(take(0, 0, PATIENCE + 1), "");
	assert_string_equal(take(949, 0, PATIENCE + 2), "");
	rules.wait = true;
	assert_string_equal(take(960, 0, PATIENCE + 3), "");
	rules.wait = false;
	assert_string_equal(take(0, 10, PATIENCE + 4), "watches hard event 0;");
	assert_string_equal(take(0, 10, PATIENCE + 5), "watches hard quota 0;");
	assert_string_equal(take(960, 0, 2 * PATIENCE + 5), "nodes hard pause 0;");
}

static void rungs_that_cannot_be(void **state)
{
	(void)state;
	rules.upto = QUOTA_tighten;
	possible = 0;
	take(960, 0, 1);
	assert_string_equal(take(960, 0, PATIENCE + 1), "nodes hard event 2;");
	assert_string_equal(take(960, 0, 5 * PATIENCE), "");
	/* The configuration is read again meanwhile. */
	rules.upto = QUOTA_destroy;
	possible = 1u << QUOTA_destroy;
	assert_string_equal(take(960, 0, 6 * PATIENCE), "nodes hard destroy 4;");
}

/* It begins at the bottom again after all has ended. */
static void from_the_beginning(void **state)
{
	(void)state;
	rules.upto = QUOTA_pause;
	take(960, 10, 1);
	assert_string_equal(take(960, 0, PATIENCE + 1), "nodes hard pause 2;");
	take(0, 0, PATIENCE + 2);
	assert_string_equal(
		take(0, 0, PATIENCE + 2 + QUIET), "nodes ends event 0;watches ends event 0;");
	assert_string_equal(take(960, 0, 100 * PATIENCE), "nodes hard event 0;");
	assert_string_equal(take(960, 0, 101 * PATIENCE), "nodes hard pause 2;");
}

static void what_is_off(void **state)
{
	(void)state;
	rules.upto = QUOTA_destroy;
	rules.soft = 0;
	assert_string_equal(take(949, 0, 1), "");
	assert_string_equal(take(950, 0, 2), "nodes hard event 0;");
	rules.hard = 0;
	assert_string_equal(take(1000, 0, 2 * PATIENCE), "");
	setup(NULL);
	rules.hard = 0;
	rules.upto = QUOTA_destroy;
	assert_string_equal(take(1000, 0, 1), "nodes soft event 0;");
	assert_string_equal(take(1000, 0, 2 * PATIENCE), "");
}

static void what_is_not_known(void **state)
{
	static const struct quota_sink sink = {tell, act, NULL};
	struct quota q;

	(void)state;
	quota_init(&q);
	q.used[QUOTA_memory] = UINT64_MAX - 1;
	q.max[QUOTA_nodes] = 1;
	q.used[QUOTA_requests] = q.max[QUOTA_requests] = 0;
	*told = '\0';
	quota_take(&watch, &q, &rules, 1, &sink);
	assert_string_equal(told, "");
	q.max[QUOTA_memory] = UINT64_MAX - 1;
	quota_take(&watch, &q, &rules, 1, &sink);
	assert_string_equal(told, "memory hard event 0;");
}

static void answers_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < QUOTA_ANSWER_COUNT; i++)
		assert_int_equal(quota_answer_by_name(quota_answer_name((enum quota_answer)i)), i);
	assert_int_equal(quota_answer_by_name("tighten"), -EINVAL);
	assert_string_equal(quota_word(QUOTA_requests), "requests");
	assert_string_equal(quota_name(QUOTA_requests), "outstanding");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(levels_are_told_once, setup),
		cmocka_unit_test_setup(hard_at_once, setup),
		cmocka_unit_test_setup(flapping, setup),
		cmocka_unit_test_setup(the_ladder, setup),
		cmocka_unit_test_setup(the_ladder_waits_for_it, setup),
		cmocka_unit_test_setup(rungs_that_cannot_be, setup),
		cmocka_unit_test_setup(from_the_beginning, setup),
		cmocka_unit_test_setup(what_is_off, setup),
		cmocka_unit_test_setup(what_is_not_known, setup),
		cmocka_unit_test(answers_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
