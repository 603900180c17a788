/* SPDX-License-Identifier: BSD-3-Clause */
/* The detail of a gap record: see gap.h. */
#include "gridnixd/monitor/gap.h"
#include "base/clean.h"

#include <jansson.h>
#include <string.h>

#define TAIL 32 /* bytes for the end: ],"more":N} */

static int order(const struct guest *a, const struct guest *b)
{
	int r = memcmp(a->uuid, b->uuid, GUEST_UUID);

	return r ? r : (a->incarnation > b->incarnation) - (a->incarnation < b->incarnation);
}

/* One guest as JSON; either side may be NULL. The caller frees; NULL: no memory. */
static char *entry(const struct guest *before, const struct guest *after)
{
	const struct guest *g = after ? after : before;
	char uuid[GUEST_UUID_TEXT], *text;
	json_t *o;

	guest_uuid_text(g->uuid, uuid);
	/* A name that is no UTF-8 is left out. */
	o = json_pack("{s:s, s:s*, s:s, s:s}", "uuid", uuid, "name", g->name, "before",
		guest_state_name(before ? before->state : GUEST_gone), "after",
		guest_state_name(after ? after->state : GUEST_gone));
	if (!o)
		o = json_pack("{s:s}", "uuid", uuid);
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	return text;
}

void gap_detail(const struct guest *before, size_t before_len, const struct guest *after,
	size_t after_len, char *out, size_t size)
{
	size_t i = 0, j = 0, len, more = 0;

	len = (size_t)snprintf(out, size, "{\"guests\":[");
	while (i < before_len || j < after_len) {
		int r = i == before_len ? 1 : j == after_len ? -1 : order(&before[i], &after[j]);
		const struct guest *b = r <= 0 ? &before[i++] : NULL;
		const struct guest *a = r >= 0 ? &after[j++] : NULL;
		GNX_CLEAN(gnx_free)
		char *text = NULL;

		if (a && b && a->state == b->state && a->domid == b->domid)
			continue;
		text = more ? NULL : entry(b, a);
		if (!text || len + strlen(text) + TAIL > size)
			more++;
		else
			len += (size_t)snprintf(out + len, size - len, "%s%s",
				out[len - 1] == '[' ? "" : ",", text);
	}
	snprintf(out + len, size - len, "],\"more\":%zu}", more);
}
