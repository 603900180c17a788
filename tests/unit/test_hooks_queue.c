/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd/hooks/queue.h: order, retries, and what comes back. */
#include "gridnixd/hooks/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void put(struct queue *q, uint64_t seq, const char *hook, uint8_t guest)
{
	struct delivery d = {.seq = seq, .uuid = {guest}};

	snprintf(d.hook, sizeof(d.hook), "%s", hook);
	queue_add(q, &d);
}

/* Begins the first one that may begin, and tells its number; 0: none. */
static uint64_t run(struct queue *q, int64_t now, struct waiting **out)
{
	struct waiting *w = queue_next(q, NULL, now);

	if (w)
		w->running = true;
	if (out)
		*out = w;
	return w ? w->seq : 0;
}

static void one_guest_in_order(void **state)
{
	struct queue q;
	struct waiting *w;

	(void)state;
	queue_init(&q);
	put(&q, 1, "a", 1);
	put(&q, 2, "a", 1);
	put(&q, 2, "a", 1); /* it is there */
	put(&q, 3, "a", 2);
	put(&q, 3, "b", 1);
	assert_int_equal(q.len, 4);
	assert_int_equal(run(&q, 0, &w), 1);
	assert_int_equal(run(&q, 0, NULL), 3);
	assert_int_equal(run(&q, 0, NULL), 3);
	assert_int_equal(run(&q, 0, NULL), 0);
	assert_int_equal(queue_running(&q, NULL), 3);
	assert_int_equal(queue_running(&q, "a"), 2);
	queue_drop(&q, w);
	assert_int_equal(run(&q, 0, NULL), 2);
	queue_done(&q);
	assert_int_equal(q.len, 0);
}

static void what_is_retried_holds_up_its_guest(void **state)
{
	struct queue q;
	struct waiting *w;

	(void)state;
	queue_init(&q);
	put(&q, 1, "a", 1);
	put(&q, 2, "a", 1);
	assert_int_equal(queue_due(&q, 0), -1);
	run(&q, 0, &w);
	queue_retry(w, 500);
	assert_int_equal(run(&q, 1499, NULL), 0);
	assert_int_equal(queue_due(&q, 1499), 1500);
	assert_int_equal(run(&q, 1500, &w), 1);
	queue_retry(w, 1500);
	assert_int_equal(queue_due(&q, 1500), 3500);
	assert_int_equal(w->tries, 2);
	run(&q, 3500, &w);
	queue_drop(&q, w);
	assert_int_equal(run(&q, 3500, NULL), 2);
	queue_done(&q);
}

/* One that is replayed comes in front, but does not overtake what runs. */
static void what_comes_back(void **state)
{
	struct queue q;
	struct waiting *w;

	(void)state;
	queue_init(&q);
	put(&q, 5, "a", 1);
	put(&q, 6, "a", 1);
	run(&q, 0, &w);
	put(&q, 1, "a", 1);
	assert_int_equal(run(&q, 0, NULL), 0);
	queue_drop(&q, w);
	assert_int_equal(run(&q, 0, &w), 1);
	put(&q, 2, "a", 1);
	queue_drop(&q, w);
	assert_int_equal(run(&q, 0, &w), 2);
	queue_drop(&q, w);
	put(&q, 3, "a", 1); /* nothing runs */
	assert_int_equal(run(&q, 0, &w), 3);
	assert_int_equal(run(&q, 0, NULL), 0);
	queue_drop(&q, w);
	assert_int_equal(run(&q, 0, NULL), 6);
	queue_done(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_guest_in_order),
		cmocka_unit_test(what_is_retried_holds_up_its_guest),
		cmocka_unit_test(what_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
