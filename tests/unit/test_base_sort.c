/* SPDX-License-Identifier: BSD-3-Clause */
/* base/sort.h: whatever was moved is put in its place, and little is done for little. */
#include "base/sort.h"
#include "base/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 1000

static size_t compared;

static int by_value(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	compared++;
	return (*x > *y) - (*x < *y);
}

/* Sorts them, and compares with what qsort() makes of them. */
static void check(int32_t *items, size_t n)
{
	int32_t expected[MANY];

	memcpy(expected, items, n * sizeof(*items));
	qsort(expected, n, sizeof(*items), by_value);
	compared = 0;
	gnx_resort(items, n, sizeof(*items), by_value);
	assert_memory_equal(items, expected, n * sizeof(*items));
}

static void short_ones(void **state)
{
	int32_t items[5];

	(void)state;
	gnx_resort(NULL, 0, sizeof(*items), by_value);
	/* Every one of up to five values out of five. */
	for (size_t n = 1; n <= GNX_LEN(items); n++)
		for (int code = 0; code < 3125; code++) {
			int rest = code;

			for (size_t i = 0; i < n; i++, rest /= 5)
				items[i] = rest % 5;
			check(items, n);
		}
}

static void count_up(int32_t *items)
{
	for (int i = 0; i < MANY; i++)
		items[i] = 10 * i;
}

static void one_of_many(void **state)
{
	static const int32_t values[] = {-1, 0, 5, 4995, 4990, 9995, 100000};
	static const size_t places[] = {0, 1, 2, 500, MANY - 2, MANY - 1};
	int32_t items[MANY];

	(void)state;
	for (size_t i = 0; i < GNX_LEN(values); i++)
		for (size_t j = 0; j < GNX_LEN(places); j++) {
			count_up(items);
			items[places[j]] = values[i];
			check(items, MANY);
			assert_true(compared < 4 * MANY);
		}
}

static void any_number_of_many(void **state)
{
	int32_t items[MANY];
	unsigned int seed = 4;

	(void)state;
	for (int moved = 0; moved <= MANY; moved += 50) {
		count_up(items);
		for (int i = 0; i < moved; i++)
			items[rand_r(&seed) % MANY] = rand_r(&seed) % (10 * MANY);
		check(items, MANY);
	}
	for (int i = 0; i < MANY; i++)
		items[i] = -i;
	check(items, MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_ones),
		cmocka_unit_test(one_of_many),
		cmocka_unit_test(any_number_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
