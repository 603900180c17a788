/* SPDX-License-Identifier: BSD-3-Clause */
/* base/str.h: buffers, lists, and the parsers' edges. */
#include "base/str.h"
#include "base/clean.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void buffer_grows_and_stays_terminated(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf buf = {0};

	(void)state;
	assert_null(buf.data);
	for (size_t i = 0; i < 1000; i++) {
		gnx_buf_add(&buf, "ab\0c", 4);
		assert_int_equal(buf.len, (i + 1) * 4);
		assert_int_equal(buf.data[buf.len], 0);
	}
	assert_memory_equal(buf.data + 3996, "ab\0c", 4);
	gnx_buf_done(&buf);
	gnx_buf_str(&buf, "x=");
	gnx_buf_fmt(&buf, "%d", 42);
	gnx_buf_add(&buf, NULL, 0);
	assert_string_equal(buf.data, "x=42");
}

static void list_serves_as_argv(void **state)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv v = {0};

	(void)state;
	for (int i = 0; i < 100; i++) {
		gnx_strv_fmt(&v, "item %d", i);
		assert_int_equal(v.len, i + 1);
		assert_null(v.items[v.len]);
	}
	assert_string_equal(v.items[99], "item 99");
	assert_true(gnx_strv_has(&v, "item 50"));
	assert_false(gnx_strv_has(&v, "item"));
}

static void empty_list(void **state)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv v = {0};

	(void)state;
	gnx_strv_sort(&v);
	gnx_strv_split(&v, "", " ");
	gnx_strv_split(&v, "  \t ", " \t");
	assert_int_equal(v.len, 0);
	assert_false(gnx_strv_has(&v, ""));
}

static void split_and_sort(void **state)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv v = {0};

	(void)state;
	gnx_strv_split(&v, ",b,,a c;B,", ",;");
	assert_int_equal(v.len, 3);
	gnx_strv_sort(&v);
	assert_string_equal(v.items[0], "B");
	assert_string_equal(v.items[1], "a c");
	assert_string_equal(v.items[2], "b");
}

static void beginnings_and_ends(void **state)
{
	(void)state;
	assert_true(gnx_starts("abc", "ab"));
	assert_true(gnx_starts("abc", ""));
	assert_false(gnx_starts("ab", "abc"));
	assert_true(gnx_ends("abc", "bc"));
	assert_true(gnx_ends("abc", ""));
	assert_false(gnx_ends("bc", "abc"));
}

static void trim(void **state)
{
	char both[] = " \t a b\n ", none[] = "ab", all[] = "  \n", empty[] = "";

	(void)state;
	assert_string_equal(gnx_trim(both), "a b");
	assert_string_equal(gnx_trim(none), "ab");
	assert_string_equal(gnx_trim(all), "");
	assert_string_equal(gnx_trim(empty), "");
}

static void booleans(void **state)
{
	static const char *const yes[] = {"yes", "ON", "True", "1"};
	static const char *const no[] = {"No", "off", "FALSE", "0"};
	static const char *const bad[] = {"", "y", "2", "yes ", "01", "enable"};
	bool b = false;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(yes); i++) {
		assert_int_equal(gnx_parse_bool(yes[i], &b), 0);
		assert_true(b);
		assert_int_equal(gnx_parse_bool(no[i], &b), 0);
		assert_false(b);
	}
	b = true;
	for (size_t i = 0; i < GNX_LEN(bad); i++)
		assert_int_equal(gnx_parse_bool(bad[i], &b), -EINVAL);
	assert_true(b); /* untouched on failure */
}

static void numbers(void **state)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x10", "1k", "a"};
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(bad); i++)
		assert_int_equal(gnx_parse_u64(bad[i], UINT64_MAX, &n), -EINVAL);
	assert_int_equal(gnx_parse_u64("101", 100, &n), -ERANGE);
	assert_int_equal(gnx_parse_u64("18446744073709551616", UINT64_MAX, &n), -ERANGE);
	assert_int_equal(n, 7); /* untouched on failure */
	assert_int_equal(gnx_parse_u64("100", 100, &n), 0);
	assert_int_equal(n, 100);
	assert_int_equal(gnx_parse_u64("010", 100, &n), 0);
	assert_int_equal(n, 10);
	assert_int_equal(gnx_parse_u64("18446744073709551615", UINT64_MAX, &n), 0);
	assert_true(n == UINT64_MAX);
}

static void copies(void **state)
{
	GNX_CLEAN(gnx_free)
	char *a = gnx_fmt("%s-%03d", "x", 5);
	GNX_CLEAN(gnx_free)
	char *b = gnx_dup(a);
	GNX_CLEAN(gnx_free)
	unsigned char *zero = gnx_alloc(64);

	(void)state;
	assert_string_equal(a, "x-005");
	assert_string_equal(a, b);
	assert_ptr_not_equal(a, b);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(zero[i], 0);
}

static void steal_leaves_nothing_behind(void **state)
{
	char *a = gnx_dup("a"), *b = STEAL(a);
	int fd = 5, got = STEAL_FD(fd);

	(void)state;
	assert_null(a);
	assert_string_equal(b, "a");
	assert_int_equal(fd, -1);
	assert_int_equal(got, 5);
	free(b);
}

static void room_for_one_more(void **state)
{
	int *list = NULL, copies = 0;

	(void)state;
	for (size_t len = 0; len < 1000; len++) {
		int *before = list;

		list = gnx_room(list, len, sizeof(*list));
		copies += list != before;
		list[len] = (int)len;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(list[i], i);
	assert_in_range(copies, 1, 11);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_grows_and_stays_terminated),
		cmocka_unit_test(list_serves_as_argv),
		cmocka_unit_test(empty_list),
		cmocka_unit_test(split_and_sort),
		cmocka_unit_test(beginnings_and_ends),
		cmocka_unit_test(trim),
		cmocka_unit_test(booleans),
		cmocka_unit_test(numbers),
		cmocka_unit_test(copies),
		cmocka_unit_test(room_for_one_more),
		cmocka_unit_test(steal_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
