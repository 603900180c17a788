/* SPDX-License-Identifier: BSD-3-Clause */
/* base/err.h: words, prefixes and what happens to words that are too long. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void long_words(char *buf, size_t size)
{
	memset(buf, 'x', size - 1);
	buf[size - 1] = '\0';
}

static void fail_sets_code_and_words(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(gnx_fail(&err, -GNX_E_SYNTAX, "%s:%d", "file", 7), -GNX_E_SYNTAX);
	assert_int_equal(err.code, -GNX_E_SYNTAX);
	assert_string_equal(err.msg, "file:7");
}

static void fail_errno_ends_in_its_words(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	errno = ENOENT;
	assert_int_equal(gnx_fail_errno(&err, "/x"), -ENOENT);
	assert_string_equal(err.msg, "/x: No such file or directory");
	errno = 0;
	assert_int_equal(gnx_fail_errno(&err, "/x"), -EIO);
}

static void no_err_is_fine(void **state)
{
	(void)state;
	errno = EPERM;
	assert_int_equal(gnx_fail(NULL, -EINVAL, "words"), -EINVAL);
	assert_int_equal(gnx_fail_errno(NULL, "words"), -EPERM);
	gnx_err_prefix(NULL, "words");
}

static void prefix_keeps_the_code(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	gnx_fail(&err, -EACCES, "inner");
	gnx_err_prefix(&err, "step %s", "root");
	assert_string_equal(err.msg, "step root: inner");
	assert_int_equal(err.code, -EACCES);
}

static void assert_cut(const struct gnx_err *err)
{
	assert_int_equal(strlen(err->msg), GNX_ERR_MSG - 1);
	assert_string_equal(err->msg + GNX_ERR_MSG - 4, "...");
}

static void long_words_are_cut_and_marked(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	char words[GNX_ERR_MSG + 50];

	(void)state;
	long_words(words, sizeof(words));
	gnx_fail(&err, -EINVAL, "%s", words);
	assert_cut(&err);
	errno = EINVAL;
	gnx_fail_errno(&err, "%s", words);
	assert_cut(&err);
	gnx_err_prefix(&err, "short");
	assert_cut(&err);
	assert_memory_equal(err.msg, "short: xxx", 10);
	gnx_err_prefix(&err, "%s", words);
	assert_cut(&err);
	words[GNX_ERR_MSG - 1] = '\0';
	gnx_fail(&err, -EINVAL, "%s", words);
	assert_string_equal(err.msg, words);
}

static void every_code_has_words(void **state)
{
	(void)state;
	assert_string_equal(gnx_strerror(-GNX_E_CHECKSUM), "wrong checksum");
	assert_string_equal(gnx_strerror(GNX_E_CHECKSUM), "wrong checksum");
	assert_string_equal(gnx_strerror(-ENOMEM), strerror(ENOMEM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_sets_code_and_words),
		cmocka_unit_test(fail_errno_ends_in_its_words),
		cmocka_unit_test(no_err_is_fine),
		cmocka_unit_test(prefix_keeps_the_code),
		cmocka_unit_test(long_words_are_cut_and_marked),
		cmocka_unit_test(every_code_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
