/* SPDX-License-Identifier: BSD-3-Clause */
/* The guard, as the monitor keeps it: its rules are there when a bridge is Gridnix', they are put
 * back when somebody else changes them, and what they stop is told. */
#ifndef GNX_MONITOR_GUARD_H
#define GNX_MONITOR_GUARD_H

#include "gridnixd/msg.h"

#include <stdbool.h>
#include <stdint.h>

struct monitor;

/* What was stopped of a port. */
struct guard_stop {
	unsigned int index; /* of the port's interface */
	const char *word;   /* why; static */
	uint64_t told;	    /* frames, so far */
	int64_t told_ms;    /* when */
	bool gone;	    /* it is to be forgotten */
};

/* What rearm does beside the loop. */
enum ports_job { PORTS_tell, PORTS_only, PORTS_all, PORTS_load };

/* What the front's question waits for that is answered later. */
enum ports_waiter {
	PORTS_WAITER_none,
	PORTS_WAITER_turn,   /* until rearm is free */
	PORTS_WAITER_told,   /* for what it tells */
	PORTS_WAITER_loaded, /* for what comes of the load that is under way */
	PORTS_WAITER_armed   /* until bridges are watched, and guests may do what definitions say */
};

struct guarding {
	const char *rearm;	 /* the program; borrowed */
	struct program *program; /* as it runs beside the loop, or NULL */
	enum ports_job job;	 /* what it does */
	bool due;		 /* it is to do PORTS_all */
	enum ports_waiter waiter;
	uint32_t question;
	struct msg_guard asked; /* of ports */
	struct guard *guard;	/* NULL: nothing is guarded here */
	struct guard_ears *ears;
	struct event *heard;
	struct gnx_strv bridges; /* that the rules are to watch */
	struct guarded *taken;	 /* those of them that others have made, or will */
	size_t taken_len;
	bool failed;  /* they may not */
	bool changed; /* somebody else has changed them since they were loaded last, or meanwhile */
	bool broken;  /* somebody else has changed them, and they were not put right since */
	bool left;    /* an interface has come or gone, and the sets are not as they should be */
	bool loading; /* the rules are there, and rearm is to end before the bridges are watched */
	bool again;   /* others may have come or gone meanwhile */
	struct gnx_err load;		     /* what has failed of that */
	char enabling[NETWORK_LINK_MAX + 1]; /* the bridge that guard enable waits for; "": none */
	struct guarded before; /* as it is again when that fails; without a name: not guarded */
	struct guard_stop *stops;
	size_t stops_len;
	int64_t next_ms; /* when they are looked for next, and what has left */
	int64_t read_ms; /* when what was stopped was read */
};

/* rearm: that program. What fails is said, and tried again. */
void guarding_begin(struct monitor *m, const char *rearm);
/* Has nft load a text into the guard's table, in one transaction, if anything is guarded: else it
 * comes there once that is so. -GNX_E_CHILD: nft does not take it. */
int guarding_load(struct monitor *m, const struct gnx_buf *text, struct gnx_err *err);
void guarding_look(struct monitor *m);
/* A bridge of ours may have come or gone. */
void guarding_bridges(struct monitor *m);
/* The same, for somebody who waits for that; 1: it takes until m->guarding.loading ends. */
int guarding_take(struct monitor *m, struct gnx_err *err);
/* rearm has ended, which a load waits for, with a code and its words. Whether all went well. */
int guarding_armed(struct monitor *m, int code, const char *words, struct gnx_err *err);
/* The same at once, when one is ours no more, which is open before its ports are disarmed, or has
 * other uplinks. No load is under way. */
int guarding_sync(struct monitor *m, struct gnx_err *err);
/* What does not work, "": all does; that is told, and tried again. */
void guarding_failed(struct monitor *m, const char *words);
void guarding_done(struct monitor *m);

#endif
