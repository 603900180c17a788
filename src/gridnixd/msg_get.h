/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of messages that have to be in a range; otherwise the message is bad. For msg*.c. */
#ifndef GNX_GRIDNIXD_MSG_GET_H
#define GNX_GRIDNIXD_MSG_GET_H

#include "wire/wire.h"

/* A value that says of itself that it is wrong. */
static inline void need(struct wire *w, bool good)
{
	if (!good)
		w->bad = true;
}

/* One of count, by its number. */
static inline unsigned get_enum(struct wire *w, unsigned count)
{
	unsigned v = wire_get_u8(w);

	need(w, v < count);
	return v < count ? v : 0;
}

static inline uint32_t get_count(struct wire *w, uint32_t max)
{
	uint32_t n = wire_get_u32(w);

	need(w, n <= max);
	return n <= max ? n : 0;
}

static inline int64_t get_number(struct wire *w, int64_t min, int64_t max)
{
	int64_t v = wire_get_i64(w);

	need(w, v >= min && v <= max);
	return v;
}

#endif
