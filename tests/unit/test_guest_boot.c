/* SPDX-License-Identifier: BSD-3-Clause */
/* What the guest's init reads from the kernel. */
#include "base/clean.h"
#include "guest/boot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void words(void **state)
{
	char out[8] = "kept";

	(void)state;
	assert_false(boot_word("", "hostname", out, sizeof(out)));
	assert_false(boot_word("quiet hostname xhostname=a hostnames=b", "hostname", out, 8));
	assert_false(boot_word("hostname=12345678", "hostname", out, sizeof(out)));
	assert_string_equal(out, "kept");
	assert_true(boot_word("quiet hostname=1234567\n", "hostname", out, sizeof(out)));
	assert_string_equal(out, "1234567");
	assert_true(boot_word("hostname=a  hostname=b x", "hostname", out, sizeof(out)));
	assert_string_equal(out, "b");
	assert_true(boot_word("hostname= x", "hostname", out, sizeof(out)));
	assert_string_equal(out, "");
}

static void items(void **state)
{
	(void)state;
	assert_false(boot_item("", "a"));
	assert_false(boot_item("aa,b,,", "a"));
	assert_false(boot_item("a,b", ""));
	assert_true(boot_item("a", "a"));
	assert_true(boot_item("aa,b,a", "a"));
}

static void consoles(void **state)
{
	static const struct {
		const char *active, *want;
	} cases[] = {
		{"", ""},
		{"\n", ""},
		{"hvc0\n", "hvc0 "},
		{"ttyS0 tty0\n", "ttyS0 tty1 "},
		{"tty0 tty1 tty2\n", "tty1 tty2 "},
		{"tty\n", "tty "},
		{"a b c d e", "a b c d "},
		{"a-name-that-is-longer-than-thirty-one-bytes hvc0", "hvc0 "},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		char names[CONSOLES_MAX][CONSOLE_NAME], got[256] = "";
		size_t n = boot_consoles(cases[i].active, names);

		for (size_t j = 0; j < n; j++) {
			strcat(got, names[j]);
			strcat(got, " ");
		}
		assert_string_equal(got, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(items),
		cmocka_unit_test(consoles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
