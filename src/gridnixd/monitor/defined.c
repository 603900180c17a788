/* SPDX-License-Identifier: BSD-3-Clause */
/* The list of guests that have a definition: see defined.h. */
#include "gridnixd/monitor/defined.h"

#include "base/clean.h"
#include "base/str.h"

#include <string.h>

void defined_done(struct defined_list *l)
{
	free(l->items);
	*l = (struct defined_list){0};
}

/* Where a UUID is, or would be. */
static size_t place(const struct defined_list *l, const uint8_t uuid[GUEST_UUID])
{
	size_t low = 0, high = l->len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (memcmp(l->items[middle].uuid, uuid, GUEST_UUID) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct defined *defined_by_uuid(const struct defined_list *l, const uint8_t uuid[GUEST_UUID])
{
	size_t at = place(l, uuid);

	return at < l->len && !memcmp(l->items[at].uuid, uuid, GUEST_UUID) ? &l->items[at] : NULL;
}

struct defined *defined_by_name(const struct defined_list *l, const char *name)
{
	for (size_t i = 0; i < l->len; i++)
		if (!strcmp(l->items[i].name, name))
			return &l->items[i];
	return NULL;
}

void defined_put(struct defined_list *l, const struct definition *d, enum state_want want)
{
	struct defined *g = defined_by_uuid(l, d->uuid);

	if (!g) {
		size_t at = place(l, d->uuid);

		l->items = gnx_room(l->items, l->len, sizeof(*g));
		g = &l->items[at];
		memmove(g + 1, g, (l->len++ - at) * sizeof(*g));
		*g = (struct defined){.want = want};
		memcpy(g->uuid, d->uuid, GUEST_UUID);
	}
	memcpy(g->name, d->name, sizeof(g->name));
	g->memory_kib = d->memory_kib;
	g->vcpus = d->vcpus;
	g->order = d->order;
	g->delay_s = d->delay_s;
	g->patience_s = d->patience_s;
	g->autostart = d->autostart;
	g->on_poweroff = d->on_poweroff;
	g->on_reboot = d->on_reboot;
	g->on_crash = d->on_crash;
	g->traffic_bytes = d->traffic_bytes;
}

void defined_drop(struct defined_list *l, const uint8_t uuid[GUEST_UUID])
{
	struct defined *g = defined_by_uuid(l, uuid);

	if (!g)
		return;
	l->len--;
	memmove(g, g + 1, (size_t)(l->items + l->len - g) * sizeof(*g));
}
