/* SPDX-License-Identifier: BSD-3-Clause */
/* Who writes how much to xenstore: whose a path is, how often, and which one is kept. */
#include "base/clean.h"
#include "model/writes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct writes w;

static int done(void **state)
{
	(void)state;
	writes_done(&w);
	return 0;
}

static uint32_t count(int domid)
{
	const struct writes_guest *g = writes_of(&w, domid);

	return g ? g->count : 0;
}

static void whose_a_path_is(void **state)
{
	static const char *const nobodys[] = {"", "/", "/local/domain", "/local/domain/",
		"/local/domain/0/backend/vif/7/0/state", "/local/domain/x/7", "/local/domain/7x",
		"/local/domain/-7", "/local/domain/32752/data", "/local/domain/99999",
		"/local/domain/000007/data", "local/domain/7", "/vm/7", "@releaseDomain"};

	(void)state;
	assert_null(writes_of(&w, 7));
	for (size_t i = 0; i < GNX_LEN(nobodys); i++)
		writes_take(&w, nobodys[i]);
	assert_int_equal(w.len, 0);
	assert_int_equal(w.total, GNX_LEN(nobodys));
	writes_take(&w, "/local/domain/7");
	writes_take(&w, "/local/domain/7/data/x");
	writes_take(&w, "/local/domain/32751/data/x");
	assert_int_equal(count(7), 2);
	assert_int_equal(count(32751), 1);
	assert_int_equal(count(1), 0);
	assert_int_equal(w.len, 2);
}

static void rates(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++)
		writes_take(&w, "/local/domain/7/data/x");
	assert_int_equal(writes_rate(&w, 7), 0);
	w.took_ms = 200;
	assert_int_equal(writes_rate(&w, 7), 1500);
	assert_int_equal(writes_rate(&w, 8), 0);
	w.took_ms = 201;
	assert_int_equal(writes_rate(&w, 7), 1492);
	writes_done(&w);
	assert_int_equal(writes_rate(&w, 7), 0);
}

/* Whatever order they come in. */
static void the_path_of_more_than_half(void **state)
{
	char path[64];

	(void)state;
	for (unsigned seed = 0; seed < 50; seed++) {
		unsigned often = 0, others = 0;

		srand(seed);
		while (often < 51 || others < 50) {
			bool is = others == 50 || (often < 51 && rand() % 2);

			snprintf(path, sizeof(path), "/local/domain/7/data/%u",
				is ? 1000 : others % 7);
			writes_take(&w, path);
			often += is;
			others += !is;
			writes_take(&w, "/local/domain/8/data/other");
		}
		assert_string_equal(writes_of(&w, 7)->path, "/local/domain/7/data/1000");
		assert_string_equal(writes_of(&w, 8)->path, "/local/domain/8/data/other");
		writes_done(&w);
	}
}

static void odd_paths(void **state)
{
	char path[4096];

	(void)state;
	writes_take(&w, "/local/domain/7/a\"b\\c\n\x80@_-");
	assert_string_equal(writes_of(&w, 7)->path, "/local/domain/7/a?b?c??@_-");
	memset(path, 'x', sizeof(path));
	memcpy(path, "/local/domain/8/", 16);
	path[sizeof(path) - 1] = '\0';
	writes_take(&w, path);
	assert_int_equal(strlen(writes_of(&w, 8)->path), WRITES_PATH_MAX);
}

static void no_more_than_a_sample(void **state)
{
	char path[64];

	(void)state;
	for (int i = 0; i < 2 * WRITES_MAX; i++) {
		snprintf(path, sizeof(path), "/local/domain/%d/x", i + 1);
		writes_take(&w, path);
	}
	assert_int_equal(w.total, WRITES_MAX);
	assert_int_equal(w.len, WRITES_MAX);
	assert_int_equal(count(WRITES_MAX), 1);
	assert_int_equal(count(WRITES_MAX + 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(whose_a_path_is, done),
		cmocka_unit_test_teardown(rates, done),
		cmocka_unit_test_teardown(the_path_of_more_than_half, done),
		cmocka_unit_test_teardown(odd_paths, done),
		cmocka_unit_test_teardown(no_more_than_a_sample, done)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
