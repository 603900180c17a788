/* SPDX-License-Identifier: BSD-3-Clause */
/* Events: see event.h. */
#include "model/event.h"

#include "base/clean.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define KNOWN_WATCHED "watched"
#define KNOWN_POLLED  "polled"
#define KNOWN_OWN     "own"

static const struct {
	const char *name, *known;
} kinds[] = {
#define X(id, name, known, doc) {name, KNOWN_##known},
#include "model/event.def"
#undef X
};

bool event_of_guest(const struct event_record *e)
{
	static const uint8_t none[GUEST_UUID];

	/* Whoever makes a domain may give it no UUID; a guest that is defined may have had none. */
	return e->guest.incarnation || memcmp(e->guest.uuid, none, sizeof(none));
}

const char *event_kind_name(enum event_kind kind)
{
	assert(kind < EVENT_COUNT);
	return kinds[kind].name;
}

int event_kind_by_name(const char *name)
{
	for (size_t i = 0; i < GNX_LEN(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return (int)i;
	return -EINVAL;
}

const char *event_kind_known(enum event_kind kind)
{
	assert(kind < EVENT_COUNT);
	return kinds[kind].known;
}
