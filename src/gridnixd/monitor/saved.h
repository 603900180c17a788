/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files with guests' states. Their paths are made of a directory and the guest's UUID: each guest
 * has one at most, and none can reach another's. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_SAVED_H
#define GNX_MONITOR_SAVED_H

#include "base/err.h"
#include "model/definition.h"

struct monitor;

/* Makes the directory. -ENAMETOOLONG. */
int saved_init(struct monitor *m, struct gnx_err *err);

/* What is in a file. */
enum saved { SAVED_state, SAVED_core };

/* Whether a guest's state is there: all of the guest is in it then. */
bool saved_there(const struct monitor *m, const uint8_t uuid[GUEST_UUID]);
/* Opens it to be read: its descriptor. */
int saved_open(const struct monitor *m, const uint8_t uuid[GUEST_UUID], struct gnx_err *err);
/* Makes one that is not there before saved_finish(): its descriptor. An older one goes: the guest
 * runs on since. */
int saved_create(const struct monitor *m, const uint8_t uuid[GUEST_UUID], enum saved what,
	struct gnx_err *err);
/* All of the guest is in it, and on the disk. */
int saved_finish(const struct monitor *m, const uint8_t uuid[GUEST_UUID], enum saved what,
	struct gnx_err *err);
/* It will not be whole: nothing is left of what was written. */
void saved_undo(const struct monitor *m, const uint8_t uuid[GUEST_UUID], enum saved what);
/* Takes a state away, whole or not; nothing to take is fine. */
int saved_drop(const struct monitor *m, const uint8_t uuid[GUEST_UUID], struct gnx_err *err);

#endif
