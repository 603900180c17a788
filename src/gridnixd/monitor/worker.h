/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers: root's processes that do one slow thing by libxl and end. One is kept waiting, so that
 * what it takes to connect to Xen is done before it is wanted. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_WORKER_H
#define GNX_MONITOR_WORKER_H

#include "gridnixd/msg.h"

#include <event2/event.h>
#include <sys/types.h>

struct worker;

/* The workers of one monitor. */
struct workers {
	struct event_base *base;
	const char *path; /* of the executable, borrowed; NULL: there are none */
	char *lock;	  /* a file that each holds a shared lock on */
	int left;	  /* the file that those of an earlier monitor hold; -1: they have ended */
	struct worker *spare;
	struct event *refill;
};

/* What a worker said. Each of them is called at most once, end last; arg is the caller's. */
struct worker_events {
	/* The number of the domain that it makes; may not come at all. */
	void (*domain)(void *arg, int domid);
	/* It is done, and has ended: 0, or a negative code with words. -GNX_E_CHILD: it died, and
	 * nobody knows how far it got. */
	void (*end)(void *arg, int code, const char *words);
	void *arg;
};

/* dir: where the lock is kept. w is for workers_done() also when this fails. */
int workers_init(struct workers *w, struct event_base *base, const char *path, const char *dir,
	struct gnx_err *err);
void workers_done(struct workers *w);

/* Has one started soon, to be kept waiting. */
void workers_refill(struct workers *w);

/* Gives work to a worker: *out, for worker_forget(). end is called later, never from here. file:
 * what a guest is saved to or restored from, borrowed; or -1. */
int worker_start(struct workers *w, const struct msg_work *work, int file,
	const struct worker_events *events, struct worker **out, struct gnx_err *err);

/* The caller does not want to know any more: the worker goes on, and nobody hears of it. */
void worker_forget(struct worker **w);

/* Whether a worker of the last monitor is still at work. */
bool workers_left(struct workers *w);

#endif
