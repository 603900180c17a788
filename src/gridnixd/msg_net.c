/* SPDX-License-Identifier: BSD-3-Clause */
/* How the host is on the network, in messages between the daemon's processes: see msg.h. */
#include "gridnixd/msg.h"
#include "gridnixd/msg_get.h"

void msg_put_net_query(struct wire *w, const struct msg_net_query *q)
{
	wire_put_u8(w, q->ports);
	wire_put_u32(w, q->after);
	wire_put_u32(w, q->max);
}

void msg_get_net_query(struct wire *w, struct msg_net_query *q)
{
	q->ports = get_enum(w, 2);
	q->after = wire_get_u32(w);
	q->max = wire_get_u32(w);
}

static void put_address(struct wire *w, const struct address *a)
{
	wire_put_bytes(w, a->bytes, sizeof(a->bytes));
	wire_put_u8(w, a->len);
	wire_put_u8(w, a->prefix);
}

static void get_address(struct wire *w, struct address *a)
{
	wire_get_bytes(w, a->bytes, sizeof(a->bytes));
	a->len = wire_get_u8(w);
	a->prefix = wire_get_u8(w);
	need(w, (!a->len || a->len == 4 || a->len == 16) && a->prefix <= a->len * 8);
}

static void put_addresses(struct wire *w, const struct msg_net *n)
{
	wire_put_u32(w, n->addresses_len);
	for (size_t i = 0; i < n->addresses_len; i++) {
		put_address(w, &n->addresses[i].address);
		wire_put_u8(w, (uint8_t)n->addresses[i].state);
		wire_put_u32(w, n->addresses[i].valid_s);
	}
	wire_put_u32(w, n->addresses_more);
}

static void get_addresses(struct wire *w, struct msg_net *n)
{
	n->addresses_len = get_count(w, MSG_ADDRESSES_MAX);
	for (size_t i = 0; i < n->addresses_len; i++) {
		get_address(w, &n->addresses[i].address);
		need(w, n->addresses[i].address.len);
		n->addresses[i].state = get_enum(w, INET_STATE_COUNT);
		n->addresses[i].valid_s = wire_get_u32(w);
	}
	n->addresses_more = wire_get_u32(w);
}

static void put_routes(struct wire *w, const struct msg_net *n)
{
	wire_put_u32(w, n->routes_len);
	for (size_t i = 0; i < n->routes_len; i++) {
		wire_put_u8(w, n->routes[i].v6);
		put_address(w, &n->routes[i].via);
		wire_put_u32(w, n->routes[i].metric);
	}
}

static void get_routes(struct wire *w, struct msg_net *n)
{
	n->routes_len = get_count(w, MSG_ROUTES_MAX);
	for (size_t i = 0; i < n->routes_len; i++) {
		n->routes[i].v6 = get_enum(w, 2);
		get_address(w, &n->routes[i].via);
		n->routes[i].metric = wire_get_u32(w);
	}
}

static void put_link(struct wire *w, const struct msg_net *n)
{
	wire_put_str(w, n->name);
	wire_put_str(w, n->kind);
	wire_put_u8(w, (uint8_t)n->state);
	wire_put_u32(w, n->speed_mbit);
	wire_put_u32(w, n->mtu);
	wire_put_bytes(w, n->mac, sizeof(n->mac));
	wire_put_str(w, n->master);
	wire_put_str(w, n->on);
	wire_put_u32(w, n->vlan);
	wire_put_str(w, n->network);
	wire_put_u8(w, n->guarded);
	wire_put_u8(w, (uint8_t)n->guard);
	wire_put_str(w, n->guest);
	wire_put_bytes(w, n->uuid, sizeof(n->uuid));
	wire_put_u32(w, n->number);
	wire_put_u32(w, n->ports);
	wire_put_u32(w, n->unarmed);
	put_addresses(w, n);
	put_routes(w, n);
}

static void get_link(struct wire *w, struct msg_net *n)
{
	wire_get_str(w, n->name, sizeof(n->name));
	wire_get_str(w, n->kind, sizeof(n->kind));
	n->state = get_enum(w, MSG_LINK_STATES);
	n->speed_mbit = wire_get_u32(w);
	n->mtu = wire_get_u32(w);
	wire_get_bytes(w, n->mac, sizeof(n->mac));
	wire_get_str(w, n->master, sizeof(n->master));
	wire_get_str(w, n->on, sizeof(n->on));
	n->vlan = wire_get_u32(w);
	wire_get_str(w, n->network, sizeof(n->network));
	n->guarded = get_enum(w, 2);
	n->guard = get_enum(w, GUARDED_STATE_COUNT);
	wire_get_str(w, n->guest, sizeof(n->guest));
	wire_get_bytes(w, n->uuid, sizeof(n->uuid));
	n->number = wire_get_u32(w);
	n->ports = wire_get_u32(w);
	n->unarmed = wire_get_u32(w);
	get_addresses(w, n);
	get_routes(w, n);
}

void msg_put_net(struct wire *w, const struct msg_net *n)
{
	wire_put_u32(w, n->index);
	wire_put_u8(w, n->forwards4);
	wire_put_u8(w, n->forwards6);
	if (n->index) {
		put_link(w, n);
		return;
	}
	wire_put_u32(w, n->servers_len);
	for (size_t i = 0; i < n->servers_len; i++)
		wire_put_str(w, n->servers[i]);
}

void msg_get_net(struct wire *w, struct msg_net *n)
{
	*n = (struct msg_net){.index = wire_get_u32(w)};
	n->forwards4 = get_enum(w, 2);
	n->forwards6 = get_enum(w, 2);
	if (n->index) {
		get_link(w, n);
		return;
	}
	n->servers_len = get_count(w, INET_SERVERS_MAX);
	for (size_t i = 0; i < n->servers_len; i++)
		wire_get_str(w, n->servers[i], sizeof(n->servers[i]));
}
