/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations: something that was asked for a guest, and what came of it. The table verb.def has
 * what can be asked. No I/O, no pointers. For the daemon's processes.
 */
#ifndef GNX_MODEL_OPERATION_H
#define GNX_MODEL_OPERATION_H

#include "model/guest.h"

#define OPERATION_WORDS_MAX 255 /* bytes, without the NUL */

/* One for each line of verb.def. */
enum verb {
#define X(id, name, value, key, doc) VERB_##id,
#include "model/verb.def"
#undef X
	VERB_COUNT
};

/* The key of a definition's section [guest] whose value a verb takes, static; NULL: it takes none.
 */
const char *verb_key(enum verb verb);
/* The name of a verb, static. */
const char *verb_name(enum verb verb);
/* The verb of that name, or -EINVAL. */
int verb_by_name(const char *name);

/* How far an operation is. */
enum operation_state {
	OPERATION_running,
	OPERATION_done,
	OPERATION_failed,
	OPERATION_unknown, /* the daemon was restarted meanwhile: the events tell what happened */
	OPERATION_STATE_COUNT
};

/* The name of a state, static. */
const char *operation_state_name(enum operation_state state);
/* The state of that name, or -EINVAL. */
int operation_state_by_name(const char *name);

/* One operation. */
struct operation {
	uint64_t id;		    /* 1 and up, in the order in which they were asked for */
	enum verb verb;		    /* what is done */
	uint8_t uuid[GUEST_UUID];   /* to this guest */
	enum operation_state state; /* how far it is */
	int64_t began_ms;	    /* wall clock, as in struct event_record */
	int64_t ended_ms;	    /* 0: it runs */
	char words[OPERATION_WORDS_MAX + 1]; /* why it failed, "" otherwise */
};

#endif
