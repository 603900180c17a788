/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: what comes to gridnixd-console. As a client's bytes: input comes out in its order,
 * whatever the sizes in which it comes and is taken. As a guest's: what is told of them is visible.
 */
#include "gridnixd/console/piece.h"
#include "gridnixd/console/visible.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes all input, step bytes at most at a time: as much of it as there is before what is none. */
static size_t take_all(const uint8_t *data, size_t size, size_t step, uint8_t *out)
{
	struct piece_input *in = calloc(1, sizeof(*in));
	size_t len = 0;
	int n = 0;

	while (size && n >= 0) {
		size_t room = sizeof(in->data) - in->len, some = size < step ? size : step;
		const uint8_t *from;

		assert(room);
		some = some < room ? some : room;
		memcpy(in->data + in->len, data, some);
		in->len += some;
		data += some;
		size -= some;
		while ((n = piece_take(in, &from)) > 0) {
			size_t took = (size_t)n < step ? (size_t)n : step;

			memcpy(out + len, from, took);
			len += took;
			piece_done(in, took);
		}
	}
	free(in);
	return len;
}

static void check_visible(const uint8_t *data, size_t size)
{
	char text[300];
	size_t lines = 1;

	for (size_t room = 1; room <= sizeof(text); room += 23) {
		memset(text, 1, sizeof(text));
		visible((const char *)data, size, text, room);
		assert(memchr(text, '\0', room));
	}
	for (const char *p = text; *p; p++) {
		assert(*p == '\n' || (*p >= ' ' && *p <= '~'));
		lines += *p == '\n';
	}
	assert(lines <= VISIBLE_LINES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *all = malloc(size + 1), *slow = malloc(size + 1);
	size_t len = take_all(data, size, SIZE_MAX, all);

	assert(take_all(data, size, 7, slow) == len && !memcmp(all, slow, len));
	free(all);
	free(slow);
	check_visible(data, size);
	return 0;
}
