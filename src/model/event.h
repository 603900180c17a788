/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One event: what happened to a guest or to the host, when, and how that is known. The table
 * event.def has the kinds. No I/O, no pointers: events may be copied. For the daemon's processes.
 */
#ifndef GNX_MODEL_EVENT_H
#define GNX_MODEL_EVENT_H

#include "model/guest.h"

#define EVENT_DETAIL_MAX 2048 /* bytes, without the NUL */

/* One for each line of event.def. */
enum event_kind {
#define X(id, name, known, doc) EVENT_##id,
#include "model/event.def"
#undef X
	EVENT_COUNT
};

/* One record of the journal. */
struct event_record {
	uint64_t seq;		       /* 1 and up, in the order of the journal; 0: not in it yet */
	int64_t wall_ms;	       /* since 1970, UTC, to show to people */
	int64_t mono_ms;	       /* since the host's boot, CLOCK_BOOTTIME */
	char boot_id[GUEST_UUID_TEXT]; /* of this boot of the host, from the kernel */
	enum event_kind kind;	       /* what happened */
	uint64_t operation;	       /* that it comes from; 0: observed */
	char reason[GUEST_REASON_MAX + 1]; /* a word, "" when there is none to tell */
	struct guest guest;		   /* as it is after the event; all zero: the host's */
	enum guest_state before;	   /* the guest's state before it */
	char detail[EVENT_DETAIL_MAX + 1]; /* JSON object, "" for none */
};

/* Whether it is a guest's event; else it is the host's. */
bool event_of_guest(const struct event_record *e);

/* The name of a kind, static. */
const char *event_kind_name(enum event_kind kind);

/* The kind of that name, or -EINVAL. */
int event_kind_by_name(const char *name);

/* How events of the kind are known: "watched", "polled" or "own", static. */
const char *event_kind_known(enum event_kind kind);

#endif
