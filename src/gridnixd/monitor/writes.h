/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests that write to xenstore without end. No xenstored counts what a guest writes. So while it
 * is busy, the store is asked now and then to tell what is written, for a moment: a sample.
 * Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_WRITES_H
#define GNX_MONITOR_WRITES_H

#include "model/writes.h"

struct event;
struct monitor;

/* All zero at first. */
struct sampling {
	int64_t cpu_ms;	     /* that the store had had a processor, when that was asked for last */
	int64_t cpu_at_ms;   /* and when that was */
	struct event *event; /* a sample is being taken; NULL: none */
	int64_t began_ms;    /* it */
	struct writes now;   /* what it has so far */
	struct writes last;  /* the one before it; empty: the store was not busy then */
};

/* The part of a look that sees whether the store is busy. */
void writes_look(struct monitor *m);
void writes_end(struct monitor *m);

#endif
