/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses and default routes of all interfaces of Linux, by netlink, and whether it passes on
 * what comes in by one. For the monitor.
 */
#ifndef GNX_NET_INET_H
#define GNX_NET_INET_H

#include "model/inet.h"
#include "net/nl.h"

/* Each tells as long as tell returns 0; what else it returns is returned. Addresses that only the
 * host itself can reach are left out, and so are routes besides the main table's to routers and
 * interfaces. */
int inet_addresses(struct nl *n, int (*tell)(void *arg, const struct inet_address *a), void *arg,
	struct gnx_err *err);
int inet_routes(struct nl *n, int (*tell)(void *arg, const struct inet_route *r), void *arg,
	struct gnx_err *err);

/* The parts of these that take one message of the kernel's apart: 1: it tells an address; else 0.
 * And what tell returned; a route by several routers is told as several. */
int inet_take_address(const struct nlmsghdr *h, struct inet_address *out);
int inet_take_route(
	const struct nlmsghdr *h, int (*tell)(void *arg, const struct inet_route *r), void *arg);

#endif
