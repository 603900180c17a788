/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bridges of networks in dom0. They, and the VLANs on them, bear the alias "gridnix:NETWORK",
 * by which they are known as ours; what does not is never touched. For the monitor.
 */
#ifndef GNX_NET_BRIDGE_H
#define GNX_NET_BRIDGE_H

#include "model/network.h"
#include "net/nl.h"

/* Sees to it that the network's bridge is there, and as the network says. A new one gets its name
 * when it is complete, and nothing of it stays when it can't be made. -EEXIST: there is an
 * interface of that name which is not ours; -EBUSY: the uplink is in use; -GNX_E_STATE: there is
 * none, it can't be a port, or its MTU is less. */
int bridge_make(struct nl *nl, const struct network *n, struct gnx_err *err);

/* Whether there is one of its name that is this network's: 1, or 0. */
int bridge_there(struct nl *nl, const struct network *n, struct gnx_err *err);

/* The index of its port that is no guest's: the uplink, or the VLAN on it; 0: there is none. */
unsigned int bridge_uplink(const struct network *n);

/* Removes it, if it is there and ours. -EBUSY: something else than the uplink is on it, or dom0. */
int bridge_remove(struct nl *nl, const struct network *n, struct gnx_err *err);

#endif
