/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hooks as gridnix-hooks(7) describes them: what one wants, and what was not delivered to it. The
 * table hook.def has the keys of a file that declares one. No I/O, no pointers. For the daemon's
 * processes.
 */
#ifndef GNX_MODEL_HOOK_H
#define GNX_MODEL_HOOK_H

#include "base/err.h"
#include "model/event.h"
#include "model/operation.h"

#define HOOKS_MAX	100  /* more are passed over */
#define HOOK_NAME_MAX	95   /* bytes, without the NUL; so below */
#define HOOK_PATH_MAX	255  /* of the program */
#define HOOK_KINDS_MAX	511  /* of the list of kinds */
#define HOOK_USER_MAX	31   /* of a user's name */
#define HOOK_WORDS_MAX	255  /* of why a hook failed */
#define HOOK_TEXT_MAX	8192 /* bytes of a file */
#define HOOK_BEFORE_MAX 60   /* seconds that one may take that is asked before */

/* When it is started. */
enum hook_mode { HOOK_after, HOOK_before, HOOK_MODE_COUNT };

/* One hook. */
struct hook {
	char name[HOOK_NAME_MAX + 1];	 /* below the hooks' directory: "crashed/50-mail" */
	char program[HOOK_PATH_MAX + 1]; /* absolute */
	enum hook_mode mode;		 /* when it is started */
	char kinds[HOOK_KINDS_MAX + 1];	 /* words; "": all */
	char guest[GUEST_NAME_MAX + 1];	 /* a pattern, or a UUID */
	char user[HOOK_USER_MAX + 1];	 /* that it runs as */
	uint32_t timeout;		 /* seconds */
	uint32_t tries;			 /* 1 and up */
	uint32_t concurrency;		 /* 1 and up */
	uint64_t mask;	 /* of kinds: a bit for each event, or verb; hook_check() sets it */
	bool names_user; /* the file has said which */
};

/* The name of a mode, static. */
const char *hook_mode_name(enum hook_mode mode);
/* The mode of that name, or -EINVAL. */
int hook_mode_by_name(const char *name);

/* All keys at their defaults; nothing that must be given is there yet. */
void hook_init(struct hook *h, const char *name);
/* Reads an INI text and checks it; path is for messages, which name the line. -GNX_E_SYNTAX,
 * -GNX_E_UNKNOWN_KEY, -GNX_E_BAD_VALUE. */
int hook_parse(struct hook *h, const char *text, size_t len, const char *path, struct gnx_err *err);
/* Sees whether its values fit together, and sets the mask. -GNX_E_BAD_VALUE, -GNX_E_MISSING. */
int hook_check(struct hook *h, struct gnx_err *err);

/* Whether a file or directory of this name is looked at. */
bool hook_good_name(const char *name);

/* Whether it wants an event of that kind, of this guest or of the host. */
bool hook_wants(const struct hook *h, enum event_kind kind, bool of_guest, const struct guest *g);
/* Whether it is to be asked before the verb is done to the guest. */
bool hook_asked(const struct hook *h, enum verb verb, const struct guest *g);

/* An event that is to be delivered to a hook, or could not be. */
struct delivery {
	uint64_t seq;			/* the event's */
	char hook[HOOK_NAME_MAX + 1];	/* its name */
	enum event_kind kind;		/* of the event */
	uint8_t uuid[GUEST_UUID];	/* the guest's, all zero: none */
	char guest[GUEST_NAME_MAX + 1]; /* its name */
	uint32_t tries;			/* that have failed */
	bool dead;			/* it is given up */
	char words[HOOK_WORDS_MAX + 1]; /* of the last try */
};

/* How long to wait, in milliseconds, after so many tries have failed. */
int64_t delivery_delay_ms(uint32_t tries);

#endif
