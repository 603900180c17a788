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

#include <stdbool.h>

/* An address or a network that was taken from a port. Others on another bridge may have the same:
 * with its index, only what is of this one is forgotten. */
struct forget_lost {
	struct address address;
	unsigned int bridge; /* 0: not known, on all of them */
	bool apart;	     /* dom0 has no part in it */
};

/* Has them forgotten. Neighbours that somebody has entered for good
 * stay. A kernel that follows no connections has nothing to forget of them. 1: it follows some, and
 * does not tell of them without its module nf_conntrack_netlink: they go on. */
int forget(const struct forget_lost *lost, size_t n, struct gnx_err *err);

#endif
