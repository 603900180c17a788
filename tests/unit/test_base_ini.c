/* SPDX-License-Identifier: BSD-3-Clause */
/* INI files: what each line means, that nothing is cut, and every error with file and line. */
#include "base/clean.h"
#include "base/ini.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* What was told, one line each. */
struct log {
	struct gnx_ini_sink sink;
	struct gnx_buf told;
};

static int on_section(void *arg, const char *section, struct gnx_err *err)
{
	struct log *log = arg;

	gnx_buf_fmt(&log->told, "%d[%s]\n", log->sink.line, section);
	return strcmp(section, "bad") ? 0 : gnx_fail(err, -EINVAL, "bad section");
}

static int on_key(
	void *arg, const char *section, const char *key, const char *value, struct gnx_err *err)
{
	struct log *log = arg;

	gnx_buf_fmt(&log->told, "%d%s %s.%s=%s\n", log->sink.line, log->sink.more ? "+" : "",
		section, key, value);
	return strcmp(key, "bad") ? 0 : gnx_fail(err, -EINVAL, "bad key");
}

static int parse(struct log *log, const char *text, size_t len, struct gnx_err *err)
{
	log->sink = (struct gnx_ini_sink){.section = on_section, .set = on_key, .arg = log};
	gnx_buf_str(&log->told, "");
	return gnx_ini_parse(text, len, "x.ini", &log->sink, err);
}

static void lines(void **state)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
		{"", ""},
		{"\n \n\t\r\n", ""},
		{"; a = b\n# [c]\n\t; d = e\n  #f\n", ""},
		{"a = b", "1 .a=b\n"},
		{"[s]\na=b\nc =d\ne= f\ng\t=\th \n", "1[s]\n2 s.a=b\n3 s.c=d\n4 s.e=f\n5 s.g=h\n"},
		{"[s]\r\na = b\r\n\r\n", "1[s]\n2 s.a=b\n"},
		{"[s]\na =\nb = c = d\n", "1[s]\n2 s.a=\n3 s.b=c = d\n"},
		{"[s t]\n[u]\na += b\n", "1[s t]\n2[u]\n3 u.a +=b\n"},
		{"a = b ; c # d\n", "1 .a=b ; c # d\n"},
		{"a = ;b\n", "1 .a=;b\n"},
		{"a = b\n\tc\n\n  d = e\n", "1 .a=b\n2+ .a=c\n4+ .a=d = e\n"},
		{"a = b\n # c\n [d]\n", "1 .a=b\n3+ .a=[d]\n"},
		{"\xef\xbb\xbf[s]\na = \xc3\xa4\n", "1[s]\n2 s.a=\xc3\xa4\n"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct log log = {0};
		struct gnx_err err = GNX_ERR_INIT;

		assert_int_equal(parse(&log, cases[i].text, strlen(cases[i].text), &err), 0);
		assert_string_equal(log.told.data, cases[i].told);
		gnx_buf_done(&log.told);
	}
}

static void errors(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		int code;
		const char *words;
	} cases[] = {
#define CASE(text, code, words) {text, sizeof(text) - 1, code, words}
		CASE("a\n", -GNX_E_SYNTAX, "x.ini:1: neither [section], key = value nor comment"),
		CASE("\n= b\n", -GNX_E_SYNTAX, "x.ini:2: neither"),
		CASE("a : b\n", -GNX_E_SYNTAX, "x.ini:1: neither"),
		CASE("[s\n", -GNX_E_SYNTAX, "x.ini:1: neither"),
		CASE("[]\n", -GNX_E_SYNTAX, "x.ini:1: neither"),
		CASE("[s] ; x\n", -GNX_E_SYNTAX, "x.ini:1: neither"),
		CASE("[s]\n a = b\n", -GNX_E_SYNTAX, "x.ini:2: indented"),
		CASE("a = b\n[s]\n c\n", -GNX_E_SYNTAX, "x.ini:3: indented"),
		CASE("a = b\nc = \0d\n", -GNX_E_SYNTAX, "x.ini:2: holds a NUL byte"),
		CASE("a = b\n\n[bad]\nrubbish", -EINVAL, "x.ini:3: bad section"),
		CASE("bad = b\nrubbish", -EINVAL, "x.ini:1: bad key"),
		CASE("a = b\nbad = b\n", -EINVAL, "x.ini:2: bad key"),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct log log = {0};
		struct gnx_err err = GNX_ERR_INIT;

		assert_int_equal(parse(&log, cases[i].text, cases[i].len, &err), cases[i].code);
		if (!gnx_starts(err.msg, cases[i].words))
			fail_msg("\"%s\" is not \"%s\"", err.msg, cases[i].words);
		gnx_buf_done(&log.told);
	}
}

/* The longest of everything, and one byte more. */
static void limits(void **state)
{
	char text[GNX_INI_LINE_MAX + 3] = "a=";

	(void)state;
	memset(text + 2, 'x', GNX_INI_LINE_MAX);
	for (size_t len = GNX_INI_LINE_MAX; len <= GNX_INI_LINE_MAX + 1; len++) {
		struct log log = {0};
		bool good = len == GNX_INI_LINE_MAX;

		assert_int_equal(parse(&log, text, len, NULL), good ? 0 : -GNX_E_SYNTAX);
		if (good)
			assert_int_equal(log.told.len, strlen("1 .a=\n") + len - 2);
		gnx_buf_done(&log.told);
	}
	for (size_t len = GNX_INI_WORD_MAX; len <= GNX_INI_WORD_MAX + 1; len++) {
		GNX_CLEAN(gnx_free)
		char *key = gnx_fmt("%.*s=y", (int)len, text + 2);
		GNX_CLEAN(gnx_free)
		char *section = gnx_fmt("[%.*s]", (int)len, text + 2);
		int want = len == GNX_INI_WORD_MAX ? 0 : -GNX_E_SYNTAX;
		struct log log = {0};

		assert_int_equal(parse(&log, key, strlen(key), NULL), want);
		assert_int_equal(parse(&log, section, strlen(section), NULL), want);
		gnx_buf_done(&log.told);
	}
}

static void no_interest_in_sections(void **state)
{
	static const char text[] = "[bad]\na = b\n";
	struct log log = {.sink = {.set = on_key, .arg = &log}};

	(void)state;
	assert_int_equal(gnx_ini_parse(text, strlen(text), "x.ini", &log.sink, NULL), 0);
	assert_string_equal(log.told.data, "2 bad.a=b\n");
	assert_int_equal(gnx_ini_parse(NULL, 0, "x.ini", &log.sink, NULL), 0);
	gnx_buf_done(&log.told);
}

static void relative(void **state)
{
	static const char *const cases[][3] = {{"a/b.ini", "c", "a/c"}, {"b.ini", "c", "c"},
		{"/a/b.ini", "/c", "/c"}, {"/b.ini", "c/d", "/c/d"}};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_ini_relative(cases[i][0], cases[i][1]);

		assert_string_equal(path, cases[i][2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(errors),
		cmocka_unit_test(limits),
		cmocka_unit_test(no_interest_in_sections),
		cmocka_unit_test(relative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
