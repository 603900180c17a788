/* SPDX-License-Identifier: BSD-3-Clause */
/* What guests' interfaces may do, as their definitions say now, while the guests run. Internal to
 * gridnixd/monitor. */
#ifndef GNX_MONITOR_PORTS_H
#define GNX_MONITOR_PORTS_H

#include "base/err.h"
#include "base/str.h"
#include "gridnixd/monitor/defined.h"

struct monitor;

/* Has the guard's sets made what xenstore's back ends say, which are first made what the
 * definitions of guests say that run. all: of all of them; else of none. */
int ports_rearm(struct monitor *m, bool all, struct gnx_err *err);
/* The same of one guest alone, whose definition has changed. What fails is said, and tried again.
 */
void ports_changed(struct monitor *m, const uint8_t uuid[GUEST_UUID]);
/* An operation on it has ended: what has changed meanwhile is done now. */
void ports_settle(struct monitor *m, const uint8_t uuid[GUEST_UUID]);

/* Adds what rearm prints of the interfaces that there are, line by line. */
int ports_tell(struct monitor *m, struct gnx_strv *lines, struct gnx_err *err);

#endif
