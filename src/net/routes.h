/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dom0 passes on between networks, and lets guests reach of itself: the table inet
 * gridnix_networks, as a text for nft, and whether the kernel still has what was loaded. For the
 * monitor, which runs nft.
 */
#ifndef GNX_NET_ROUTES_H
#define GNX_NET_ROUTES_H

#include "model/network.h"
#include "net/nl.h"

/* What of the packets that interfaces pass on is not guests', and was not passed on before. */
struct routes_opened {
	struct gnx_strv v4, v6; /* names of interfaces, sorted */
};

void routes_opened_done(struct routes_opened *o);

/* Begins a text that replaces the table by its rules, which are files in dir; routed: also by those
 * for networks that dom0 routes. */
void routes_begin(struct gnx_buf *out, const char *dir, bool routed);
/* Adds a network; routed: as above. Without it is to others as a private one. */
void routes_add(struct gnx_buf *out, const struct network *n, bool routed);
/* Adds what is not to be passed on. */
void routes_close(struct gnx_buf *out, const struct routes_opened *opened);
/* A text that takes the table away, whether it is there or not. */
void routes_none(struct gnx_buf *out);

/* The number of the last change of anybody's rules; n is of NETLINK_NETFILTER, so below. */
int routes_generation(struct nl *n, uint32_t *out, struct gnx_err *err);
/* A number that is another one when the table has changed, whoever did it; 0: it is not there. */
int routes_print(struct nl *n, uint64_t *out, struct gnx_err *err);

#endif
