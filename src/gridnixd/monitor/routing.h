/* SPDX-License-Identifier: BSD-3-Clause */
/* What dom0 passes on for networks, as the monitor keeps it: its rules first, and then that it does
 * at all. Internal to gridnixd/monitor. */
#ifndef GNX_MONITOR_ROUTING_H
#define GNX_MONITOR_ROUTING_H

#include "net/routes.h"

#include <stdbool.h>

#define ROUTING_WORDS_MAX 159

struct monitor;

/* All zero at first, but for the directory. */
struct routing {
	const char *rules; /* directory of networks.nft and routed.nft; borrowed */
	const char *after; /* nothing is routed before this file is there; borrowed, or NULL */
	char *record;	   /* file with switches as they were: see net/forwarding.h */
	struct nl nl;	   /* of NETLINK_NETFILTER */
	bool loaded;	   /* what follows is of rules that were loaded */
	bool stale;	   /* they are not what networks are any more */
	struct routes_opened opened; /* what they know of interfaces */
	uint64_t print;
	uint32_t generation;
	int64_t next_ms;		   /* when it is looked at, unless they are stale */
	char words[ROUTING_WORDS_MAX + 1]; /* what does not work; "": it does */
};

void routing_done(struct routing *r);

/* Networks have changed: they are loaded anew at the next look. */
void routing_news(struct monitor *m);
/* Sees to it. Whether the words have changed. */
bool routing_look(struct monitor *m);

#endif
