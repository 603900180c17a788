/* SPDX-License-Identifier: BSD-3-Clause */
/* model/stats.h: text of guests, names of disks, and a table that fits itself. */
#include "model/stats.h"
#include "base/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void check_text(const char *in, const char *out)
{
	char text[STATS_TEXT_MAX + 1];

	stats_take_text(in, strlen(in), text);
	assert_string_equal(text, out);
}

static void test_text(void **s)
{
	static const char *const good[] = {
		"", "Debian GNU/Linux 13", "\"\\", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x90\xa7"};
	static const char *const bad[] = {"\x1b[2J", "a\nb", "\x7f", "\xff", "\x80", "\xc2\x85",
		"\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xe2\x82", "\xc3"};
	char text[STATS_TEXT_MAX + 1], longest[STATS_TEXT_MAX + 2];

	(void)s;
	for (size_t i = 0; i < GNX_LEN(good); i++)
		check_text(good[i], good[i]);
	for (size_t i = 0; i < GNX_LEN(bad); i++)
		check_text(bad[i], "");
	stats_take_text("a\0b", 3, text);
	assert_string_equal(text, "");
	memset(longest, 'a', sizeof(longest));
	stats_take_text(longest, STATS_TEXT_MAX, text);
	assert_int_equal(strlen(text), STATS_TEXT_MAX);
	stats_take_text(longest, STATS_TEXT_MAX + 1, text);
	assert_string_equal(text, "");
}

static void test_vbd_name(void **s)
{
	static const struct {
		uint32_t number;
		const char *name;
	} disks[] = {{51712, "xvda"}, {51713, "xvda1"}, {51728, "xvdb"}, {51952, "xvdp"},
		{1u << 28 | 16 << 8, "xvdq"}, {1u << 28 | 26 << 8, "xvdaa"},
		{1u << 28 | 27 << 8 | 3, "xvdab3"}, {1u << 28 | 701 << 8, "xvdzz"},
		{1u << 28 | 702 << 8, "268615168"}, {768, "768"}, {0, "0"},
		{UINT32_MAX, "4294967295"}};
	char name[STATS_NAME_MAX + 1];

	(void)s;
	for (size_t i = 0; i < GNX_LEN(disks); i++) {
		stats_vbd_name(disks[i].number, name);
		assert_string_equal(name, disks[i].name);
	}
}

static void check_metrics(const struct stats_figure *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(strstr(table[i].metric, "gridnix_"), table[i].metric);
		/* Prometheus' units are said, and no others. */
		if (table[i].unit == STATS_NS || table[i].unit == STATS_MS)
			assert_non_null(strstr(table[i].metric, "_seconds"));
		if (table[i].unit == STATS_KIB || table[i].unit == STATS_BYTES)
			assert_non_null(strstr(table[i].metric, "_bytes"));
	}
}

static void test_table(void **s)
{
	(void)s;
	assert_string_equal(stats_guest_figures[STATS_GUEST_crashes].name, "crashes");
	assert_string_equal(
		stats_vbd_figures[STATS_VBD_flushes].metric, "gridnix_vbd_flushes_total");
	check_metrics(stats_host_figures, STATS_HOST_COUNT);
	check_metrics(stats_guest_figures, STATS_GUEST_COUNT);
	check_metrics(stats_vif_figures, STATS_VIF_COUNT);
	check_metrics(stats_vbd_figures, STATS_VBD_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_text),
		cmocka_unit_test(test_vbd_name), cmocka_unit_test(test_table)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
