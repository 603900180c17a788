/* SPDX-License-Identifier: BSD-3-Clause */
/* How the host is on the network: see net.h. */
#include "gridnixd/monitor/net.h"

#include "base/clean.h"
#include "base/file.h"
#include "gridnixd/monitor/monitor.h"
#include "net/forwarding.h"
#include "net/guard.h"
#include "net/inet.h"
#include "net/link.h"

#include <stdio.h>
#include <string.h>

#define RESOLV	     "/etc/resolv.conf"
#define RESOLV_MAX   65536 /* bytes */
#define SPEED_DIGITS 16

/* An interface, and what is found out about it. */
struct seen {
	struct link link;
	const struct network *network; /* whose bridge it is; NULL: no network's */
	bool guarded;		       /* a bridge that is */
	struct seen *master;	       /* NULL: none that is seen */
	enum guarded_state guard;
	bool owned;		   /* it is a guest's */
	struct guard_owner owner;  /* uuid: all zero: it is not known */
	const struct guest *guest; /* as far as it is known */
	uint32_t ports, unarmed;   /* guests' */
	bool forwards4, forwards6;
};

/* All of it. */
struct sight {
	struct monitor *m;
	struct seen *links;
	struct inet_address *addresses;
	struct inet_route *routes;
	size_t links_len, addresses_len, routes_len;
	size_t at; /* the first address that is not behind what was told */
};

static void sight_done(struct sight *s)
{
	free(s->links);
	free(s->addresses);
	free(s->routes);
}

/* --- What the kernel tells */

static int add_link(void *arg, const struct link *l)
{
	struct sight *s = arg;

	s->links = gnx_room(s->links, s->links_len, sizeof(*s->links));
	s->links[s->links_len++] = (struct seen){.link = *l};
	return 0;
}

static int add_address(void *arg, const struct inet_address *a)
{
	struct sight *s = arg;

	s->addresses = gnx_room(s->addresses, s->addresses_len, sizeof(*s->addresses));
	s->addresses[s->addresses_len++] = *a;
	return 0;
}

static int add_route(void *arg, const struct inet_route *r)
{
	struct sight *s = arg;

	s->routes = gnx_room(s->routes, s->routes_len, sizeof(*s->routes));
	s->routes[s->routes_len++] = *r;
	return 0;
}

static int by_index(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->link.index > y->link.index) - (x->link.index < y->link.index);
}

static int by_link(const void *a, const void *b)
{
	const struct inet_address *x = a, *y = b;
	int order = (x->link > y->link) - (x->link < y->link);

	order = order ? order : x->address.len - y->address.len;
	return order ? order : memcmp(x->address.bytes, y->address.bytes, sizeof(x->address.bytes));
}

static int ask_kernel(struct nl *nl, struct sight *s, struct gnx_err *err)
{
	int r = link_ports(nl, LINK_ANY, add_link, s, err);

	if (!r)
		r = inet_addresses(nl, add_address, s, err);
	return r ? r : inet_routes(nl, add_route, s, err);
}

static int see_all(struct sight *s, struct gnx_err *err)
{
	GNX_CLEAN(nl_close)
	struct nl nl = {0};
	int r = nl_open(NETLINK_ROUTE, &nl, err);

	if (!r)
		r = ask_kernel(&nl, s, err);
	if (!r && s->links_len)
		qsort(s->links, s->links_len, sizeof(*s->links), by_index);
	if (!r && s->addresses_len)
		qsort(s->addresses, s->addresses_len, sizeof(*s->addresses), by_link);
	return r;
}

static struct seen *find(const struct sight *s, int index)
{
	const struct seen key = {.link.index = index};

	return index > 0 && s->links_len
		? bsearch(&key, s->links, s->links_len, sizeof(key), by_index)
		: NULL;
}

/* --- What the guard and the guests have of it */

static void take_owner(void *arg, unsigned int index, const struct guard_owner *owner)
{
	struct seen *port = find(arg, (int)index);

	if (!port)
		return;
	port->owned = true;
	port->owner = *owner;
}

static void take_state(void *arg, unsigned int index, enum guarded_state state)
{
	struct seen *port = find(arg, (int)index);

	if (port)
		port->guard = state;
}

/* Xen names a guest's interface by its domain. */
static void find_guest(struct monitor *m, struct seen *l)
{
	unsigned int number;
	int domid, len = -1;

	if (l->owned) {
		l->guest = monitor_guest(m, l->owner.uuid);
		return;
	}
	if (sscanf(l->link.name, "vif%d.%u%n", &domid, &number, &len) != 2 || len < 0 ||
		(l->link.name[len] && strcmp(l->link.name + len, "-emu") != 0))
		return;
	l->guest = guests_by_domid(m->guests, domid);
	l->owned = l->guest;
	l->owner.number = number;
}

static void look_at_bridge(struct monitor *m, struct seen *l)
{
	l->guarded = gnx_strv_has(&m->guarding.bridges, l->link.name);
	l->network = networks_on_bridge(&m->networks, l->link.name);
}

static void look_at_port(struct sight *s, struct seen *l)
{
	find_guest(s->m, l);
	l->master = find(s, l->link.master);
	if (!l->master || !l->master->guarded)
		l->guard = GUARDED_none;
	else if (!l->guard)
		l->guard = GUARDED_unarmed;
	if (!l->master && !l->link.loopback) {
		l->forwards4 = forwarding_by(l->link.name, false);
		l->forwards6 = forwarding_by(l->link.name, true);
	}
	if (l->master && l->owned) {
		l->master->ports++;
		l->master->unarmed += l->guard == GUARDED_unarmed;
	}
}

static int look_closer(struct sight *s, struct gnx_err *err)
{
	struct monitor *m = s->m;
	int r = m->guarding.guard ? guard_owners(m->guarding.guard, take_owner, s, err) : 0;

	if (!r && m->guarding.guard)
		r = guard_states(m->guarding.guard, take_state, s, err);
	if (r < 0 && r != -ENOENT)
		return r;
	for (size_t i = 0; i < s->links_len; i++)
		if (!strcmp(s->links[i].link.kind, "bridge"))
			look_at_bridge(m, &s->links[i]);
	for (size_t i = 0; i < s->links_len; i++)
		look_at_port(s, &s->links[i]);
	return 0;
}

/* --- Telling */

static int fill_servers(struct msg_net *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = gnx_file_read(RESOLV, RESOLV_MAX, &text, err);

	if (!r && text.len)
		out->servers_len = (uint32_t)inet_servers(text.data, out->servers);
	return r == -ENOENT ? 0 : r;
}

static int tell_host(const struct sight *s, struct msg_net *n,
	void (*tell)(void *arg, const struct msg_net *n), void *arg, struct gnx_err *err)
{
	int r;

	*n = (struct msg_net){0};
	for (size_t i = 0; i < s->links_len; i++) {
		n->forwards4 |= s->links[i].forwards4;
		n->forwards6 |= s->links[i].forwards6;
	}
	r = fill_servers(n, err);
	if (!r)
		tell(arg, n);
	return r;
}

/* A guest's can't be known, and others say -1. */
static uint32_t speed_of(const struct seen *l)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/sys/class/net/%s/speed", l->link.name);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	uint64_t mbit = 0;

	if (l->owned || !l->link.carrier || gnx_file_read(path, SPEED_DIGITS, &text, NULL) < 0 ||
		!text.len || gnx_parse_u64(gnx_trim(text.data), INT32_MAX, &mbit) < 0)
		return 0;
	return (uint32_t)mbit;
}

static const char *kind_of(const struct link *l)
{
	if (*l->kind)
		return l->kind;
	return l->loopback ? "loopback" : !strcmp(l->bus, LINK_XENS) ? "vif" : "card";
}

static void copy_name(char out[NETWORK_LINK_MAX + 1], const struct seen *l)
{
	if (l)
		memcpy(out, l->link.name, sizeof(l->link.name));
}

/* Of a wire's end, Linux tells the other end there. */
static const struct seen *lower(const struct sight *s, const struct link *l)
{
	return gnx_ends(l->kind, "vlan") ? find(s, l->lower) : NULL;
}

/* Interfaces come in the order of their indices. */
static void fill_inet(struct sight *s, const struct seen *l, struct msg_net *out)
{
	while (s->at < s->addresses_len && s->addresses[s->at].link < l->link.index)
		s->at++;
	for (; s->at < s->addresses_len && s->addresses[s->at].link == l->link.index; s->at++)
		if (out->addresses_len < MSG_ADDRESSES_MAX)
			out->addresses[out->addresses_len++] = s->addresses[s->at];
		else
			out->addresses_more++;
	for (size_t i = 0; i < s->routes_len && out->routes_len < MSG_ROUTES_MAX; i++)
		if (s->routes[i].link == l->link.index)
			out->routes[out->routes_len++] = s->routes[i];
}

static void fill_guest(const struct seen *l, struct msg_net *out)
{
	memcpy(out->uuid, l->guest ? l->guest->uuid : l->owner.uuid, sizeof(out->uuid));
	out->number = l->owner.number;
	if (l->guest)
		memcpy(out->guest, l->guest->name, sizeof(out->guest));
}

static void fill_link(struct sight *s, const struct seen *l, struct msg_net *out)
{
	const struct seen *bridge = l->network ? l : l->master;

	*out = (struct msg_net){.index = (uint32_t)l->link.index,
		.forwards4 = l->forwards4,
		.forwards6 = l->forwards6,
		.state = !l->link.up	  ? MSG_LINK_down
			: l->link.carrier ? MSG_LINK_up
					  : MSG_LINK_no_carrier,
		.speed_mbit = speed_of(l),
		.mtu = l->link.mtu,
		.vlan = l->link.vlan,
		.guarded = l->guarded,
		.guard = l->guard,
		.ports = l->ports,
		.unarmed = l->unarmed};
	copy_name(out->name, l);
	copy_name(out->master, l->master);
	copy_name(out->on, lower(s, &l->link));
	strcpy(out->kind, kind_of(&l->link));
	memcpy(out->mac, l->link.mac, sizeof(out->mac));
	if (bridge && bridge->network)
		memcpy(out->network, bridge->network->name, sizeof(out->network));
	if (l->owned)
		fill_guest(l, out);
	fill_inet(s, l, out);
}

int net_tell(struct monitor *m, const struct msg_net_query *q,
	void (*tell)(void *arg, const struct msg_net *n), void *arg, struct gnx_err *err)
{
	static struct msg_net n; /* too large for the stack of a daemon that is deep in its loop */
	GNX_CLEAN(sight_done)
	struct sight s = {.m = m};
	uint32_t told = 0;
	int r = m->networks.bridges ? see_all(&s, err) : 0;

	if (!r)
		r = look_closer(&s, err);
	if (!r)
		r = tell_host(&s, &n, tell, arg, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s.links_len && (!q->max || told <= q->max); i++) {
		const struct seen *l = &s.links[i];

		if ((uint32_t)l->link.index <= q->after || (l->owned && l->master && !q->ports))
			continue;
		fill_link(&s, l, &n);
		tell(arg, &n);
		told++;
	}
	return 0;
}
