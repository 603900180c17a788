/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks that guests are on: see gridnix.h. */
#include "lib/list.h"
#include "lib/named.h"

#include <errno.h>

#define NETWORKS "/v1/networks"

struct gnx_network {
	const char *name, *kind, *bridge, *uplink, *ranges, *gateways, *words; /* the json's */
	json_int_t vlan, mtu;
};

static bool parse_network(json_t *json, void *item)
{
	struct gnx_network *n = item;

	n->uplink = n->ranges = n->gateways = n->words = "";
	return json_unpack(json, "{s:s, s:s, s:s, s?s, s?I, s:I, s?s, s?s, s?s}", "name", &n->name,
		       "kind", &n->kind, "bridge", &n->bridge, "uplink", &n->uplink, "vlan",
		       &n->vlan, "mtu", &n->mtu, "ranges", &n->ranges, "gateways", &n->gateways,
		       "words", &n->words) == 0 &&
		n->vlan >= 0 && n->vlan <= UINT16_MAX && n->mtu > 0 && n->mtu <= UINT16_MAX;
}

static const struct list_kind networks = {"networks", sizeof(struct gnx_network), parse_network};
LIST(gnx_networks, gnx_network)

int gnx_network_list(struct gnx_conn *conn, struct gnx_networks **list_out)
{
	const struct demand d = {.method = "GET", .target = NETWORKS};

	return conn && list_out ? ask_gnx_networks(conn, &d, &networks, list_out) : -EINVAL;
}

int gnx_network_get(struct gnx_conn *conn, const char *network, struct gnx_networks **list_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	int r;

	if (!conn || !network || !*network || !list_out)
		return -EINVAL;
	r = target_named(conn, &t, NETWORKS "/", network, "");
	return r ? r : ask_gnx_networks(conn, &d, &networks, list_out);
}

int gnx_network_definition(struct gnx_conn *conn, const char *network, char **text_out)
{
	return named_definition(conn, NETWORKS "/", network, text_out);
}

static int define(struct gnx_conn *conn, enum gnx_form form, const char *text, const char *target,
	struct gnx_networks **list_out)
{
	struct demand d;

	return conn && named_demand(&d, form, text, target)
		? ask_gnx_networks(conn, &d, &networks, list_out)
		: -EINVAL;
}

int gnx_network_create(
	struct gnx_conn *conn, enum gnx_form form, const char *text, struct gnx_networks **list_out)
{
	return define(conn, form, text, NETWORKS "?replace=no", list_out);
}

int gnx_network_define(
	struct gnx_conn *conn, enum gnx_form form, const char *text, struct gnx_networks **list_out)
{
	return define(conn, form, text, NETWORKS, list_out);
}

int gnx_network_delete(struct gnx_conn *conn, const char *network)
{
	return named_delete(conn, NETWORKS "/", network);
}

#define STRING(name)                                                                               \
	const char *gnx_network_##name(const struct gnx_network *network)                          \
	{                                                                                          \
		return network ? network->name : "";                                               \
	}
STRING(name)
STRING(kind)
STRING(bridge)
STRING(uplink)
STRING(ranges)
STRING(gateways)
STRING(words)

unsigned gnx_network_vlan(const struct gnx_network *network)
{
	return network ? (unsigned)network->vlan : 0;
}

unsigned gnx_network_mtu(const struct gnx_network *network)
{
	return network ? (unsigned)network->mtu : 0;
}
