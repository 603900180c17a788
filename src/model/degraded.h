/* SPDX-License-Identifier: BSD-3-Clause */
/* What may be wrong with a host: the table degraded.def. No I/O. For the daemon's processes. */
#ifndef GNX_MODEL_DEGRADED_H
#define GNX_MODEL_DEGRADED_H

#include <stddef.h>

#define DEGRADED_WORDS_MAX 255 /* bytes, without the NUL */

/* One for each line of degraded.def. */
enum degraded {
#define X(id, doc) DEGRADED_##id,
#include "model/degraded.def"
#undef X
	DEGRADED_COUNT
};

/* The name of one, static. */
const char *degraded_name(enum degraded what);

/* Words for people out of any text, cut to fit: what is no visible ASCII becomes a space, and "?"
 * where it is none at all; spaces at the ends, and more than one, are left out. */
void degraded_words(const char *text, char out[DEGRADED_WORDS_MAX + 1]);

#endif
