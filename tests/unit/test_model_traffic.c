/* SPDX-License-Identifier: BSD-3-Clause */
/* model/traffic.h: counters that begin anew, spans of time, amounts, quotas. */
#include "model/traffic.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void counters_grow_and_begin_anew(void **state)
{
	struct traffic_count seen = {0}, grown = {0};

	(void)state;
	traffic_grow(&seen, &(struct traffic_count){100, 2}, &grown);
	traffic_grow(&seen, &(struct traffic_count){100, 2}, &grown);
	traffic_grow(&seen, &(struct traffic_count){150, 3}, &grown);
	assert_true(grown.bytes == 150 && grown.packets == 3);
	/* One that is less is another one. */
	traffic_grow(&seen, &(struct traffic_count){70, 1}, &grown);
	assert_true(grown.bytes == 220 && grown.packets == 4);
	assert_true(seen.bytes == 70 && seen.packets == 1);
	traffic_grow(&seen, &(struct traffic_count){200, 0}, &grown);
	assert_true(grown.bytes == 420 && grown.packets == 4);
}

static void outside_is_both_directions(void **state)
{
	struct traffic t = {0};

	(void)state;
	assert_true(traffic_none(&t));
	for (size_t i = 0; i < TRAFFIC_COUNT; i++)
		t.kinds[i].bytes = 1ULL << i;
	assert_false(traffic_none(&t));
	assert_int_equal(traffic_outside(&t),
		1ULL << TRAFFIC_out4 | 1ULL << TRAFFIC_out6 | 1ULL << TRAFFIC_in4 |
			1ULL << TRAFFIC_in6);
}

static int64_t time_of(const char *text)
{
	int64_t t = -1;
	const char *fault = traffic_time(text, &t, NULL);

	if (fault)
		fail_msg("%s: %s", text, fault);
	return t;
}

static void spans_begin(void **state)
{
	const int64_t now = time_of("2028-02-29T13") + 1800;
	int64_t end;

	(void)state;
	assert_int_equal(traffic_span_start(TRAFFIC_hour, now), time_of("2028-02-29T13"));
	assert_int_equal(traffic_span_start(TRAFFIC_day, now), time_of("2028-02-29"));
	assert_int_equal(traffic_span_start(TRAFFIC_month, now), time_of("2028-02"));
	assert_int_equal(traffic_span_start(TRAFFIC_ever, now), 0);
	assert_int_equal(traffic_span_oldest(TRAFFIC_hour, now), time_of("2028-02-22T13"));
	assert_int_equal(traffic_span_oldest(TRAFFIC_day, now), time_of("2027-11-21"));
	assert_int_equal(traffic_span_oldest(TRAFFIC_month, now), time_of("2025-02"));
	assert_null(traffic_time("2027-12", &end, &end));
	assert_int_equal(end, time_of("2028-01"));
	assert_null(traffic_time("2028-02-29", &end, &end));
	assert_int_equal(end, time_of("2028-03-01T00"));
	assert_null(traffic_time("2028-02-29T23:00:00Z", &end, &end));
	assert_int_equal(end, time_of("2028-03"));
	for (int i = TRAFFIC_hour; i < TRAFFIC_ever; i++)
		assert_int_equal(traffic_span_by_name(traffic_span_name((enum traffic_span)i)), i);
	assert_int_equal(traffic_span_by_name("ever"), -EINVAL);
}

static void times_that_are_none(void **state)
{
	static const char *const bad[] = {"", "now", "2026", "2026-1", "2026-11-", "2026-11-3",
		"2026-11-26T", "2026-11-26T1", "2026-11-26 15", "2026-11-26T15:30:00Z",
		"2026-11-26T15:00:00", "2026-00", "2026-13", "2026-02-29", "2026-11-31",
		"2026-11-26T24", "1969-12", "-026-11", "+026-11", "2026-11-26T15:00:00ZZ",
		"2026--1"};
	int64_t t = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!traffic_time(bad[i], &t, &t))
			fail_msg("%s: was taken", bad[i]);
	assert_int_equal(t, 7);
}

static void time_as_text(void **state)
{
	char text[TRAFFIC_TIME_TEXT];

	(void)state;
	traffic_time_text(time_of("2026-11-26T15"), text);
	assert_string_equal(text, "2026-11-26T15:00:00Z");
	assert_int_equal(time_of(text), time_of("2026-11-26T15"));
	traffic_time_text(TRAFFIC_TIME_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void amounts(void **state)
{
	static const char *const bad[] = {
		"", "0G", "5", "G", "1.5G", "5g", "5GB", "-5G", "9224P", "99999999999999999999K"};
	char text[TRAFFIC_AMOUNT_TEXT];
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!traffic_amount(bad[i], INT64_MAX, &n))
			fail_msg("%s: was taken", bad[i]);
	assert_int_equal(n, 7);
	assert_null(traffic_amount("500G", INT64_MAX, &n));
	assert_int_equal(n, 500000000000);
	traffic_amount_text(n, text);
	assert_string_equal(text, "500G");
	assert_null(traffic_amount("1500M", 1500000000, &n));
	assert_non_null(traffic_amount("1501M", 1500000000, &n));
	traffic_amount_text(n, text);
	assert_string_equal(text, "1500M");
	assert_null(traffic_amount("3000P", INT64_MAX, &n));
	traffic_amount_text(n, text);
	assert_string_equal(text, "3000P");
	traffic_amount_text(0, text);
	assert_string_equal(text, "");
}

static void quotas(void **state)
{
	(void)state;
	assert_int_equal(traffic_quota(79, 100, 0), 0);
	assert_int_equal(traffic_quota(80, 100, 0), 80);
	assert_int_equal(traffic_quota(99, 100, 80), 0);
	assert_int_equal(traffic_quota(100, 100, 80), 100);
	assert_int_equal(traffic_quota(100, 100, 0), 100);
	assert_int_equal(traffic_quota(UINT64_MAX, 100, 100), 0);
	assert_int_equal(traffic_quota(UINT64_MAX, 0, 0), 0);
	assert_int_equal(traffic_quota(INT64_MAX, INT64_MAX, 80), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_grow_and_begin_anew),
		cmocka_unit_test(outside_is_both_directions),
		cmocka_unit_test(spans_begin),
		cmocka_unit_test(times_that_are_none),
		cmocka_unit_test(time_as_text),
		cmocka_unit_test(amounts),
		cmocka_unit_test(quotas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
