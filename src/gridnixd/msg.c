/* SPDX-License-Identifier: BSD-3-Clause */
/* What the daemon's processes say to each other: see msg.h. Both sides of a value stand together.
 */
#include "gridnixd/msg.h"
#include "gridnixd/msg_get.h"

#include <sys/socket.h>

#define DOMID_MAX    32751	       /* Xen's last number for a guest */
#define YEAR_9999_MS 253402300799999LL /* the last time that RFC 3339 can write */

void msg_put_host(struct wire *w, const struct msg_host *h)
{
	wire_put_str(w, h->boot_id);
	wire_put_u64(w, h->first);
	wire_put_u64(w, h->last);
	wire_put_u32(w, h->guests);
	wire_put_i64(w, h->up_ms);
	for (size_t i = 0; i < DEGRADED_COUNT; i++)
		wire_put_str(w, h->degraded[i]);
}

void msg_get_host(struct wire *w, struct msg_host *h)
{
	wire_get_str(w, h->boot_id, sizeof(h->boot_id));
	h->first = wire_get_u64(w);
	h->last = wire_get_u64(w);
	h->guests = wire_get_u32(w);
	h->up_ms = get_number(w, 0, INT64_MAX);
	for (size_t i = 0; i < DEGRADED_COUNT; i++)
		wire_get_str(w, h->degraded[i], sizeof(h->degraded[i]));
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
	wire_put_u64(w, e->operation);
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
	e->operation = wire_get_u64(w);
	wire_get_str(w, e->reason, sizeof(e->reason));
	msg_get_guest(w, &e->guest);
	e->before = get_enum(w, GUEST_STATE_COUNT);
	wire_get_str(w, e->detail, sizeof(e->detail));
	need(w, e->seq && e->seq <= INT64_MAX);
}

void msg_put_console(struct wire *w, const struct msg_console *c)
{
	wire_put_u8(w, c->stream);
	wire_put_u8(w, c->follow);
	wire_put_u8(w, c->write);
	wire_put_u8(w, c->steal);
	wire_put_u8(w, c->placed);
	wire_put_u64(w, c->since);
	wire_put_u64(w, c->lines);
}

void msg_get_console(struct wire *w, struct msg_console *c)
{
	c->stream = get_enum(w, 2);
	c->follow = get_enum(w, 2);
	c->write = get_enum(w, 2);
	c->steal = get_enum(w, 2);
	c->placed = get_enum(w, 2);
	c->since = wire_get_u64(w);
	c->lines = wire_get_u64(w);
	need(w, c->stream || !c->write);
}

void msg_put_page(struct wire *w, const struct msg_page *p)
{
	wire_put_u32(w, p->max);
	wire_put_u8(w, p->behind);
	wire_put_bytes(w, p->uuid, sizeof(p->uuid));
}

void msg_get_page(struct wire *w, struct msg_page *p)
{
	p->max = wire_get_u32(w);
	p->behind = get_enum(w, 2);
	wire_get_bytes(w, p->uuid, sizeof(p->uuid));
}

void msg_put_operation(struct wire *w, const struct operation *o)
{
	wire_put_u64(w, o->id);
	wire_put_u8(w, (uint8_t)o->verb);
	wire_put_bytes(w, o->uuid, sizeof(o->uuid));
	wire_put_u8(w, (uint8_t)o->state);
	wire_put_i64(w, o->began_ms);
	wire_put_i64(w, o->ended_ms);
	wire_put_str(w, o->words);
}

void msg_get_operation(struct wire *w, struct operation *o)
{
	o->id = wire_get_u64(w);
	o->verb = get_enum(w, VERB_COUNT);
	wire_get_bytes(w, o->uuid, sizeof(o->uuid));
	o->state = get_enum(w, OPERATION_STATE_COUNT);
	o->began_ms = get_number(w, 0, YEAR_9999_MS);
	o->ended_ms = get_number(w, 0, YEAR_9999_MS);
	wire_get_str(w, o->words, sizeof(o->words));
	need(w, o->id && o->id <= INT64_MAX);
}

void msg_put_hook(struct wire *w, const struct hook *h)
{
	wire_put_str(w, h->name);
	wire_put_str(w, h->program);
	wire_put_u8(w, (uint8_t)h->mode);
	wire_put_str(w, h->kinds);
	wire_put_str(w, h->guest);
	wire_put_str(w, h->user);
	wire_put_u32(w, h->timeout);
	wire_put_u32(w, h->tries);
	wire_put_u32(w, h->concurrency);
}

void msg_get_hook(struct wire *w, struct hook *h)
{
	*h = (struct hook){0};
	wire_get_str(w, h->name, sizeof(h->name));
	wire_get_str(w, h->program, sizeof(h->program));
	h->mode = get_enum(w, HOOK_MODE_COUNT);
	wire_get_str(w, h->kinds, sizeof(h->kinds));
	wire_get_str(w, h->guest, sizeof(h->guest));
	wire_get_str(w, h->user, sizeof(h->user));
	h->timeout = wire_get_u32(w);
	h->tries = wire_get_u32(w);
	h->concurrency = wire_get_u32(w);
	need(w, hook_check(h, NULL) == 0);
}

void msg_put_delivery(struct wire *w, const struct delivery *d)
{
	wire_put_u64(w, d->seq);
	wire_put_str(w, d->hook);
	wire_put_u8(w, (uint8_t)d->kind);
	wire_put_bytes(w, d->uuid, sizeof(d->uuid));
	wire_put_str(w, d->guest);
	wire_put_u32(w, d->tries);
	wire_put_u8(w, d->dead);
	wire_put_str(w, d->words);
}

void msg_get_delivery(struct wire *w, struct delivery *d)
{
	d->seq = wire_get_u64(w);
	wire_get_str(w, d->hook, sizeof(d->hook));
	d->kind = get_enum(w, EVENT_COUNT);
	wire_get_bytes(w, d->uuid, sizeof(d->uuid));
	wire_get_str(w, d->guest, sizeof(d->guest));
	d->tries = wire_get_u32(w);
	d->dead = get_enum(w, 2);
	wire_get_str(w, d->words, sizeof(d->words));
	need(w, d->seq && d->seq <= INT64_MAX && *d->hook);
}

static void put_disks(struct wire *w, const struct definition *d)
{
	wire_put_u32(w, (uint32_t)d->disks_len);
	for (size_t i = 0; i < d->disks_len; i++) {
		wire_put_str(w, d->disks[i].target);
		wire_put_str(w, d->disks[i].path);
		wire_put_u8(w, d->disks[i].readonly);
	}
}

static void get_disks(struct wire *w, struct definition *d)
{
	d->disks_len = get_count(w, DEFINITION_DISKS_MAX);
	for (size_t i = 0; i < d->disks_len; i++) {
		struct definition_disk *disk = &d->disks[i];

		wire_get_str(w, disk->target, sizeof(disk->target));
		wire_get_str(w, disk->path, sizeof(disk->path));
		disk->readonly = get_enum(w, 2);
	}
}

static void put_vifs(struct wire *w, const struct definition *d)
{
	wire_put_u32(w, (uint32_t)d->vifs_len);
	for (size_t i = 0; i < d->vifs_len; i++) {
		wire_put_str(w, d->vifs[i].network);
		wire_put_str(w, d->vifs[i].bridge);
		wire_put_bytes(w, d->vifs[i].mac, sizeof(d->vifs[i].mac));
		wire_put_str(w, d->vifs[i].address);
		wire_put_u8(w, (uint8_t)d->vifs[i].policy);
		wire_put_str(w, d->vifs[i].firewall);
		wire_put_str(w, d->vifs[i].script);
		wire_put_u64(w, d->vifs[i].rate_in_bits);
		wire_put_u64(w, d->vifs[i].rate_out_bits);
	}
}

static void get_vifs(struct wire *w, struct definition *d)
{
	d->vifs_len = get_count(w, DEFINITION_VIFS_MAX);
	for (size_t i = 0; i < d->vifs_len; i++) {
		struct definition_vif *vif = &d->vifs[i];

		wire_get_str(w, vif->network, sizeof(vif->network));
		wire_get_str(w, vif->bridge, sizeof(vif->bridge));
		wire_get_bytes(w, vif->mac, sizeof(vif->mac));
		wire_get_str(w, vif->address, sizeof(vif->address));
		vif->policy = get_enum(w, PORT_POLICY_COUNT);
		wire_get_str(w, vif->firewall, sizeof(vif->firewall));
		wire_get_str(w, vif->script, sizeof(vif->script));
		vif->rate_in_bits = wire_get_u64(w);
		vif->rate_out_bits = wire_get_u64(w);
	}
}

void msg_put_definition(struct wire *w, const struct definition *d)
{
	wire_put_bytes(w, d->uuid, sizeof(d->uuid));
	wire_put_str(w, d->name);
	wire_put_u8(w, (uint8_t)d->type);
	wire_put_u64(w, d->memory_kib);
	wire_put_u64(w, d->memory_max_kib);
	wire_put_u32(w, d->vcpus);
	wire_put_u32(w, d->vcpus_max);
	wire_put_u8(w, d->grub);
	wire_put_str(w, d->kernel);
	wire_put_str(w, d->initrd);
	wire_put_str(w, d->cmdline);
	wire_put_u8(w, d->autostart);
	wire_put_u32(w, d->order);
	wire_put_u32(w, d->delay_s);
	wire_put_u32(w, d->patience_s);
	wire_put_u8(w, (uint8_t)d->on_poweroff);
	wire_put_u8(w, (uint8_t)d->on_reboot);
	wire_put_u8(w, (uint8_t)d->on_crash);
	wire_put_u64(w, d->traffic_bytes);
	put_disks(w, d);
	put_vifs(w, d);
}

void msg_get_definition(struct wire *w, struct definition *d)
{
	*d = (struct definition){0};
	wire_get_bytes(w, d->uuid, sizeof(d->uuid));
	wire_get_str(w, d->name, sizeof(d->name));
	d->type = get_enum(w, DEFINITION_TYPE_COUNT);
	d->memory_kib = wire_get_u64(w);
	d->memory_max_kib = wire_get_u64(w);
	d->vcpus = get_count(w, DEFINITION_VCPUS_MAX);
	d->vcpus_max = get_count(w, DEFINITION_VCPUS_MAX);
	d->grub = get_enum(w, 2);
	wire_get_str(w, d->kernel, sizeof(d->kernel));
	wire_get_str(w, d->initrd, sizeof(d->initrd));
	wire_get_str(w, d->cmdline, sizeof(d->cmdline));
	d->autostart = get_enum(w, 2);
	d->order = wire_get_u32(w);
	d->delay_s = wire_get_u32(w);
	d->patience_s = wire_get_u32(w);
	d->on_poweroff = get_enum(w, DEFINITION_ACTION_COUNT);
	d->on_reboot = get_enum(w, DEFINITION_ACTION_COUNT);
	d->on_crash = get_enum(w, DEFINITION_ACTION_COUNT);
	d->traffic_bytes = wire_get_u64(w);
	get_disks(w, d);
	get_vifs(w, d);
}

void msg_put_network(struct wire *w, const struct network *n)
{
	wire_put_str(w, n->name);
	wire_put_u8(w, (uint8_t)n->kind);
	wire_put_str(w, n->bridge);
	wire_put_str(w, n->uplink);
	wire_put_u32(w, n->vlan);
	wire_put_u8(w, n->dom0);
	wire_put_u32(w, n->mtu);
	wire_put_str(w, n->ranges);
	wire_put_str(w, n->gateways);
	wire_put_str(w, n->forward);
	wire_put_u8(w, n->dhcp);
	wire_put_str(w, n->dns);
	wire_put_str(w, n->domain);
}

void msg_get_network(struct wire *w, struct network *n)
{
	*n = (struct network){0};
	wire_get_str(w, n->name, sizeof(n->name));
	n->kind = get_enum(w, NETWORK_KIND_COUNT);
	wire_get_str(w, n->bridge, sizeof(n->bridge));
	wire_get_str(w, n->uplink, sizeof(n->uplink));
	n->vlan = wire_get_u32(w);
	n->dom0 = get_enum(w, 2);
	n->mtu = wire_get_u32(w);
	wire_get_str(w, n->ranges, sizeof(n->ranges));
	wire_get_str(w, n->gateways, sizeof(n->gateways));
	wire_get_str(w, n->forward, sizeof(n->forward));
	n->dhcp = get_enum(w, 2);
	wire_get_str(w, n->dns, sizeof(n->dns));
	wire_get_str(w, n->domain, sizeof(n->domain));
}

void msg_put_lease(struct wire *w, const struct lease *l)
{
	wire_put_str(w, l->network);
	wire_put_u8(w, l->family == AF_INET6);
	wire_put_bytes(w, l->address, sizeof(l->address));
	wire_put_bytes(w, l->uuid, sizeof(l->uuid));
	wire_put_u32(w, l->vif);
	wire_put_u8(w, l->given);
}

void msg_get_lease(struct wire *w, struct lease *l)
{
	*l = (struct lease){0};
	wire_get_str(w, l->network, sizeof(l->network));
	l->family = get_enum(w, 2) ? AF_INET6 : AF_INET;
	wire_get_bytes(w, l->address, sizeof(l->address));
	wire_get_bytes(w, l->uuid, sizeof(l->uuid));
	l->vif = get_count(w, DEFINITION_VIFS_MAX - 1);
	l->given = get_enum(w, 2);
}

void msg_put_guard(struct wire *w, const struct msg_guard *g)
{
	wire_put_u8(w, (uint8_t)g->act);
	wire_put_str(w, g->bridge);
	wire_put_str(w, g->uplinks);
	wire_put_u8(w, g->force);
}

void msg_get_guard(struct wire *w, struct msg_guard *g)
{
	*g = (struct msg_guard){0};
	g->act = get_enum(w, MSG_GUARD_ACTS);
	wire_get_str(w, g->bridge, sizeof(g->bridge));
	wire_get_str(w, g->uplinks, sizeof(g->uplinks));
	g->force = get_enum(w, 2);
}

void msg_put_port(struct wire *w, const struct msg_port *p)
{
	wire_put_str(w, p->bridge);
	wire_put_str(w, p->network);
	wire_put_u8(w, p->guarded);
	wire_put_u8(w, (uint8_t)p->state);
	wire_put_str(w, p->name);
	wire_put_str(w, p->guest);
	wire_put_bytes(w, p->uuid, sizeof(p->uuid));
	wire_put_u32(w, p->number);
	wire_put_str(w, p->words);
	wire_put_str(w, p->why);
	wire_put_u64(w, p->blocked);
}

void msg_get_port(struct wire *w, struct msg_port *p)
{
	*p = (struct msg_port){0};
	wire_get_str(w, p->bridge, sizeof(p->bridge));
	wire_get_str(w, p->network, sizeof(p->network));
	p->guarded = get_enum(w, 2);
	p->state = get_enum(w, GUARDED_STATE_COUNT);
	wire_get_str(w, p->name, sizeof(p->name));
	wire_get_str(w, p->guest, sizeof(p->guest));
	wire_get_bytes(w, p->uuid, sizeof(p->uuid));
	p->number = wire_get_u32(w);
	wire_get_str(w, p->words, sizeof(p->words));
	wire_get_str(w, p->why, sizeof(p->why));
	p->blocked = wire_get_u64(w);
}

void msg_put_work(struct wire *w, const struct msg_work *work)
{
	wire_put_u8(w, (uint8_t)work->verb);
	msg_put_definition(w, &work->guest);
	wire_put_i64(w, work->domid);
	wire_put_str(w, work->value);
}

void msg_get_work(struct wire *w, struct msg_work *work)
{
	work->verb = get_enum(w, VERB_COUNT);
	msg_get_definition(w, &work->guest);
	work->domid = (int)get_number(w, -1, DOMID_MAX);
	wire_get_str(w, work->value, sizeof(work->value));
	need(w, work->domid);
}
