/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dnsmasq is told of a network that dom0 serves: its configuration, and its files of hosts.
 * Whom these don't name gets no answer. No I/O. For the monitor, which runs it.
 */
#ifndef GNX_NET_SERVED_H
#define GNX_NET_SERVED_H

#include "model/lease.h"

/* Adds the configuration. Its files are dir/NETWORK.dhcp and dir/NETWORK.hosts. */
void served_conf(const struct network *n, const char *dir, struct gnx_buf *out);

/* Adds a guest's address: to the hosts of DHCP, and to those of DNS. */
void served_host(const struct network *n, const struct lease *lease, const uint8_t mac[6],
	const char *guest, struct gnx_buf *dhcp, struct gnx_buf *hosts);

/* Whether all lines of one text are in another, in their order. Then dnsmasq reads it again; else
 * it would still hold an address for whom it was, and is started anew. */
bool served_grown(const char *before, const char *now);

#endif
