/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix: sizes as people read them, and what a report leaves out. */
#include "base/clean.h"
#include "gridnix/figures.h"
#include "gridnix/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {{0, "0B"}, {999, "999B"}, {1000, "0.9K"}, {1024, "1.0K"}, {1536, "1.5K"},
		{10240, "10K"}, {1023 << 10, "0.9M"}, {1 << 20, "1.0M"}, {5ULL << 40, "5.0T"},
		{UINT64_MAX, "15E"}};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv cells = {0};

		cell_bytes(&cells, cases[i].bytes);
		assert_string_equal(cells.items[0], cases[i].text);
	}
}

static void times(void **state)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};

	(void)state;
	cell_cpu(&cells, 61999999999);
	assert_string_equal(cells.items[0], "61.9s");
	cell_up(&cells, NULL);
	assert_string_equal(cells.items[1], "-");
}

static void secrets(void **state)
{
	static const struct {
		const char *ini, *out;
	} cases[] = {
		{"", ""},
		{"[guest]\nname = a\ncmdline = pw=secret root=x\nvcpus = 1\n",
			"[guest]\nname = a\ncmdline =...\nvcpus = 1\n"},
		{"cmdline = secret", "cmdline =..."},
		{"cmdline=s", "cmdline=."},
		{"cmdline\nname = a\n", "cmdline\nname = a\n"},
		{"cmdline = a\ncmdline = b\n", "cmdline =..\ncmdline =..\n"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_free)
		char *text = gnx_dup(cases[i].ini);

		report_redact(text);
		assert_string_equal(text, cases[i].out);
	}
}

static void members(void **state)
{
	static const struct {
		const char *json, *out;
	} cases[] = {
		{"", ""},
		{"{\"words\":1}", "{\"words\":\"...\"}"},
		{"{\"a\":{\"words\":[\"]}\\\"\",{\"b\":2}]},\"c\":3}",
			"{\"a\":{\"words\":\"...\"},\"c\":3}"},
		{"{\"words\":\"s\\\\\",\"words\":\"\"}", "{\"words\":\"...\",\"words\":\"...\"}"},
		/* What only looks like it stays. */
		{"{\"a\":\"words\",\"b\":\"\\\"words\\\":1\"}",
			"{\"a\":\"words\",\"b\":\"\\\"words\\\":1\"}"},
		{"{\"words\":\"cut", "{\"words\":\"...\""},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_free)
		char *text = report_cut(cases[i].json, "words");

		assert_string_equal(text, cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sizes), cmocka_unit_test(times),
		cmocka_unit_test(secrets), cmocka_unit_test(members)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
