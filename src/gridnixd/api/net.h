/* SPDX-License-Identifier: BSD-3-Clause */
/* The call that tells how dom0 is on the network. For the front. */
#ifndef GNX_GRIDNIXD_API_NET_H
#define GNX_GRIDNIXD_API_NET_H

#include "gridnixd/api/http.h"
#include "gridnixd/api/link.h"

/* Answers a client, now or later, through link, which is borrowed while there are clients. */
void net_tell(struct link *link, struct client *c);

#endif
