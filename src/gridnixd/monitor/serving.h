/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks that dom0 serves: a dnsmasq for each, which ends with the daemon, and is started again
 * when it ends. What it knows follows the definitions. Internal to gridnixd/monitor. */
#ifndef GNX_MONITOR_SERVING_H
#define GNX_MONITOR_SERVING_H

#include "base/str.h"
#include "gridnixd/monitor/degraded.h"
#include "model/network.h"

#include <sys/types.h>

struct monitor;
struct served; /* one of them: see serving.c */

/* All zero at first, but for the program. */
struct serving {
	const char *program; /* dnsmasq; borrowed */
	char *dir;	     /* of its files, made when it is needed */
	struct served **items;
	size_t len;
	bool stale;	 /* definitions have changed */
	int64_t next_ms; /* when that is looked at next */
	struct event *soon;
};

void serving_done(struct serving *s);

/* Networks, guests or their addresses have changed. */
void serving_news(struct monitor *m);
/* Sees to it. */
void serving_look(struct monitor *m);
/* Why a network is not served, "" when it is or need not be. Borrowed. */
const char *serving_words(const struct serving *s, const char *network);

#endif
