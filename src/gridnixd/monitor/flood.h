/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests that have much of xenstore: whom a look asks for, and what is known of those that were
 * told. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_FLOOD_H
#define GNX_MONITOR_FLOOD_H

#include "model/guest.h"
#include "model/quota.h"

#define FLOOD_ROUND 64 /* questions at a look: one half for those that have much */

struct monitor;

/* A guest that is, or was, near a limit. */
struct flood {
	uint8_t uuid[GUEST_UUID];
	uint64_t incarnation;
	struct quota_watch watch;
};

/* Whom the store was asked for. */
struct flood_round {
	int domids[FLOOD_ROUND];
	uint8_t uuids[FLOOD_ROUND][GUEST_UUID];
	size_t len;
};

/* All zero at first. */
struct floods {
	struct flood *items;
	size_t len;
	size_t turn, guest_turn; /* of items, and of all guests: who is next */
	struct flood_round asked;
	int64_t last_ms; /* when that was */
};

/* The part of a look that is at what guests have of xenstore, and answers them. */
void flood_look(struct monitor *m);
/* Takes in what a guest has, or does, as far as it is known, and answers that. path: what it writes
 * to, of plain characters; or NULL. */
void flood_judge(struct monitor *m, const struct guest *g, const struct quota *q, const char *path);
/* An operation that nobody asked for has ended, which may be an answer: the patience with the guest
 * begins. Those that somebody asks for do not put answers off. */
void flood_ended(struct monitor *m, const uint8_t uuid[GUEST_UUID]);
void floods_done(struct floods *f);

#endif
