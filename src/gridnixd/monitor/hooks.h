/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the monitor knows of hooks: which there are, what was delivered to them, and whether an
 * operation may begin. Their process, gridnixd-hooks, does the rest. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_HOOKS_H
#define GNX_MONITOR_HOOKS_H

#include "model/hook.h"

/* How long the hooks' process may take beside the hooks that are asked before an operation; and
 * when none is known that would be. */
#define HOOKS_GRACE_MS 10000
#define HOOKS_NONE_MS  1000

struct monitor;
struct wire;

/* Hooks as their process has found them. */
struct hook_list {
	struct hook *items;
	size_t len;
	struct hook *coming; /* while it tells them */
	size_t coming_len;
	bool known; /* by the process that runs now */
};

/* Takes what the process says by itself; the process has gone. */
int hooks_take(struct monitor *m, struct wire *w);
void hooks_lost(struct monitor *m);
void hooks_done(struct monitor *m);

/* How long, in milliseconds, an operation waits until hooks have let it begin; 0: there are none at
 * all. *must_out: it fails then, for one is known that must be asked, or it is not known which
 * there are. */
int64_t hooks_patience(
	const struct monitor *m, enum verb verb, const struct guest *g, bool *must_out);
/* Asks them; the answer comes to operate_verdict(). */
void hooks_ask(struct monitor *m, const struct operation *o, const struct guest *g);

/* A delivery has failed: that is kept, and told when it is the end. */
int hooks_failed(struct monitor *m, const struct delivery *d, struct gnx_err *err);
/* The journal does not have the events up to this number any more that hooks were to be told. */
int hooks_lost_events(struct monitor *m, uint64_t upto, struct gnx_err *err);
/* Lets dead deliveries of an event, or 0: all, be tried again: so many. */
int hooks_replay(struct monitor *m, uint64_t seq, uint32_t *count_out, struct gnx_err *err);

#endif
