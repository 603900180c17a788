/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is wrong with the host: told when it begins and when it ends, and known to clients
 * meanwhile. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_DEGRADED_H
#define GNX_MONITOR_DEGRADED_H

#include "model/degraded.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct monitor;

/* How often a process of ours has ended soon after it began. */
struct restarts {
	int64_t began_ms; /* the last time; 0: there is none */
	unsigned soon;	  /* one after the other */
};

/* All zero at first. */
struct faults {
	char words[DEGRADED_COUNT][DEGRADED_WORDS_MAX + 1]; /* "": that is well */
	struct timespec boot_seen;			    /* when the boot's words were written */
	int64_t silent_ms; /* since when the store does not answer; 0: it does */
};

/* That is wrong, for a reason that text has words for; or, without any, is well. */
void degraded_set(struct monitor *m, enum degraded what, const char *text);
/* The store has answered, or has not. */
void degraded_store(struct monitor *m, bool answers);
/* A process has ended. */
void degraded_ended(struct monitor *m, struct restarts *r, const char *name);

/* The part of a look that is at what the boot has said, and at our processes. */
void degraded_look(struct monitor *m);

#endif
