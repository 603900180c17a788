/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations: the table of verbs is sound, and names lead to verbs and states and back. */
#include "base/clean.h"
#include "model/operation.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	enum verb verb;
	const char *id, *name, *doc;
} table[] = {
#define X(id, name, value, key, doc) {VERB_##id, #id, name, doc},
#include "model/verb.def"
#undef X
};

static void verbs(void **state)
{
	(void)state;
	assert_int_equal(GNX_LEN(table), VERB_COUNT);
	for (size_t i = 0; i < VERB_COUNT; i++) {
		assert_int_equal(table[i].verb, i);
		assert_string_equal(verb_name(table[i].verb), table[i].name);
		assert_int_equal(verb_by_name(table[i].name), i);
		/* They stand in URLs and on the command line. */
		assert_int_equal(strspn(table[i].name, "abcdefghijklmnopqrstuvwxyz-"),
			strlen(table[i].name));
		assert_int_equal(strlen(table[i].id), strlen(table[i].name));
		assert_true(strlen(table[i].doc) > 20);
		assert_int_equal(table[i].doc[strlen(table[i].doc) - 1], '.');
	}
}

static void states(void **state)
{
	static const char *const names[] = {"running", "done", "failed", "unknown"};

	(void)state;
	assert_int_equal(GNX_LEN(names), OPERATION_STATE_COUNT);
	for (unsigned i = 0; i < OPERATION_STATE_COUNT; i++) {
		assert_string_equal(operation_state_name(i), names[i]);
		assert_int_equal(operation_state_by_name(names[i]), i);
	}
}

static void no_names(void **state)
{
	static const char *const bad[] = {
		"", "star", "startx", "Start", " start", "start ", "run", "Running", "done,failed"};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(bad); i++) {
		assert_int_equal(verb_by_name(bad[i]), -EINVAL);
		assert_int_equal(operation_state_by_name(bad[i]), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs),
		cmocka_unit_test(states),
		cmocka_unit_test(no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
