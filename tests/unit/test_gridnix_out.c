/* SPDX-License-Identifier: BSD-3-Clause */
/* What the command line prints: nothing that a terminal obeys, and no line longer than it is wide.
 */
#include "base/clean.h"
#include "gridnix/out.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void escaped(void **state)
{
	static const char *const pairs[][2] = {
		{"", ""}, {"web-1", "web-1"}, {"a b", "a b"},
		{"\033[2J\r\n\t\x7f", "\\x1b[2J\\x0d\\x0a\\x09\\x7f"},
		{"\xc2\x9b", "\\xc2\\x9b"},			  /* CSI in one character */
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"},		  /* turns text around */
		{"\xff\xc3", "\\xff\\xc3"},			  /* no UTF-8 */
		{"\\x1b", "\\\\x1b"},				  /* not the same as ESC */
		{"\xc3\xa4\xe6\x97\xa5", "\xc3\xa4\xe6\x97\xa5"}, /* letters */
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(pairs); i++) {
		GNX_CLEAN(gnx_free)
		char *text = out_text(pairs[i][0]);

		assert_string_equal(text, pairs[i][1]);
	}
}

/* Prints the table into text. */
static void print(char text[1024], const struct gnx_strv *cells, int width)
{
	static const struct out_column columns[] = {{"NAME", false}, {"ID", true}, {"UUID", false}};
	int saved = dup(STDOUT_FILENO);
	FILE *f = tmpfile();
	size_t len;

	assert_non_null(f);
	fflush(stdout);
	dup2(fileno(f), STDOUT_FILENO);
	out_table(columns, GNX_LEN(columns), cells, width);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(f);
	len = fread(text, 1, 1023, f);
	text[len] = '\0';
	fclose(f);
}

static void table(void **state)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};
	char text[1024];

	(void)state;
	gnx_strv_split(&cells, "\xe6\x97\xa5|7|u-1|a-long-name-of-a-guest|12|u-22", "|");
	print(text, &cells, 0);
	assert_string_equal(text,
		"NAME                    ID  UUID\n"
		"\xe6\x97\xa5                       7  u-1\n"
		"a-long-name-of-a-guest  12  u-22\n");
	print(text, &cells, 31);
	assert_string_equal(text,
		"NAME                   ID  UUID\n"
		"\xe6\x97\xa5                      7  u-1\n"
		"a-long-name-of-a-gue~  12  u-22\n");
	print(text, &cells, 22);
	assert_string_equal(text,
		"NAME                ID\n"
		"\xe6\x97\xa5                   7\n"
		"a-long-name-of-a-~  12\n");
	print(text, &cells, 8);
	assert_string_equal(text, "NAME\n\xe6\x97\xa5\na-long-~\n");
}

static int set_locale(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(escaped), cmocka_unit_test(table)};

	return cmocka_run_group_tests(tests, set_locale, NULL);
}
