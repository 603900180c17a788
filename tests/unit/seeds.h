/* SPDX-License-Identifier: BSD-3-Clause */
/* Random stories that can be told again. To be included behind cmocka.h. */
#ifndef GNX_TESTS_SEEDS_H
#define GNX_TESTS_SEEDS_H

#include <stdint.h>
#include <stdlib.h>

/* Tells ten, or the one of TEST_SEED. */
static inline void with_seeds(void (*story)(uint32_t seed))
{
	const char *given = getenv("TEST_SEED");

	for (uint32_t i = 0; i < (given ? 1 : 10); i++) {
		uint32_t seed = given ? (uint32_t)strtoul(given, NULL, 10) : i;

		print_message("TEST_SEED=%u\n", (unsigned)seed);
		story(seed);
	}
}

#endif
