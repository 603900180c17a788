/* SPDX-License-Identifier: BSD-3-Clause */
/* Words about a host: whatever a file says, they are short, and nothing a terminal obeys. */
#include "model/degraded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void check(const char *text, const char *wanted)
{
	char words[DEGRADED_WORDS_MAX + 1];

	degraded_words(text, words);
	assert_string_equal(words, wanted);
}

static void test_words(void **state)
{
	char text[2 * DEGRADED_WORDS_MAX] = "", words[DEGRADED_WORDS_MAX + 1];

	(void)state;
	check("", "");
	check(" \n\t", "");
	check(" xenstored has ended\n(status 1).\n\n", "xenstored has ended (status 1).");
	check("a\33[2Jb\x7f\xc3\xbc", "a [2Jb???");
	memset(text, 'x', sizeof(text) - 1);
	degraded_words(text, words);
	assert_int_equal(strlen(words), DEGRADED_WORDS_MAX);
	text[DEGRADED_WORDS_MAX - 1] = ' ';
	degraded_words(text, words);
	assert_int_equal(strlen(words), DEGRADED_WORDS_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
