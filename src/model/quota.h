/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a guest has of xenstore, and what follows when it has too much: a ladder of answers, taken
 * step by step. No I/O, no pointers kept. For the monitor, the rooms that are hosts, and tests.
 */
#ifndef GNX_MODEL_QUOTA_H
#define GNX_MODEL_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUOTA_NONE UINT64_MAX /* a number that is not known */

/* One for each line of quota.def. */
enum quota_limit {
#define X(id, name) QUOTA_##id,
#include "model/quota.def"
#undef X
	QUOTA_COUNT
};

/* What a guest has, or QUOTA_NONE. */
struct quota {
	uint64_t used[QUOTA_COUNT]; /* by limit */
	uint64_t max[QUOTA_COUNT];  /* and how much it may have */
};

/* Nothing is known. */
void quota_init(struct quota *q);
/* The word for a limit in events, static. */
const char *quota_word(enum quota_limit limit);
/* What xenstored calls it, static; "": it has no such limit. */
const char *quota_name(enum quota_limit limit);

/* The ladder, from the bottom. */
enum quota_answer {
	QUOTA_event,   /* it is told, and no more */
	QUOTA_tighten, /* the guest's limit is lowered */
	QUOTA_pause,
	QUOTA_destroy,
	QUOTA_ANSWER_COUNT
};

/* The word for an answer, static. */
const char *quota_answer_name(enum quota_answer answer);
/* The answer of that word, or -EINVAL. */
int quota_answer_by_name(const char *name);

/* How near a guest is to a limit. */
enum quota_level { QUOTA_below, QUOTA_soft, QUOTA_hard };

/* What a guest did has ended when it has been below three quarters of where that is told for so
 * many times the patience. Whoever goes up and down is told of no more often. */
#define QUOTA_QUIET 6

/* What is known of a guest that is, or was, near a limit. All zero: it is not. */
struct quota_watch {
	enum quota_level levels[QUOTA_COUNT]; /* of each limit, as it was told */
	int64_t quiet_ms[QUOTA_COUNT];	      /* since when it is well below; 0: it is not */
	enum quota_answer answer;	      /* the rung that was taken last */
	int64_t answer_ms;		      /* and when; 0: none was */
};

/* What is to be done. */
struct quota_rules {
	uint32_t soft;		/* percent of a limit; 0: never */
	uint32_t hard;		/* so is this */
	enum quota_answer upto; /* the last rung of the ladder */
	int64_t patience_ms;	/* between two rungs */
	bool wait;		/* no rung is taken now */
};

/* What has become of it. */
struct quota_news {
	enum quota_limit limit;	  /* of what */
	enum quota_level level;	  /* below: it has ended */
	enum quota_answer answer; /* what is done about it */
	unsigned skipped;	  /* bits: rungs that could not be taken */
	uint64_t used;		  /* what it has */
	uint64_t max;		  /* of how much */
};

/* Who hears of it. */
struct quota_sink {
	/* Something is told. */
	void (*tell)(void *arg, const struct quota_news *news);
	/* A rung is to be taken, because of a limit, which is max: whether that can be done. */
	bool (*act)(void *arg, enum quota_answer answer, enum quota_limit limit, uint64_t max);
	void *arg; /* the first argument of both */
};

/*
 * Takes in what a guest has at now_ms. Each level of each limit is told once, going up, until it
 * has ended. Whoever has been told at hard is answered by the next rung when it is at hard again,
 * or still, at the end of the patience; a rung that can't be taken is skipped.
 */
void quota_take(struct quota_watch *w, const struct quota *q, const struct quota_rules *rules,
	int64_t now_ms, const struct quota_sink *sink);

/* Whether there is anything to remember of the guest. */
bool quota_watched(const struct quota_watch *w);

#endif
