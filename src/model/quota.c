/* SPDX-License-Identifier: BSD-3-Clause */
/* What guests have of xenstore: see quota.h. */
#include "model/quota.h"

#include "base/clean.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *word, *name;
} limits[] = {
#define X(id, name) {#id, name},
#include "model/quota.def"
#undef X
};

static const char *const answers[] = {
	[QUOTA_event] = "event",
	[QUOTA_tighten] = "quota",
	[QUOTA_pause] = "pause",
	[QUOTA_destroy] = "destroy",
};

void quota_init(struct quota *q)
{
	for (size_t i = 0; i < QUOTA_COUNT; i++)
		q->used[i] = q->max[i] = QUOTA_NONE;
}

const char *quota_word(enum quota_limit limit)
{
	assert(limit < QUOTA_COUNT);
	return limits[limit].word;
}

const char *quota_name(enum quota_limit limit)
{
	assert(limit < QUOTA_COUNT);
	return limits[limit].name;
}

const char *quota_answer_name(enum quota_answer answer)
{
	assert(answer < QUOTA_ANSWER_COUNT);
	return answers[answer];
}

int quota_answer_by_name(const char *name)
{
	for (size_t i = 0; i < GNX_LEN(answers); i++)
		if (!strcmp(answers[i], name))
			return (int)i;
	return -EINVAL;
}

/* Whether used is at least so many hundredths of a percent of max: no product overflows. */
static bool reaches(uint64_t used, uint64_t max, uint32_t parts)
{
	return max && (used >= max || (double)used * 10000 >= (double)max * parts);
}

static enum quota_level level_of(const struct quota_news *n, const struct quota_rules *rules)
{
	if (rules->hard && reaches(n->used, n->max, rules->hard * 100))
		return QUOTA_hard;
	return rules->soft && reaches(n->used, n->max, rules->soft * 100) ? QUOTA_soft
									  : QUOTA_below;
}

/* Whether it is so little that what was told may end. */
static bool is_quiet(const struct quota_news *n, const struct quota_rules *rules)
{
	return !reaches(n->used, n->max, (rules->soft ? rules->soft : rules->hard) * 75);
}

/* The next rung that can be taken; the last one that was looked at counts as taken in any case. */
static void climb(struct quota_watch *w, struct quota_news *n, const struct quota_rules *rules,
	int64_t now_ms, const struct quota_sink *sink)
{
	n->answer = QUOTA_event;
	while (w->answer < rules->upto && n->answer == QUOTA_event) {
		w->answer++;
		if (sink->act(sink->arg, w->answer, n->limit, n->max))
			n->answer = w->answer;
		else
			n->skipped |= 1u << w->answer;
	}
	w->answer_ms = now_ms;
	sink->tell(sink->arg, n);
}

static void take_limit(struct quota_watch *w, struct quota_news *n, const struct quota_rules *rules,
	int64_t now_ms, const struct quota_sink *sink)
{
	enum quota_level *level = &w->levels[n->limit];
	int64_t *quiet_ms = &w->quiet_ms[n->limit];

	n->level = level_of(n, rules);
	if (!*level || !is_quiet(n, rules))
		*quiet_ms = 0;
	else if (!*quiet_ms)
		*quiet_ms = now_ms;
	if (n->level > *level) {
		*level = n->level;
		if (n->level == QUOTA_hard && !w->answer_ms)
			w->answer_ms = now_ms;
		sink->tell(sink->arg, n);
	} else if (n->level == QUOTA_hard && w->answer < rules->upto && !rules->wait &&
		now_ms - w->answer_ms >= rules->patience_ms) {
		climb(w, n, rules, now_ms, sink);
	} else if (*quiet_ms && now_ms - *quiet_ms >= QUOTA_QUIET * rules->patience_ms) {
		*level = QUOTA_below;
		sink->tell(sink->arg, n);
	}
}

void quota_take(struct quota_watch *w, const struct quota *q, const struct quota_rules *rules,
	int64_t now_ms, const struct quota_sink *sink)
{
	for (size_t i = 0; i < QUOTA_COUNT; i++) {
		struct quota_news n = {
			.limit = (enum quota_limit)i, .used = q->used[i], .max = q->max[i]};

		if (n.used != QUOTA_NONE && n.max != QUOTA_NONE)
			take_limit(w, &n, rules, now_ms, sink);
	}
	if (!quota_watched(w))
		*w = (struct quota_watch){0};
}

bool quota_watched(const struct quota_watch *w)
{
	for (size_t i = 0; i < QUOTA_COUNT; i++)
		if (w->levels[i])
			return true;
	return false;
}
