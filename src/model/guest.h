/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests as Xen has them, and what changed between two looks. The truth comes from Xen: a table of
 * what is known is compared with what a look found, and each difference is told once. No I/O. For
 * the daemon's monitor and its tests; the plain types for all of its processes.
 */
#ifndef GNX_MODEL_GUEST_H
#define GNX_MODEL_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_UUID	 16  /* bytes */
#define GUEST_UUID_TEXT	 37  /* 36 characters and the NUL */
#define GUEST_NAME_MAX	 127 /* bytes, without the NUL */
#define GUEST_REASON_MAX 15  /* bytes, without the NUL */

/* What a guest's domain does. */
enum guest_state {
	GUEST_gone, /* it has no domain */
	GUEST_starting,
	GUEST_running,
	GUEST_paused,
	GUEST_shutdown,
	GUEST_crashed,
	GUEST_rebooting, /* until the next domain is there: it may have none meanwhile */
	GUEST_suspended,
	GUEST_off,   /* it is defined and has no domain */
	GUEST_saved, /* so, too, and what was saved of it is in a file */
	GUEST_STATE_COUNT
};

/* The name of a state, static. */
const char *guest_state_name(enum guest_state state);
/* The state of that name, or -EINVAL. */
int guest_state_by_name(const char *name);

/* One guest. Its identity is the UUID and the incarnation; the domain's number is an attribute. */
struct guest {
	uint8_t uuid[GUEST_UUID];      /* all zero: whoever made the domain gave it none */
	uint64_t incarnation;	       /* 1 and up: domains this UUID has had, as far as known */
	int domid;		       /* -1: it has no domain */
	enum guest_state state;	       /* what its domain does */
	char name[GUEST_NAME_MAX + 1]; /* as the toolstack wrote it, cut to fit; "" if unknown */
	uint64_t memory_kib;	       /* memory that it has now */
	uint32_t vcpus;		       /* processors that it has now */
	uint64_t cpu_ns;	       /* processor time that it has used */
};

/* Writes a UUID's usual text, lower case. */
void guest_uuid_text(const uint8_t uuid[GUEST_UUID], char out[GUEST_UUID_TEXT]);
/* Reads it; -EINVAL unless it is 36 characters of that form, either case. */
int guest_uuid_parse(const char *text, uint8_t out[GUEST_UUID]);

/* What xl puts behind the name of a domain that it makes to migrate a guest into, until it has. */
#define GUEST_INCOMING "--incoming"
/* And behind that of the other one, once it has been migrated. */
#define GUEST_AWAY "--migratedaway"

/* Why a domain stopped, Xen's numbers. */
enum guest_stop {
	GUEST_STOP_poweroff = 0,
	GUEST_STOP_reboot = 1,
	GUEST_STOP_suspend = 2,
	GUEST_STOP_crash = 3,
	GUEST_STOP_watchdog = 4,
	GUEST_STOP_soft_reset = 5,
};

/* One domain, as a look found it. dom0 is none. */
struct guest_look {
	int domid;		       /* 1 and up */
	uint8_t uuid[GUEST_UUID];      /* as in struct guest, and so on */
	bool paused;		       /* by the toolstack; a domain is made paused */
	bool stopped;		       /* shut down, for the reason in stop */
	bool dying;		       /* being taken apart: as good as gone */
	int stop;		       /* enum guest_stop, or what a newer Xen adds */
	char name[GUEST_NAME_MAX + 1]; /* "": not found, the guest keeps the one it has */
	uint64_t memory_kib;	       /* as in struct guest */
	uint32_t vcpus;		       /* as in struct guest */
	uint64_t cpu_ns;	       /* 0 as long as it was not unpaused */
};

/* What is known of all guests; opaque. */
struct guests;

struct event_record;

/* An empty table; guests_free() frees it. */
struct guests *guests_new(void);
void guests_free(struct guests **g); /* and sets it to NULL */

/* How long, in milliseconds, a guest that reboots may be without a domain. */
#define GUESTS_REBOOT_MS 30000

/* The incarnation of a guest that is gone is remembered until so many others have ended, too. */
#define GUESTS_GONE_MAX 10000

/*
 * Takes in a look at mono_ms. Each change is told to tell, in an order that a reader of the journal
 * can follow: first what has ended, then everything else, both in the order of domids. kind,
 * reason, guest and before are set, times are not, and of a guest that was renamed detail is the
 * old name as it stands; tell leaves g alone. looks need no order; domids are distinct.
 *
 * What happened between two looks is not guessed: a difference is one event, whose before and guest
 * tell from what to what. Only these come in two steps, since both must have been taken:
 * - A guest that was never seen, or is back, is told as starting, and then as what it is already.
 * - A guest that is paused for the first time after it ran is told as started, and then as paused.
 *   It has not run yet while it is paused and has used no processor time.
 * - A domain that has stopped can't run again, unless it was suspended. If it seems to, it is
 *   another one under the same number: destroyed and starting; or rebooted, which a soft reset
 *   is, too. (One that replaces a running domain under its number and UUID can't be told apart.)
 *
 * A guest that reboots waits for its next domain for GUESTS_REBOOT_MS from when it is seen to have
 * none. Any other domain of a UUID that has one already is a guest of its own, the next
 * incarnation: so it is in a migration to the same host. That is known by what xl puts behind the
 * names of both, which is left out of the guests' names: migrating-in and migrating-out are told
 * when it is seen first, and migrated in place of started.
 */
void guests_update(struct guests *g, const struct guest_look *looks, size_t n, int64_t mono_ms,
	void (*tell)(void *arg, const struct event_record *e), void *arg);

/* When guests_update is to be called though nothing seems to change: a mono_ms, or -1. */
int64_t guests_deadline(const struct guests *g);

/* The guests that are known, by UUID and then incarnation: *out borrowed until the table changes.
 * Those that are gone are not among them. */
size_t guests_list(struct guests *g, const struct guest **out);

/* The guest that has this domain, or NULL. Borrowed until the next call of guests_update. */
const struct guest *guests_by_domid(struct guests *g, int domid);

/* Puts a guest into the table as it was when the daemon last looked; of one that is gone only the
 * incarnation counts. */
void guests_restore(struct guests *g, const struct guest *guest);

/*
 * The first look after a restart: takes it in without telling single events. Whether anything
 * differs from what guests_restore() brought; a guest whose domain has gone, or is another one, is
 * not in the list any more, or is the next incarnation. One that was rebooting is waited for.
 */
bool guests_resume(struct guests *g, const struct guest_look *looks, size_t n, int64_t mono_ms);

#endif
