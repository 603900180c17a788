/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations: what was asked for a guest, or what follows when it has stopped by itself, as a row
 * of steps. A step is a worker's, or waits for what the guest does. Before the first one of what
 * was asked for, hooks may object. One operation a guest at a time. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_OPERATE_H
#define GNX_MONITOR_OPERATE_H

#include "base/err.h"
#include "model/operation.h"

#define OPERATE_MAX 1024 /* that are not at their end; more are refused */

struct monitor;
struct defined;

/* Begins what a client asks for, by the guest's name or UUID, with the value that the verb takes,
 * of which nothing is believed: *out as it stands in the state. -EINVAL: the value is not right.
 * -ENOENT: no such guest; -EBUSY: another operation on it; -EEXIST: it is so already; -GNX_E_STATE:
 * it can't be done in the state that it is in. */
int operate(struct monitor *m, enum verb verb, const char *guest, const char *value,
	struct operation *out, struct gnx_err *err);

/* The same by ourselves, which no client hears of: destroy, or destroy and start again. The guest
 * is one that has a definition. */
void operate_destroy(struct monitor *m, struct defined *g);
void operate_restart(struct monitor *m, struct defined *g);
void operate_dump(struct monitor *m, struct defined *g);  /* and restart */
void operate_start(struct monitor *m, struct defined *g); /* or restore, if it is saved */
/* The guest is asked once more for what it was asked for: whether it has heard of it is not known.
 */
void operate_ask_again(struct monitor *m, struct defined *g, enum verb verb);
/* A domain that was suspended in vain, or is restored, runs on. */
void operate_unpause(struct monitor *m, struct defined *g);
/* What the last daemon began is finished: its keeper may have ended already. */
void operate_adopt(struct monitor *m, struct defined *g);
/* A guest that has a domain, defined or not, is paused or destroyed for what it did. */
void operate_answer(struct monitor *m, const struct guest *g, enum verb verb);

/* The operation that the guest's events come from; 0: none, or one of ours. */
uint64_t operate_origin(const struct monitor *m, const uint8_t uuid[GUEST_UUID]);
/* Whether one is under way, whoever's. */
bool operate_busy(const struct monitor *m, const uint8_t uuid[GUEST_UUID]);

/* After each look: what was waited for may have come, or is too late. */
void operate_looked(struct monitor *m);

/* Hooks have let an operation begin, words is "" then, or have not. One that has ended meanwhile is
 * left alone. */
void operate_verdict(struct monitor *m, uint64_t id, const char *words);
/* There may be other hooks now. again: for it is another process, which is to be asked what the
 * last one did not answer. */
void operate_hooks_found(struct monitor *m, bool again);

/* Ends all of them here; workers go on by themselves. */
void operate_done(struct monitor *m);

#endif
