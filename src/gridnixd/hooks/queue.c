/* SPDX-License-Identifier: BSD-3-Clause */
/* Deliveries that wait: see queue.h. */
#include "gridnixd/hooks/queue.h"

#include "base/clean.h"
#include "base/str.h"

#include <string.h>

void queue_init(struct queue *q)
{
	TAILQ_INIT(&q->all);
	q->len = 0;
}

void queue_done(struct queue *q)
{
	struct waiting *w;

	while ((w = TAILQ_FIRST(&q->all))) {
		TAILQ_REMOVE(&q->all, w, next);
		free(w);
	}
	q->len = 0;
}

/* Whether one must wait for the other. */
static bool same_row(const struct waiting *a, const struct waiting *b)
{
	return !memcmp(a->uuid, b->uuid, GUEST_UUID) && !strcmp(a->hook, b->hook);
}

void queue_add(struct queue *q, const struct delivery *d)
{
	struct waiting *new = gnx_alloc(sizeof(*new)), *w, *behind = NULL;

	*new = (struct waiting){.seq = d->seq, .kind = d->kind, .tries = d->tries, .first = true};
	memcpy(new->hook, d->hook, sizeof(new->hook));
	memcpy(new->uuid, d->uuid, sizeof(new->uuid));
	TAILQ_FOREACH(w, &q->all, next) {
		if (w->seq <= new->seq)
			behind = w;
		if (!same_row(w, new))
			continue;
		if (w->seq == new->seq) {
			free(new);
			return;
		}
		/* One that was given up and comes back goes in front of what has not begun. */
		if (w->seq < new->seq || w->running)
			new->first = false;
		else
			w->first = false;
	}
	if (behind)
		TAILQ_INSERT_AFTER(&q->all, behind, new, next);
	else
		TAILQ_INSERT_HEAD(&q->all, new, next);
	q->len++;
}

size_t queue_running(const struct queue *q, const char *hook)
{
	const struct waiting *w;
	size_t n = 0;

	TAILQ_FOREACH(w, &q->all, next)
		n += w->running && (!hook || !strcmp(w->hook, hook));
	return n;
}

struct waiting *queue_next(const struct queue *q, const struct waiting *w, int64_t now_ms)
{
	struct waiting *next = w ? TAILQ_NEXT(w, next) : TAILQ_FIRST(&q->all);

	while (next && !(next->first && !next->running && next->due_ms <= now_ms))
		next = TAILQ_NEXT(next, next);
	return next;
}

int64_t queue_due(const struct queue *q, int64_t now_ms)
{
	const struct waiting *w;
	int64_t due = -1;

	TAILQ_FOREACH(w, &q->all, next)
		if (w->first && !w->running && w->due_ms > now_ms && (due < 0 || w->due_ms < due))
			due = w->due_ms;
	return due;
}

void queue_drop(struct queue *q, struct waiting *gone)
{
	struct waiting *w;

	TAILQ_REMOVE(&q->all, gone, next);
	q->len--;
	TAILQ_FOREACH(w, &q->all, next) {
		if (!same_row(w, gone))
			continue;
		w->first = true;
		break;
	}
	free(gone);
}

void queue_retry(struct waiting *w, int64_t now_ms)
{
	w->running = false;
	w->due_ms = now_ms + delivery_delay_ms(++w->tries);
}
