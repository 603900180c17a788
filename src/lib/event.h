/* SPDX-License-Identifier: BSD-3-Clause */
/* An event out of the daemon's JSON. For src/lib. */
#ifndef GNX_LIB_EVENT_H
#define GNX_LIB_EVENT_H

#include "lib/guest.h"

/* All zero is none. */
struct gnx_event {
	json_t *json;
	char *text, *detail; /* its own; detail NULL for none */
	json_int_t seq, mono_ms, operation;
	const char *boot_id, *time, *kind, *known, *reason, *before, *after; /* json's */
	bool has_guest;
	struct gnx_guest guest;
};

/* Frees what it has; it is none then. */
void event_done(struct gnx_event *e);

#endif
