/* SPDX-License-Identifier: BSD-3-Clause */
/* state/state.h: the ledger, how far ports are booked, what is forgotten, quotas that were told. */
#include "base/clean.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "state_fixture.h"

#define BOOT  "01234567-89ab-cdef-0123-456789abcdef"
#define NOON  1795694400 /* 2026-11-26T12:00:00Z */
#define MONTH 1793491200 /* 2026-11 */
#define HOUR  3600
#define DAY   86400

static struct traffic_port port(unsigned int index, uint8_t number, uint64_t seen, uint64_t grown)
{
	struct traffic_port p = {.index = index, .uuid = {number}, .vif = 1};

	p.seen.kinds[TRAFFIC_in6] = (struct traffic_count){seen, seen / 10};
	p.grown.kinds[TRAFFIC_in6] = (struct traffic_count){grown, grown / 10};
	return p;
}

static void book(struct state *s, const struct traffic_port *p, size_t n, int64_t time)
{
	struct gnx_err err = GNX_ERR_INIT;

	if (state_book_ports(s, p, n, BOOT, time, &err) < 0)
		fail_msg("%s", err.msg);
}

static void add_port(void *arg, const struct traffic_port *p)
{
	gnx_buf_fmt(arg, "%u:%u/%u=%u ", p->index, p->uuid[0], p->vif,
		(unsigned)p->seen.kinds[TRAFFIC_in6].bytes);
}

static void assert_ports(struct state *s, const char *boot, const char *is)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	gnx_buf_str(&text, "");
	assert_int_equal(state_ports(s, boot, add_port, &text, NULL), 0);
	assert_string_equal(text.data, is);
}

static int add_item(void *arg, const struct traffic_item *item)
{
	gnx_buf_fmt(arg, "%d/%u=%u,%u ", (int)(item->since - MONTH) / HOUR, item->uuid[0],
		(unsigned)item->traffic.kinds[TRAFFIC_in6].bytes,
		(unsigned)item->traffic.kinds[TRAFFIC_in6].packets);
	return 0;
}

static void assert_items(struct state *s, struct traffic_query q, const char *is)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	gnx_buf_str(&text, "");
	assert_int_equal(state_traffic(s, &q, add_item, &text, NULL), 0);
	assert_string_equal(text.data, is);
}

#define ALL .from = 0, .until = TRAFFIC_TIME_MAX

static void sums_by_spans(void **state)
{
	struct state *s = open_state(*state);
	struct traffic_port p[] = {port(7, 1, 100, 100), port(8, 2, 50, 50), port(9, 0, 10, 10)};
	struct traffic sum;

	book(s, p, 3, NOON);
	book(s, p, 1, NOON + HOUR);
	book(s, p, 2, NOON + DAY);
	/* What nobody is known to own is not booked. */
	assert_ports(s, BOOT, "7:1/1=100 8:2/1=50 ");
	state_close(&s);
	s = open_state(*state);
	assert_items(s, (struct traffic_query){TRAFFIC_hour, ALL},
		"612/1=100,10 612/2=50,5 613/1=100,10 636/1=100,10 636/2=50,5 ");
	assert_items(s, (struct traffic_query){TRAFFIC_hour, NOON, NOON + DAY, true, {1}},
		"612/1=100,10 613/1=100,10 ");
	assert_items(s, (struct traffic_query){TRAFFIC_day, ALL},
		"600/1=200,20 600/2=50,5 624/1=100,10 624/2=50,5 ");
	assert_items(s, (struct traffic_query){TRAFFIC_month, ALL}, "0/1=300,30 0/2=100,10 ");
	assert_int_equal(
		state_traffic_sum(s, (uint8_t[GUEST_UUID]){1}, TRAFFIC_ever, 0, &sum, NULL), 0);
	assert_int_equal(sum.kinds[TRAFFIC_in6].bytes, 300);
	assert_int_equal(
		state_traffic_sum(s, (uint8_t[GUEST_UUID]){9}, TRAFFIC_ever, 0, &sum, NULL), 0);
	assert_true(traffic_none(&sum));
	state_close(&s);
}

static void ports_are_remembered_until_dropped(void **state)
{
	struct state *s = open_state(*state);
	struct traffic_port p[] = {port(7, 1, 100, 100), port(8, 2, 50, 50)};

	book(s, p, 2, NOON);
	p[0] = port(7, 1, 130, 30);
	p[1] = port(8, 2, 50, 0);
	p[1].dropped = true;
	book(s, p, 2, NOON);
	assert_ports(s, BOOT, "7:1/1=130 ");
	assert_items(s, (struct traffic_query){TRAFFIC_month, ALL}, "0/1=130,13 0/2=50,5 ");
	/* Their counters were another boot's. */
	assert_ports(s, "another", "");
	assert_ports(s, BOOT, "");
	state_close(&s);
}

static void what_is_old_is_forgotten(void **state)
{
	struct state *s = open_state(*state);
	struct traffic_port p = port(7, 1, 100, 100);
	struct traffic sum;

	book(s, &p, 1, NOON);
	assert_int_equal(state_trim_traffic(s, NOON + 7 * DAY, NULL), 0);
	assert_items(s, (struct traffic_query){TRAFFIC_hour, ALL}, "612/1=100,10 ");
	assert_int_equal(state_trim_traffic(s, NOON + 7 * DAY + HOUR, NULL), 0);
	assert_items(s, (struct traffic_query){TRAFFIC_hour, ALL}, "");
	assert_items(s, (struct traffic_query){TRAFFIC_day, ALL}, "600/1=100,10 ");
	assert_int_equal(state_trim_traffic(s, NOON + 101 * DAY, NULL), 0);
	assert_items(s, (struct traffic_query){TRAFFIC_day, ALL}, "");
	assert_items(s, (struct traffic_query){TRAFFIC_month, ALL}, "0/1=100,10 ");
	assert_int_equal(state_traffic_sum(s, p.uuid, TRAFFIC_ever, 0, &sum, NULL), 0);
	assert_int_equal(sum.kinds[TRAFFIC_in6].bytes, 100);
	assert_int_equal(state_trim_traffic(s, NOON + 1200 * (int64_t)DAY, NULL), 0);
	assert_items(s, (struct traffic_query){TRAFFIC_month, ALL}, "");
	assert_int_equal(state_traffic_sum(s, p.uuid, TRAFFIC_ever, 0, &sum, NULL), 0);
	assert_true(traffic_none(&sum));
	state_close(&s);
}

static unsigned told(struct state *s, int64_t since, uint64_t quota)
{
	unsigned percent = 1;

	assert_int_equal(
		state_quota_told(s, (uint8_t[GUEST_UUID]){1}, since, quota, &percent, NULL), 0);
	return percent;
}

static void quotas_are_told_once(void **state)
{
	struct state *s = open_state(*state);
	struct event_record e = {.kind = EVENT_traffic_quota, .guest.uuid = {1}};

	assert_int_equal(told(s, MONTH, 1000), 0);
	assert_int_equal(state_quota_tell(s, MONTH, 1000, 80, &e, NULL), 0);
	assert_int_equal(e.seq, 1);
	state_close(&s);
	s = open_state(*state);
	assert_int_equal(told(s, MONTH, 1000), 80);
	assert_int_equal(told(s, MONTH, 2000), 0);
	assert_int_equal(told(s, MONTH + 30 * DAY, 1000), 0);
	assert_int_equal(state_quota_tell(s, MONTH, 1000, 100, &e, NULL), 0);
	assert_int_equal(told(s, MONTH, 1000), 100);
	assert_int_equal(state_trim_traffic(s, NOON, NULL), 0);
	assert_int_equal(told(s, MONTH, 1000), 100);
	assert_int_equal(state_trim_traffic(s, MONTH + 30 * DAY, NULL), 0);
	assert_int_equal(told(s, MONTH, 1000), 0);
	state_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sums_by_spans, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
			ports_are_remembered_until_dropped, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(what_is_old_is_forgotten, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(quotas_are_told_once, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
