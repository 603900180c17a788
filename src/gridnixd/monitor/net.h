/* SPDX-License-Identifier: BSD-3-Clause */
/* How the host is on the network, as it is now. Internal to gridnixd/monitor. */
#ifndef GNX_MONITOR_NET_H
#define GNX_MONITOR_NET_H

#include "gridnixd/msg.h"

struct monitor;

/* Tells the host, and then its interfaces, each borrowed for the call. A simulated host has none.
 */
int net_tell(struct monitor *m, const struct msg_net_query *q,
	void (*tell)(void *arg, const struct msg_net *n), void *arg, struct gnx_err *err);

#endif
