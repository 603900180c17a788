/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd/console_log.h: what came last is there, in its place, and the rest costs nothing. */
#include "gridnixd/console_log.h"

#include "base/clean.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int new_file(void)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	return fileno(f);
}

/* The byte that a test has put at this place. */
static char byte_at(uint64_t at)
{
	return (char)('!' + at * 7919 / 64 % 90);
}

static void flood(struct console_log *l, uint64_t bytes)
{
	char part[CONSOLE_LOG_STEP];

	for (uint64_t end = l->end + bytes; l->end < end;) {
		size_t len = 1 + l->end * 31 % sizeof(part);

		if (len > end - l->end)
			len = (size_t)(end - l->end);
		for (size_t i = 0; i < len; i++)
			part[i] = byte_at(l->end + i);
		assert_int_equal(console_log_add(l, part, len), 0);
	}
}

static void check_bytes(const struct console_log *l)
{
	char part[1000];
	ssize_t n;

	for (uint64_t at = l->start; at < l->end; at += (uint64_t)n) {
		n = console_log_read(l, at, part, sizeof(part));
		assert_true(n > 0);
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(part[i], byte_at(at + (uint64_t)i));
	}
}

static uint64_t cost(const struct console_log *l)
{
	struct stat st;

	assert_int_equal(fstat(l->fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static void a_flood_costs_no_more_than_the_limit(void **state)
{
	struct console_log l, again;

	(void)state;
	assert_int_equal(console_log_open(&l, new_file(), CONSOLE_LOG_MAX), 0);
	assert_int_equal(l.end, 0);
	for (int i = 0; i < 40; i++) {
		flood(&l, 100003);
		assert_true(cost(&l) <= CONSOLE_LOG_MAX);
	}
	assert_int_equal(l.end, 40 * 100003);
	assert_true(l.end - l.start > CONSOLE_LOG_MAX - 2 * CONSOLE_LOG_STEP);
	check_bytes(&l);
	/* Somebody else finds the same: so it is after a kill. */
	assert_int_equal(console_log_open(&again, l.fd, CONSOLE_LOG_MAX), 0);
	assert_true(again.end == l.end && again.start == l.start);
	assert_int_equal(console_log_limit(&l, CONSOLE_LOG_MIN), 0);
	assert_true(cost(&l) <= CONSOLE_LOG_MIN);
	check_bytes(&l);
	assert_int_equal(console_log_open(&again, l.fd, CONSOLE_LOG_MAX), 0);
	assert_int_equal(again.start, l.start);
	close(l.fd);
}

static void outside_is_nothing(void **state)
{
	struct console_log l;
	char c;

	(void)state;
	assert_int_equal(console_log_open(&l, new_file(), CONSOLE_LOG_MIN), 0);
	assert_int_equal(console_log_read(&l, 0, &c, 1), 0);
	flood(&l, 3 * CONSOLE_LOG_MIN);
	assert_int_equal(console_log_read(&l, l.start - 1, &c, 1), 0);
	assert_int_equal(console_log_read(&l, l.start, &c, 1), 1);
	assert_int_equal(console_log_read(&l, l.end - 1, &c, 1), 1);
	assert_int_equal(console_log_read(&l, l.end, &c, 1), 0);
	assert_int_equal(console_log_read(&l, UINT64_MAX, &c, 1), 0);
	close(l.fd);
}

/* A file that takes nothing: what is lost is known. */
static void what_cannot_be_written_is_missed(void **state)
{
	int full = open("/dev/full", O_RDWR);
	struct console_log l = {.fd = full, .limit = CONSOLE_LOG_MIN, .start = 5, .end = 9};

	(void)state;
	assert_true(full >= 0);
	assert_int_equal(console_log_add(&l, "abc", 3), -ENOSPC);
	assert_true(l.start == l.end);
	close(full);
}

static void lines_are_counted_from_the_end(void **state)
{
	static const char text[] = "one\ntwo\n\nthree\r\nfour";
	struct console_log l;

	(void)state;
	assert_int_equal(console_log_open(&l, new_file(), CONSOLE_LOG_MIN), 0);
	assert_int_equal(console_log_lines(&l, 5), 0);
	assert_int_equal(console_log_add(&l, text, sizeof(text) - 1), 0);
	assert_int_equal(console_log_lines(&l, 0), l.end);
	assert_string_equal(text + console_log_lines(&l, 1), "four");
	assert_string_equal(text + console_log_lines(&l, 2), "three\r\nfour");
	assert_string_equal(text + console_log_lines(&l, 3), "\nthree\r\nfour");
	assert_string_equal(text + console_log_lines(&l, 5), text);
	assert_int_equal(console_log_lines(&l, UINT64_MAX), 0);
	assert_int_equal(console_log_add(&l, "\n", 1), 0);
	assert_int_equal(console_log_lines(&l, 1), sizeof(text) - 1 - strlen("four"));
	for (int i = 0; i < 5000; i++)
		assert_int_equal(console_log_add(&l, "line\n", 5), 0);
	assert_int_equal(console_log_lines(&l, 3000), l.end - 15000);
	close(l.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_costs_no_more_than_the_limit),
		cmocka_unit_test(outside_is_nothing),
		cmocka_unit_test(what_cannot_be_written_is_missed),
		cmocka_unit_test(lines_are_counted_from_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
