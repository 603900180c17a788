/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests' traffic: the guard's rules count it, here it is read and written down in the state. A
 * port's counters begin with its interface; what is booked is the difference to what was booked
 * before, and both are written in one transaction. So a daemon that is killed has lost nothing, as
 * long as the kernel has the counters. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_TRAFFIC_H
#define GNX_MONITOR_TRAFFIC_H

#include "base/err.h"
#include "gridnixd/msg.h"

#define TRAFFIC_ITEMS_MAX 10000 /* in one answer */

struct monitor;

struct metering {
	struct traffic_port *ports; /* by index */
	size_t len;
	int64_t read_ms, booked_ms; /* monitor_ms() of the last time */
	int64_t read_s;		    /* the same by the wall clock */
};

/* Takes in how far it was booked. */
int traffic_load(struct monitor *m, struct gnx_err *err);
/* The part of a look that reads and books, when it is time for that. */
void traffic_look(struct monitor *m);
/* Reads counters, and whose they are: before an armed port is forgotten. */
int traffic_read(struct monitor *m, struct gnx_err *err);
/* Books what was read. */
void traffic_done(struct monitor *m);

/* Whose a port is or was, borrowed until traffic is read; NULL: nobody's that is known. */
const struct traffic_port *traffic_port(struct monitor *m, unsigned int index);

/* Tells what was asked for; guest: a name or a UUID, or "": all. A UUID may be that of a guest that
 * nobody knows any more. -ENOENT, -EINVAL as monitor_subject(); -GNX_E_TOO_BIG: more than
 * TRAFFIC_ITEMS_MAX. */
int traffic_tell(struct monitor *m, const char *guest, struct traffic_query *q,
	void (*tell)(void *arg, const struct msg_traffic *t), void *arg, struct gnx_err *err);

#endif
