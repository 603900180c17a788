/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests' traffic: what is counted of it, how counters that begin anew add up, and the spans of
 * time, in UTC, that it is kept by. The table traffic.def has the kinds. No I/O. For the daemon's
 * processes, the state and the command line.
 */
#ifndef GNX_MODEL_TRAFFIC_H
#define GNX_MODEL_TRAFFIC_H

#include "model/guest.h"

/* One for each line of traffic.def. */
enum traffic_kind {
#define X(id, direction, family, peer, doc) TRAFFIC_##id,
#include "model/traffic.def"
#undef X
	TRAFFIC_COUNT
};

/* What the table says of a kind. Static strings. */
struct traffic_words {
	const char *name;      /* in the API, and of the set */
	const char *direction; /* "in", "out" */
	const char *family;    /* "ipv4", "ipv6", "other" */
	const char *peer;      /* "inside", "outside" */
};

/* The table, by kind. */
extern const struct traffic_words traffic_kinds[TRAFFIC_COUNT];

/* A counter. */
struct traffic_count {
	uint64_t bytes;	  /* without those of Ethernet's header */
	uint64_t packets; /* as dom0 handles them: several in one, where it does so */
};

/* Counters, by kind. */
struct traffic {
	struct traffic_count kinds[TRAFFIC_COUNT]; /* by kind */
};

/* Makes now what was seen of a counter, and adds to grown what has come since then: all of it when
 * the counter has begun anew. */
void traffic_grow(
	struct traffic_count *seen, const struct traffic_count *now, struct traffic_count *grown);
/* Whether there is none. */
bool traffic_none(const struct traffic *t);
/* Bytes to and from the outside. */
uint64_t traffic_outside(const struct traffic *t);

/* Spans of time, the shortest first; the numbers are in the state. */
enum traffic_span {
	TRAFFIC_hour,
	TRAFFIC_day,
	TRAFFIC_month,
	TRAFFIC_ever, /* begins in 1970 */
	TRAFFIC_SPANS
};

/* The name of a span, static, and back: hours, days and months alone, or -EINVAL. */
const char *traffic_span_name(enum traffic_span span);
int traffic_span_by_name(const char *name); /* as above */
/* When the span began that a time is in, both in seconds since 1970, UTC. */
int64_t traffic_span_start(enum traffic_span span, int64_t time);
/* Spans that began before that are kept no longer. */
int64_t traffic_span_oldest(enum traffic_span span, int64_t time);

/* A guest's interface in dom0, as it is counted and booked. */
struct traffic_port {
	unsigned int index;	  /* of dom0's interface, which no other gets */
	uint8_t uuid[GUEST_UUID]; /* all zero: nobody's that is known */
	unsigned int vif;	  /* number of the guest's interface */
	struct traffic seen;	  /* its counters, as they were seen last */
	struct traffic grown;	  /* what of that is not in the ledger yet */
	bool dropped;		  /* nobody counts it any more */
	/* Not remembered: */
	char name[16];			/* of dom0's interface */
	char guest[GUEST_NAME_MAX + 1]; /* the guest's name, "": not known */
	bool gone;			/* before it was read last */
	uint32_t counted;		/* a bit of 1 << TRAFFIC_... for each kind */
};

/* Whether it is known whose it is. */
bool traffic_owned(const struct traffic_port *p);

/* What passed in a span of time. */
struct traffic_item {
	enum traffic_span span;	  /* how long */
	int64_t since;		  /* it began then */
	uint8_t uuid[GUEST_UUID]; /* of the guest */
	unsigned int vif;	  /* number of its interface */
	struct traffic traffic;	  /* all of it */
};

/* What is asked of the ledger. */
struct traffic_query {
	enum traffic_span span;	  /* by these */
	int64_t from;		  /* those that begin then or later */
	int64_t until;		  /* and before that */
	bool one;		  /* guest, or else all */
	uint8_t uuid[GUEST_UUID]; /* that one's */
};

/* Takes "2026-11", "2026-11-26" or "2026-11-26T15", with ":00:00Z" behind it or without, as the
 * first second of it; end_out, unless NULL: as the first one behind it. NULL, or what is wrong,
 * static. */
const char *traffic_time(const char *text, int64_t *out, int64_t *end_out);

#define TRAFFIC_TIME_MAX  INT64_C(253402300799) /* the last second that RFC 3339 can write */
#define TRAFFIC_TIME_TEXT 32			/* bytes of a time as text, with the NUL */

/* "2026-11-26T15:00:00Z" */
void traffic_time_text(int64_t time, char out[TRAFFIC_TIME_TEXT]);

#define TRAFFIC_RATE_MAX    100000000000 /* bits in a second: what the kernel can count */
#define TRAFFIC_AMOUNT_TEXT 24		 /* bytes of an amount as text, with the NUL */

/* Takes an amount of bytes, or of bits in a second: "500G", of 1000 by 1000 by 1000, at most max.
 * NULL, or what is wrong, static. */
const char *traffic_amount(const char *text, uint64_t max, uint64_t *out);
/* And back, with the largest unit that fits; "" for 0. */
void traffic_amount_text(uint64_t amount, char out[TRAFFIC_AMOUNT_TEXT]);

/* The percentage of a quota that is to be told now, 80 or 100, when told was told last; 0: nothing
 * is. A quota of 0 is none. */
unsigned traffic_quota(uint64_t used, uint64_t quota, unsigned told);

#endif
