/* SPDX-License-Identifier: BSD-3-Clause */
/* The bridges of networks: see bridge.h. */
#include "net/bridge.h"

#include "base/clean.h"
#include "base/file.h"
#include "net/link.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is being made, until it is complete. One that is there is of a process that was killed. */
#define UNFINISHED "gridnix-new"

/* What a network's interfaces are called. */
struct names {
	char alias[sizeof(LINK_MARK) + NETWORK_NAME_MAX];
	char vlan[IFNAMSIZ]; /* "": it is on none */
};

static struct names names_of(const struct network *n)
{
	struct names s = {.vlan = ""};

	snprintf(s.alias, sizeof(s.alias), LINK_MARK "%s", n->name);
	if (n->vlan)
		snprintf(s.vlan, sizeof(s.vlan), "%.10s.%u", n->uplink, n->vlan % 10000);
	return s;
}

/* Looks for an interface of ours: 1; 0: there is none of the name; -EEXIST: there is another's. */
static int find_ours(
	struct nl *nl, const char *name, const char *alias, struct link *out, struct gnx_err *err)
{
	int r = link_find(nl, name, out, err);

	if (r == 1 && strcmp(out->alias, alias) != 0)
		return gnx_fail(err, -EEXIST,
			"%s: there is an interface of this name, which is not this network's",
			name);
	return r;
}

/* One that may not be there. */
static int remove_named(struct nl *nl, const char *name, const char *alias, struct gnx_err *err)
{
	struct link l;
	int r = find_ours(nl, name, alias, &l, err);

	return r == 1 ? link_remove(nl, &l, err) : r;
}

/* What is left of one that was not completed. */
static int sweep(struct nl *nl, const char *name, struct gnx_err *err)
{
	struct link left;
	int r = link_find(nl, name, &left, err);

	return r == 1 ? link_remove(nl, &left, err) : r;
}

/* --- The uplink */

static int is_one(void *arg, const struct link_address *a)
{
	(void)arg, (void)a;
	return 1;
}

/* It would lose what it is used for. */
static int check_port(
	struct nl *nl, const struct network *n, const struct link *uplink, struct gnx_err *err)
{
	int r;

	if (!strcmp(uplink->kind, "bridge"))
		return gnx_fail(err, -GNX_E_STATE,
			"%s: is a bridge itself: guests can be on it by their key bridge",
			n->uplink);
	if (uplink->master)
		return gnx_fail(
			err, -EBUSY, "%s: is a port of another interface already", n->uplink);
	r = link_addresses(nl, uplink, is_one, NULL, err);
	if (r == 1)
		return gnx_fail(err, -EBUSY,
			"%s: has addresses, which could not be reached any more; with vlan they "
			"could",
			n->uplink);
	return r;
}

static int find_uplink(
	struct nl *nl, const struct network *n, struct link *out, struct gnx_err *err)
{
	int r = link_find(nl, n->uplink, out, err);

	if (r < 0)
		return r;
	if (!r)
		return gnx_fail(err, -GNX_E_STATE, "%s: there is no such interface", n->uplink);
	if (out->loopback)
		return gnx_fail(err, -GNX_E_STATE, "%s: leads nowhere", n->uplink);
	if (out->mtu < n->mtu)
		return gnx_fail(err, -GNX_E_STATE, "%s: has an MTU of %u, less than the network's",
			n->uplink, out->mtu);
	return 0;
}

static int add_vlan(struct nl *nl, const struct network *n, const struct names *names,
	const struct link *uplink, const struct link *bridge, struct link *out, struct gnx_err *err)
{
	int r = sweep(nl, UNFINISHED "v", err);

	if (!r)
		r = link_add_vlan(nl, UNFINISHED "v", uplink, n->vlan, bridge, n->mtu, out, err);
	if (!r)
		r = link_set_alias(nl, out, names->alias, err);
	return r ? r : link_set_name(nl, out, names->vlan, err);
}

/* A VLAN of ours without the bridge is left of one that was removed by others. */
static int join_vlan(struct nl *nl, const struct network *n, const struct names *names,
	const struct link *uplink, const struct link *bridge, struct gnx_err *err)
{
	struct link vlan;
	int r = find_ours(nl, names->vlan, names->alias, &vlan, err);

	if (r == 1 && (vlan.master != bridge->index || vlan.lower != uplink->index))
		r = link_remove(nl, &vlan, err); /* and is not there any more: 0 */
	if (r < 0)
		return r;
	if (!r)
		r = add_vlan(nl, n, names, uplink, bridge, &vlan, err);
	else
		r = vlan.mtu == n->mtu ? 0 : link_set_mtu(nl, &vlan, n->mtu, err);
	return r || vlan.up ? r : link_set_up(nl, &vlan, true, err);
}

static int join_uplink(struct nl *nl, const struct network *n, const struct names *names,
	const struct link *bridge, struct gnx_err *err)
{
	struct link uplink;
	int r = find_uplink(nl, n, &uplink, err);

	if (!r && !n->vlan && uplink.master != bridge->index) {
		r = check_port(nl, n, &uplink, err);
		if (!r)
			r = link_set_master(nl, &uplink, bridge->index, err);
	}
	if (!r && !uplink.up)
		r = link_set_up(nl, &uplink, true, err);
	return r || !n->vlan ? r : join_vlan(nl, n, names, &uplink, bridge, err);
}

/* --- dom0 on it */

/* Without IPv6 in the kernel there is nothing to set. */
static int set(const char *family, const struct link *l, const char *key, const char *value,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/proc/sys/net/%s/conf/%s/%s", family, l->name, key);
	int r = gnx_file_set(path, value, err);

	return r == -ENOENT && !strcmp(family, "ipv6") ? 0 : r;
}

/* Addresses that are to be on a bridge, and others that are. */
struct own_addresses {
	struct link_address wanted[NETWORK_RANGES_MAX];
	size_t wanted_len;
	struct link_address other; /* one of those, unless its family is 0 */
};

/* On a bridged network gateways are others'. */
static void want_addresses(const struct network *n, struct own_addresses *out)
{
	struct network_range ranges[NETWORK_RANGES_MAX];
	size_t len = n->kind == NETWORK_bridged ? 0 : network_ranges(n, ranges);

	*out = (struct own_addresses){0};
	for (size_t i = 0; i < len; i++) {
		struct link_address *a = &out->wanted[out->wanted_len];

		if (!ranges[i].routed)
			continue;
		a->family = ranges[i].family;
		a->prefix = ranges[i].prefix;
		memcpy(a->address, ranges[i].gateway, sizeof(a->address));
		out->wanted_len++;
	}
}

static int see_address(void *arg, const struct link_address *a)
{
	struct own_addresses *all = arg;

	for (size_t i = 0; i < all->wanted_len; i++)
		if (!memcmp(a, &all->wanted[i], sizeof(*a)))
			return 0;
	all->other = *a;
	return 1;
}

static int drop_others(
	struct nl *nl, const struct link *bridge, struct own_addresses *all, struct gnx_err *err)
{
	int r = 1;

	while (r == 1) {
		r = link_addresses(nl, bridge, see_address, all, err);
		if (r == 1 && link_drop_address(nl, bridge, &all->other, err) < 0)
			return err->code;
	}
	return r;
}

/* It believes no router there, and answers for no other address of its own. */
static int set_addresses(
	struct nl *nl, const struct network *n, const struct link *bridge, struct gnx_err *err)
{
	struct own_addresses all;
	bool v6 = false;
	int r;

	want_addresses(n, &all);
	for (size_t i = 0; i < all.wanted_len; i++)
		v6 = v6 || all.wanted[i].family == AF_INET6;
	r = set("ipv6", bridge, "accept_ra", "0", err);
	if (!r)
		r = set("ipv6", bridge, "disable_ipv6", v6 ? "0" : "1", err);
	if (!r)
		r = set("ipv4", bridge, "arp_ignore", "1", err);
	if (!r)
		r = set("ipv4", bridge, "rp_filter", "1", err);
	/* First, for the kernel takes an address away with the older one of its network. */
	if (!r)
		r = drop_others(nl, bridge, &all, err);
	for (size_t i = 0; !r && i < all.wanted_len; i++)
		r = link_add_address(nl, bridge, &all.wanted[i], err);
	return r;
}

/* --- The bridge */

static int complete(struct nl *nl, const struct network *n, const struct names *names,
	struct link *bridge, struct gnx_err *err)
{
	int r = bridge->mtu == n->mtu ? 0 : link_set_mtu(nl, bridge, n->mtu, err);

	if (!r)
		r = link_stop_learning(nl, bridge, err);
	if (!r && !n->dom0)
		r = set_addresses(nl, n, bridge, err);
	if (!r && *n->uplink)
		r = join_uplink(nl, n, names, bridge, err);
	/* A name is given while it is down. */
	if (!r && strcmp(bridge->name, n->bridge) != 0)
		r = link_set_name(nl, bridge, n->bridge, err);
	return r || bridge->up ? r : link_set_up(nl, bridge, true, err);
}

static int make(
	struct nl *nl, const struct network *n, const struct names *names, struct gnx_err *err)
{
	struct link bridge, uplink = {.up = true};
	int r = sweep(nl, UNFINISHED, err);

	if (!r && *n->uplink)
		r = link_find(nl, n->uplink, &uplink, err);
	if (r >= 0)
		r = link_add_bridge(nl, UNFINISHED, n->mtu, &bridge, err);
	if (r < 0)
		return r;
	r = link_set_alias(nl, &bridge, names->alias, err);
	if (!r)
		r = complete(nl, n, names, &bridge, err);
	if (r < 0) {
		sweep(nl, UNFINISHED "v", NULL);
		if (*names->vlan)
			remove_named(nl, names->vlan, names->alias, NULL);
		link_remove(nl, &bridge, NULL);
		if (!uplink.up)
			link_set_up(nl, &uplink, false, NULL);
	}
	return r;
}

int bridge_there(struct nl *nl, const struct network *n, struct gnx_err *err)
{
	const struct names names = names_of(n);
	struct link bridge;
	int r = link_find(nl, n->bridge, &bridge, err);

	return r == 1 ? !strcmp(bridge.alias, names.alias) : r;
}

unsigned int bridge_uplink(const struct network *n)
{
	struct names names = names_of(n);

	return *n->uplink ? if_nametoindex(n->vlan ? names.vlan : n->uplink) : 0;
}

int bridge_make(struct nl *nl, const struct network *n, struct gnx_err *err)
{
	const struct names names = names_of(n);
	struct link bridge;
	int r = find_ours(nl, n->bridge, names.alias, &bridge, err);

	if (r < 0)
		return r;
	return r ? complete(nl, n, &names, &bridge, err) : make(nl, n, &names, err);
}

/* What is on a bridge. */
struct ports {
	const struct network *network;
	const struct names *names;
	char other[IFNAMSIZ]; /* "": only what belongs to the network */
};

static int see_port(void *arg, const struct link *port)
{
	struct ports *p = arg;
	const char *own = p->network->vlan ? p->names->vlan : p->network->uplink;

	if (strcmp(port->name, own) != 0)
		memcpy(p->other, port->name, sizeof(p->other));
	return 0;
}

int bridge_remove(struct nl *nl, const struct network *n, struct gnx_err *err)
{
	const struct names names = names_of(n);
	struct ports ports = {.network = n, .names = &names};
	struct gnx_err other = GNX_ERR_INIT;
	struct link bridge;
	int r = find_ours(nl, n->bridge, names.alias, &bridge, &other);

	if (r < 0 && r != -EEXIST)
		return gnx_fail(err, r, "%s", other.msg);
	if (r == 1) {
		r = link_ports(nl, bridge.index, see_port, &ports, err);
		if (!r && *ports.other)
			r = gnx_fail(err, -EBUSY, "%s: %s is on it", n->bridge, ports.other);
		if (!r && n->dom0)
			r = link_addresses(nl, &bridge, is_one, NULL, err);
		if (r == 1)
			r = gnx_fail(err, -EBUSY, "%s: dom0 has addresses on it", n->bridge);
		if (!r)
			r = link_remove(nl, &bridge, err);
		if (r < 0)
			return r;
	}
	return *names.vlan ? remove_named(nl, names.vlan, names.alias, err) : 0;
}
