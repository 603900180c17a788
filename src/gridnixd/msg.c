/* SPDX-License-Identifier: BSD-3-Clause */
/* What the daemon's processes say to each other: see msg.h. Both sides of a value stand together.
 */
#include "gridnixd/msg.h"

#define DOMID_MAX    32751	       /* Xen's last number for a guest */
#define YEAR_9999_MS 253402300799999LL /* the last time that RFC 3339 can write */

/* A value that says of itself that it is wrong. */
static void need(struct wire *w, bool good)
{
	if (!good)
		w->bad = true;
}

/* One of count, by its number. */
static unsigned get_enum(struct wire *w, unsigned count)
{
	unsigned v = wire_get_u8(w);

	need(w, v < count);
	return v < count ? v : 0;
}

static int64_t get_number(struct wire *w, int64_t min, int64_t max)
{
	int64_t v = wire_get_i64(w);

	need(w, v >= min && v <= max);
	return v;
}

void msg_put_host(struct wire *w, const struct msg_host *h)
{
	wire_put_str(w, h->boot_id);
	wire_put_u64(w, h->first);
	wire_put_u64(w, h->last);
	wire_put_u32(w, h->guests);
	wire_put_i64(w, h->up_ms);
}

void msg_get_host(struct wire *w, struct msg_host *h)
{
	wire_get_str(w, h->boot_id, sizeof(h->boot_id));
	h->first = wire_get_u64(w);
	h->last = wire_get_u64(w);
	h->guests = wire_get_u32(w);
	h->up_ms = get_number(w, 0, INT64_MAX);
	need(w, h->first <= h->last && h->last <= INT64_MAX);
}

void msg_put_guest(struct wire *w, const struct guest *g)
{
	wire_put_bytes(w, g->uuid, sizeof(g->uuid));
	wire_put_u64(w, g->incarnation);
	wire_put_i64(w, g->domid);
	wire_put_u8(w, (uint8_t)g->state);
	wire_put_str(w, g->name);
	wire_put_u64(w, g->memory_kib);
	wire_put_u32(w, g->vcpus);
	wire_put_u64(w, g->cpu_ns);
}

void msg_get_guest(struct wire *w, struct guest *g)
{
	wire_get_bytes(w, g->uuid, sizeof(g->uuid));
	g->incarnation = wire_get_u64(w);
	g->domid = (int)get_number(w, -1, DOMID_MAX);
	g->state = get_enum(w, GUEST_STATE_COUNT);
	wire_get_str(w, g->name, sizeof(g->name));
	g->memory_kib = wire_get_u64(w);
	g->vcpus = wire_get_u32(w);
	g->cpu_ns = wire_get_u64(w);
}

void msg_put_event(struct wire *w, const struct event_record *e)
{
	wire_put_u64(w, e->seq);
	wire_put_i64(w, e->wall_ms);
	wire_put_i64(w, e->mono_ms);
	wire_put_str(w, e->boot_id);
	wire_put_u8(w, (uint8_t)e->kind);
	wire_put_str(w, e->reason);
	msg_put_guest(w, &e->guest);
	wire_put_u8(w, (uint8_t)e->before);
	wire_put_str(w, e->detail);
}

void msg_get_event(struct wire *w, struct event_record *e)
{
	e->seq = wire_get_u64(w);
	e->wall_ms = get_number(w, 0, YEAR_9999_MS);
	e->mono_ms = get_number(w, 0, INT64_MAX);
	wire_get_str(w, e->boot_id, sizeof(e->boot_id));
	e->kind = get_enum(w, EVENT_COUNT);
	wire_get_str(w, e->reason, sizeof(e->reason));
	msg_get_guest(w, &e->guest);
	e->before = get_enum(w, GUEST_STATE_COUNT);
	wire_get_str(w, e->detail, sizeof(e->detail));
	need(w, e->seq && e->seq <= INT64_MAX);
}
