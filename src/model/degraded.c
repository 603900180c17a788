/* SPDX-License-Identifier: BSD-3-Clause */
/* What may be wrong with a host: see degraded.h. */
#include "model/degraded.h"

#include <assert.h>

const char *degraded_name(enum degraded what)
{
	static const char *const names[] = {
#define X(id, doc) #id,
#include "model/degraded.def"
#undef X
	};

	assert(what < DEGRADED_COUNT);
	return names[what];
}

void degraded_words(const char *text, char out[DEGRADED_WORDS_MAX + 1])
{
	size_t len = 0;

	for (; *text && len < DEGRADED_WORDS_MAX; text++) {
		unsigned char c = (unsigned char)*text;

		if (c > ' ')
			out[len++] = c < 0x7f ? (char)c : '?';
		else if (len && out[len - 1] != ' ')
			out[len++] = ' ';
	}
	len -= len && out[len - 1] == ' ';
	out[len] = '\0';
}
