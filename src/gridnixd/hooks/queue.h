/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deliveries that wait: a hook gets the events of one guest in their order, and those of different
 * guests side by side. No I/O. For gridnixd-hooks and its tests.
 */
#ifndef GNX_GRIDNIXD_HOOKS_QUEUE_H
#define GNX_GRIDNIXD_HOOKS_QUEUE_H

#include "model/hook.h"

#include <sys/queue.h>

/* One delivery. */
struct waiting {
	TAILQ_ENTRY(waiting) next;
	uint64_t seq;
	char hook[HOOK_NAME_MAX + 1];
	uint8_t uuid[GUEST_UUID];
	enum event_kind kind;
	uint32_t tries; /* that have failed */
	int64_t due_ms;
	bool first;   /* none of that hook and guest is in front of it */
	bool running; /* it is being delivered */
};

/* All of them, by number. queue_init() makes an empty one. */
struct queue {
	TAILQ_HEAD(, waiting) all;
	size_t len;
};

void queue_init(struct queue *q);
void queue_done(struct queue *q);

/* Adds what is to be delivered, unless it is there. */
void queue_add(struct queue *q, const struct delivery *d);
/* How many of a hook, NULL: of all, are being delivered. */
size_t queue_running(const struct queue *q, const char *hook);
/* Goes through those that may be delivered now, in order: the next one behind w, NULL: the first
 * one; or NULL. */
struct waiting *queue_next(const struct queue *q, const struct waiting *w, int64_t now_ms);
/* When the next of those is due that are not yet; -1: none. */
int64_t queue_due(const struct queue *q, int64_t now_ms);
/* It was delivered, or is given up: it is freed. */
void queue_drop(struct queue *q, struct waiting *w);
/* It has failed once more, and is tried again later. */
void queue_retry(struct waiting *w, int64_t now_ms);

#endif
