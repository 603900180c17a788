/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keeping guests as their definitions say: which are started at boot, and what follows when one has
 * stopped by itself. It acts on what a look found, never on an event: so a restart of the daemon
 * loses nothing. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_KEEP_H
#define GNX_MONITOR_KEEP_H

#include "model/operation.h"

struct monitor;

/* Guests that are to be started, one after the other; all zero: none. */
struct keep_queue {
	uint8_t (*uuids)[GUEST_UUID];
	size_t len, at;
	unsigned failures; /* of the one at `at` */
	int64_t next_ms;   /* not before */
	bool started;	   /* the one at `at` was, and is waited for */
};

/* The host was booted: those with autostart are to be started, in their order. */
void keep_boot(struct monitor *m);
/* After each look. */
void keep_looked(struct monitor *m);
/* An operation on a guest has ended; failed: 0 or its code. */
void keep_ended(struct monitor *m, const uint8_t uuid[GUEST_UUID], enum verb verb, int failed);

#endif
