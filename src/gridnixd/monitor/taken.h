/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges that others have made and that are guarded, since the administrator has asked for it.
 * They bear a mark as long as they are there, and get it again when they have come back. Internal
 * to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_TAKEN_H
#define GNX_MONITOR_TAKEN_H

#include "gridnixd/msg.h"
#include "net/guard.h"

#define TAKEN_MAX 1000 /* more are refused */

struct monitor;

/* Takes in what is remembered. */
int taken_load(struct monitor *m, struct gnx_err *err);
void taken_done(struct monitor *m);

/* Marks those that are there without it. What fails is said. */
void taken_mark(struct monitor *m);
/* Names the uplinks that are there of those that are watched. */
void taken_want(const struct monitor *m, struct guard_wanted *w);
/* A guest's interface may have come there, which others have joined: it is armed soon. */
void taken_came(struct monitor *m);

/* In these, said is what rearm has printed of interfaces, and 1 is as of guarding_take(); no load
 * is under way when they are called. Begins to guard one, or changes its uplinks: those that are
 * named, and those that are seen to be some. -GNX_E_STATE: there is no such bridge, or a port would
 * be cut off, unless g->force. When this fails, all is as it was. */
int taken_enable(
	struct monitor *m, const struct msg_guard *g, const char *said, struct gnx_err *err);
/* The load has ended that one of them may have waited for; code: it has failed. */
void taken_loaded(struct monitor *m, int code);
/* Leaves it to others again. -ENOENT: it is none. */
int taken_disable(struct monitor *m, const char *bridge, struct gnx_err *err);
/* Tells the ports of a bridge, or of all that are guarded. -ENOENT: there is no such bridge. */
int taken_tell(struct monitor *m, const struct msg_guard *g, const char *said,
	void (*tell)(void *arg, const struct msg_port *p), void *arg, struct gnx_err *err);

#endif
