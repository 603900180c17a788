/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd/console/visible.h: the last lines, and nothing in them that a terminal obeys. */
#include "gridnixd/console/visible.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *data, size_t len, const char *wanted)
{
	char text[64];

	visible(data, len, text, sizeof(text));
	assert_string_equal(text, wanted);
}

#define CHECK(data, wanted) check(data, sizeof(data) - 1, wanted)

static void lines(void **state)
{
	(void)state;
	CHECK("", "");
	CHECK("\r\n\n", "");
	CHECK("one", "one");
	CHECK("one\r\ntwo\r\n", "one\ntwo");
	CHECK("\n\none\n\r\n\ntwo", "one\ntwo");
}

static void what_is_not_visible(void **state)
{
	(void)state;
	CHECK("\x1b[2J\a\0~\x7f\xc3\xbc", "\\x1b[2J\\x07\\x00~\\x7f\\xc3\\xbc");
	CHECK("over\rwritten\r\r\n", "over\\x0dwritten");
}

/* The end counts, and a line that is cut is cut in front. */
static void more_than_fits(void **state)
{
	char data[4000], text[16], wanted[100] = "";

	(void)state;
	memset(data, 'x', sizeof(data));
	memcpy(data + sizeof(data) - 6, "\n12345", 6);
	visible(data, sizeof(data), text, sizeof(text));
	assert_string_equal(text, "xxxxxxxxx\n12345");
	visible("1234567890\nabc\x1b", 15, text, 8);
	assert_string_equal(text, "abc\\x1b");
	data[0] = '\0';
	for (int i = 0; i < 30; i++) {
		sprintf(data + strlen(data), "%d\n", i);
		if (i >= 30 - VISIBLE_LINES)
			sprintf(wanted + strlen(wanted), "%s%d", *wanted ? "\n" : "", i);
	}
	check(data, strlen(data), wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(what_is_not_visible),
		cmocka_unit_test(more_than_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
