/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures in messages between the daemon's processes: see msg.h. */
#include "gridnixd/msg.h"
#include "gridnixd/msg_get.h"

static void put_figures(struct wire *w, const uint64_t *figures, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wire_put_u64(w, figures[i]);
}

static void get_figures(struct wire *w, uint64_t *figures, size_t n)
{
	for (size_t i = 0; i < n; i++)
		figures[i] = wire_get_u64(w);
}

static void put_counts(struct wire *w, const struct traffic *t)
{
	for (size_t i = 0; i < TRAFFIC_COUNT; i++) {
		wire_put_u64(w, t->kinds[i].bytes);
		wire_put_u64(w, t->kinds[i].packets);
	}
}

static void get_counts(struct wire *w, struct traffic *t)
{
	for (size_t i = 0; i < TRAFFIC_COUNT; i++) {
		t->kinds[i].bytes = wire_get_u64(w);
		t->kinds[i].packets = wire_get_u64(w);
	}
}

static void put_vif(struct wire *w, const struct stats_vif *vif)
{
	wire_put_u32(w, vif->number);
	wire_put_str(w, vif->name);
	put_figures(w, vif->figures, STATS_VIF_COUNT);
	wire_put_str(w, vif->ipv4);
	wire_put_str(w, vif->ipv6);
}

static void get_vif(struct wire *w, struct stats_vif *vif)
{
	vif->number = wire_get_u32(w);
	wire_get_str(w, vif->name, sizeof(vif->name));
	get_figures(w, vif->figures, STATS_VIF_COUNT);
	wire_get_str(w, vif->ipv4, sizeof(vif->ipv4));
	wire_get_str(w, vif->ipv6, sizeof(vif->ipv6));
}

void msg_put_stats(struct wire *w, const struct msg_stats *m)
{
	const struct stats *s = &m->stats;

	msg_put_guest(w, &m->guest);
	put_figures(w, s->figures, STATS_GUEST_COUNT);
	wire_put_u32(w, (uint32_t)s->vifs_len);
	for (size_t i = 0; i < s->vifs_len; i++)
		put_vif(w, &s->vifs[i]);
	wire_put_u32(w, (uint32_t)s->vbds_len);
	for (size_t i = 0; i < s->vbds_len; i++) {
		wire_put_u32(w, s->vbds[i].number);
		put_figures(w, s->vbds[i].figures, STATS_VBD_COUNT);
	}
	for (size_t i = 0; i < STATS_REPORTED_COUNT; i++)
		wire_put_str(w, s->reported[i]);
	put_counts(w, &s->traffic);
}

void msg_get_stats(struct wire *w, struct msg_stats *m)
{
	struct stats *s = &m->stats;

	msg_get_guest(w, &m->guest);
	get_figures(w, s->figures, STATS_GUEST_COUNT);
	s->vifs_len = get_count(w, STATS_VIFS_MAX);
	for (size_t i = 0; i < s->vifs_len; i++)
		get_vif(w, &s->vifs[i]);
	s->vbds_len = get_count(w, STATS_VBDS_MAX);
	for (size_t i = 0; i < s->vbds_len; i++) {
		s->vbds[i].number = wire_get_u32(w);
		get_figures(w, s->vbds[i].figures, STATS_VBD_COUNT);
	}
	for (size_t i = 0; i < STATS_REPORTED_COUNT; i++)
		wire_get_str(w, s->reported[i], sizeof(s->reported[i]));
	get_counts(w, &s->traffic);
}

void msg_put_host_stats(struct wire *w, const struct stats_host *h)
{
	put_figures(w, h->figures, STATS_HOST_COUNT);
	wire_put_str(w, h->xen);
}

void msg_get_host_stats(struct wire *w, struct stats_host *h)
{
	get_figures(w, h->figures, STATS_HOST_COUNT);
	wire_get_str(w, h->xen, sizeof(h->xen));
}

void msg_put_query(struct wire *w, const struct traffic_query *q)
{
	wire_put_u8(w, (uint8_t)q->span);
	wire_put_i64(w, q->from);
	wire_put_i64(w, q->until);
}

void msg_get_query(struct wire *w, struct traffic_query *q)
{
	/* "Ever" is nothing that anybody can ask for. */
	*q = (struct traffic_query){.span = get_enum(w, TRAFFIC_ever)};
	q->from = get_number(w, 0, TRAFFIC_TIME_MAX);
	q->until = get_number(w, 0, TRAFFIC_TIME_MAX);
}

void msg_put_traffic(struct wire *w, const struct msg_traffic *t)
{
	wire_put_u8(w, (uint8_t)t->item.span);
	wire_put_i64(w, t->item.since);
	wire_put_bytes(w, t->item.uuid, sizeof(t->item.uuid));
	wire_put_u32(w, t->item.vif);
	put_counts(w, &t->item.traffic);
	wire_put_str(w, t->name);
}

void msg_get_traffic(struct wire *w, struct msg_traffic *t)
{
	*t = (struct msg_traffic){.item.span = get_enum(w, TRAFFIC_ever)};
	t->item.since = get_number(w, 0, TRAFFIC_TIME_MAX);
	wire_get_bytes(w, t->item.uuid, sizeof(t->item.uuid));
	t->item.vif = wire_get_u32(w);
	get_counts(w, &t->item.traffic);
	wire_get_str(w, t->name, sizeof(t->name));
}
