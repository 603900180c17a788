/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dom0's kernel remembers of addresses that have been taken from a port: where they are on
 * Gridnix' bridges, and connections of theirs. Whoever has them next is not taken for who had them
 * before. For this room. The hardware address is learned by a bridge with its port, and goes with
 * it.
 */
#ifndef GNX_NET_FORGET_H
#define GNX_NET_FORGET_H

#include "base/err.h"
#include "model/address.h"

/* Has it forgotten. lost: addresses and networks. Neighbours that somebody has entered for good
 * stay. A kernel that follows no connections has nothing to forget of them. 1: it follows some, and
 * does not tell of them without its module nf_conntrack_netlink: they go on. */
int forget(const struct address *lost, size_t n, struct gnx_err *err);

#endif
