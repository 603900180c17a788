/* SPDX-License-Identifier: BSD-3-Clause */
/* The detail of a gap record: see gap.h. */
#include "gridnixd/monitor/gap.h"
#include "base/clean.h"
#include "base/str.h"

#include <jansson.h>
#include <string.h>

#define TAIL	40  /* bytes for the end of a list, and how many did not fit into it */
#define DEVICES 512 /* bytes at least for devices, if there are any */

static int order(const struct guest *a, const struct guest *b)
{
	int r = memcmp(a->uuid, b->uuid, GUEST_UUID);

	return r ? r : (a->incarnation > b->incarnation) - (a->incarnation < b->incarnation);
}

/* Which guest it is. A name that is no UTF-8 is left out. */
static json_t *named(const struct guest *g)
{
	char uuid[GUEST_UUID_TEXT];
	json_t *o = json_object();

	guest_uuid_text(g->uuid, uuid);
	json_object_set_new(o, "uuid", json_string(uuid));
	json_object_set_new(o, "name", json_string(g->name));
	return o;
}

/* One guest as JSON; either side may be NULL. The caller frees; NULL: no memory. */
static char *entry(const struct guest *before, const struct guest *after)
{
	json_t *o = named(after ? after : before);
	char *text;

	json_object_set_new(
		o, "before", json_string(guest_state_name(before ? before->state : GUEST_gone)));
	json_object_set_new(
		o, "after", json_string(guest_state_name(after ? after->state : GUEST_gone)));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

void gap_guests(const struct guest *before, size_t before_len, const struct guest *after,
	size_t after_len, struct gnx_strv *entries)
{
	size_t i = 0, j = 0;

	while (i < before_len || j < after_len) {
		int r = i == before_len ? 1 : j == after_len ? -1 : order(&before[i], &after[j]);
		const struct guest *b = r <= 0 ? &before[i++] : NULL;
		const struct guest *a = r >= 0 ? &after[j++] : NULL;
		GNX_CLEAN(gnx_free)
		char *text = NULL;

		if (a && b && a->state == b->state && a->domid == b->domid)
			continue;
		text = entry(b, a);
		if (text)
			gnx_strv_add(entries, text);
	}
}

/* What an event of a device's says of it after that. */
static const char *after(enum event_kind kind)
{
	if (kind == EVENT_vif_attached || kind == EVENT_vbd_attached)
		return "attached";
	return kind == EVENT_vif_failed || kind == EVENT_vbd_failed ? "failed" : "gone";
}

void gap_device(const struct event_record *e, struct gnx_strv *entries)
{
	bool vif = gnx_starts(event_kind_name(e->kind), "vif");
	json_t *o = named(&e->guest);
	GNX_CLEAN(gnx_free)
	char *text = NULL;

	json_object_set_new(o, vif ? "vif" : "vbd", json_loads(e->detail, 0, NULL));
	json_object_set_new(o, "after", json_string(after(e->kind)));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text)
		gnx_strv_add(entries, text);
}

/* Writes [...], as many as fit into size with TAIL bytes behind them; returns how many did not. */
static size_t put_list(char *out, size_t size, const struct gnx_strv *entries)
{
	size_t len = (size_t)snprintf(out, size, "["), i = 0;

	for (; i < entries->len && len + strlen(entries->items[i]) + TAIL <= size; i++)
		len += (size_t)snprintf(
			out + len, size - len, "%s%s", i ? "," : "", entries->items[i]);
	snprintf(out + len, size - len, "]");
	return entries->len - i;
}

void gap_detail(const struct gnx_strv *guests, const struct gnx_strv *devices,
	char out[EVENT_DETAIL_MAX + 1])
{
	size_t size = EVENT_DETAIL_MAX + 1, len = (size_t)snprintf(out, size, "{\"guests\":"), more;

	more = put_list(out + len, size - len - (devices->len ? DEVICES : 0), guests);
	len += strlen(out + len);
	len += (size_t)snprintf(out + len, size - len, ",\"more\":%zu", more);
	if (devices->len) {
		len += (size_t)snprintf(out + len, size - len, ",\"devices\":");
		more = put_list(out + len, size - len, devices);
		len += strlen(out + len);
		len += (size_t)snprintf(out + len, size - len, ",\"more_devices\":%zu", more);
	}
	snprintf(out + len, size - len, "}");
}
