/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorting what is nearly in order: see sort.h. */
#include "base/sort.h"

#include "base/clean.h"
#include "base/str.h"

#include <string.h>

/* An array, and what was taken out of it. */
struct sorting {
	char *base, *out;
	size_t kept, taken, size;
	int (*cmp)(const void *a, const void *b);
};

static char *at(const struct sorting *s, size_t i)
{
	return s->base + i * s->size;
}

static void move(const struct sorting *s, char *to, const char *from)
{
	if (to != from)
		memcpy(to, from, s->size);
}

/* Keeps the next element where it is in order. If not, it is out of place, or the one before is:
 * this is taken out when the order goes on without it. */
static void take(struct sorting *s, const char *next)
{
	char *last = at(s, s->kept - 1);
	bool goes_on = s->kept < 2 || s->cmp(at(s, s->kept - 2), next) <= 0;

	if (s->cmp(last, next) <= 0) {
		move(s, at(s, s->kept++), next);
		return;
	}
	move(s, s->out + s->taken++ * s->size, goes_on ? last : next);
	if (goes_on)
		move(s, last, next);
}

/* Puts what was taken out, and is in order now, where it belongs, from the end on. */
static void merge(struct sorting *s)
{
	while (s->taken) {
		char *to = at(s, s->kept + s->taken - 1), *last = s->out + (s->taken - 1) * s->size;
		bool kept = s->kept && s->cmp(at(s, s->kept - 1), last) > 0;

		move(s, to, kept ? at(s, s->kept - 1) : last);
		s->kept -= kept;
		s->taken -= !kept;
	}
}

void gnx_resort(void *base, size_t n, size_t size, int (*cmp)(const void *a, const void *b))
{
	GNX_CLEAN(gnx_free)
	char *out = NULL;
	struct sorting s = {.base = base, .kept = 1, .size = size, .cmp = cmp};

	while (s.kept < n && cmp(at(&s, s.kept - 1), at(&s, s.kept)) <= 0)
		s.kept++;
	if (s.kept >= n)
		return;
	s.out = out = gnx_alloc(n * size);
	for (size_t i = s.kept; i < n; i++)
		take(&s, at(&s, i));
	qsort(out, s.taken, size, cmp);
	merge(&s);
}
