/* SPDX-License-Identifier: BSD-3-Clause */
/* Who writes how much to xenstore: see writes.h. */
#include "model/writes.h"

#include "base/clean.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define DOMAINS	    "/local/domain/"
#define DOMIDS	    32752 /* as many as Xen can number */
#define DIGITS	    5	  /* of the last one */
#define IN_A_SECOND 1000

void writes_done(struct writes *w)
{
	free(w->items);
	free(w->places);
	*w = (struct writes){0};
}

/* The domain in whose directory a path is; 0: no guest's. */
static int domid_of(const char *path)
{
	const char *at = path + strlen(DOMAINS);
	int domid = 0;

	if (!gnx_starts(path, DOMAINS))
		return 0;
	for (int i = 0; i < DIGITS && isdigit((unsigned char)*at); i++)
		domid = domid * 10 + *at++ - '0';
	return (*at == '/' || !*at) && domid < DOMIDS ? domid : 0;
}

/* A node's name has no other characters, unless the store lets more pass: in events it is JSON. */
static void keep_path(char out[WRITES_PATH_MAX + 1], const char *path)
{
	size_t n = 0;

	for (; n < WRITES_PATH_MAX && path[n]; n++)
		out[n] = isalnum((unsigned char)path[n]) || strchr("-/_@", path[n]) ? path[n] : '?';
	out[n] = '\0';
}

static struct writes_guest *guest_of(struct writes *w, int domid)
{
	if (!w->places)
		w->places = gnx_alloc(DOMIDS * sizeof(*w->places));
	if (!w->places[domid]) {
		w->items = gnx_room(w->items, w->len, sizeof(*w->items));
		w->items[w->len++] = (struct writes_guest){.domid = domid};
		w->places[domid] = (uint16_t)w->len;
	}
	return &w->items[w->places[domid] - 1];
}

/* One path is kept of each: another one takes its place when it has been written as often as all
 * others since. So whatever makes up more than half of them is left. */
void writes_take(struct writes *w, const char *path)
{
	char kept[WRITES_PATH_MAX + 1];
	int domid = domid_of(path);
	struct writes_guest *g;

	if (w->total >= WRITES_MAX)
		return;
	w->total++;
	if (!domid)
		return;
	g = guest_of(w, domid);
	g->count++;
	keep_path(kept, path);
	if (!g->lead)
		strcpy(g->path, kept);
	if (!strcmp(g->path, kept))
		g->lead++;
	else
		g->lead--;
}

const struct writes_guest *writes_of(const struct writes *w, int domid)
{
	return w->places && w->places[domid] ? &w->items[w->places[domid] - 1] : NULL;
}

uint64_t writes_rate(const struct writes *w, int domid)
{
	const struct writes_guest *g = writes_of(w, domid);

	return g && w->took_ms > 0 ? g->count * (uint64_t)IN_A_SECOND / (uint64_t)w->took_ms : 0;
}
