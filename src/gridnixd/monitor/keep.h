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

/* A guest that is to be started because the host was booted. */
struct keep_entry {
	uint8_t uuid[GUEST_UUID];
	uint32_t order;
	unsigned failures;
	int64_t retry_ms; /* not before */
	bool started;	  /* is waited for */
	bool done;	  /* it runs, or was given up */
};

/* Those guests, by order: the ones of one order at once, then the next. All zero: none. */
struct keep_queue {
	struct keep_entry *entries;
	size_t len, at;	 /* those in front of at are done */
	uint32_t order;	 /* of those that are being started */
	int64_t next_ms; /* the next order not before */
};

/* The host was booted: those with autostart are to be started, in their order. */
void keep_boot(struct monitor *m);
/* After each look. */
void keep_looked(struct monitor *m);
/* An operation on a guest has ended; failed: 0 or its code. */
void keep_ended(struct monitor *m, const uint8_t uuid[GUEST_UUID], enum verb verb, int failed);

#endif
