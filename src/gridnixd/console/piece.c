/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of a console's stream: see piece.h. */
#include "gridnixd/console/piece.h"

#include "base/err.h"

#include <assert.h>
#include <string.h>

void piece_head(uint8_t out[PIECE_HEAD], char kind, size_t len)
{
	out[0] = (uint8_t)kind;
	out[1] = (uint8_t)(len >> 16);
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
}

static size_t length(const uint8_t head[PIECE_HEAD])
{
	return (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
}

static void drop_front(struct piece_input *in, size_t n)
{
	in->len -= n;
	memmove(in->data, in->data + n, in->len);
}

int piece_take(struct piece_input *in, const uint8_t **out)
{
	while (in->len >= PIECE_HEAD) {
		size_t len = length(in->data), there = in->len - PIECE_HEAD;

		if (in->data[0] != PIECE_INPUT || len > PIECE_MAX)
			return -GNX_E_SYNTAX;
		if (in->done < len) {
			*out = in->data + PIECE_HEAD + in->done;
			return (int)((there < len ? there : len) - in->done);
		}
		drop_front(in, PIECE_HEAD + len);
		in->done = 0;
	}
	return 0;
}

void piece_done(struct piece_input *in, size_t n)
{
	in->done += n;
	assert(PIECE_HEAD + in->done <= in->len);
}
