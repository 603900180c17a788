/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks that guests are on: see gridnix.h. */
#include "base/clean.h"
#include "lib/conn.h"
#include "lib/named.h"

#include <errno.h>

#define NETWORKS "/v1/networks"

struct gnx_network {
	const char *name, *kind, *bridge, *uplink, *ranges, *gateways, *words; /* the json's */
	json_int_t vlan, mtu;
};

struct gnx_networks {
	json_t *json;
	char *text;
	size_t len;
	struct gnx_network items[];
};

static bool parse_network(json_t *json, struct gnx_network *n)
{
	n->uplink = n->ranges = n->gateways = n->words = "";
	return json_unpack(json, "{s:s, s:s, s:s, s?s, s?I, s:I, s?s, s?s, s?s}", "name", &n->name,
		       "kind", &n->kind, "bridge", &n->bridge, "uplink", &n->uplink, "vlan",
		       &n->vlan, "mtu", &n->mtu, "ranges", &n->ranges, "gateways", &n->gateways,
		       "words", &n->words) == 0 &&
		n->vlan >= 0 && n->vlan <= UINT16_MAX && n->mtu > 0 && n->mtu <= UINT16_MAX;
}

/* Asks, and makes a list of the answer, which is one of networks, or one network. */
static int ask(struct gnx_conn *conn, const struct demand *d, struct gnx_networks **list_out)
{
	GNX_CLEAN(conn_json_done)
	json_t *json = NULL;
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	GNX_CLEAN(gnx_free)
	struct gnx_networks *list = NULL;
	json_t *array;
	int r = conn_ask_json(conn, d, &json, &text);

	if (r < 0)
		return r;
	array = json_object_get(json, "networks");
	list = calloc(1, sizeof(*list) + (json_array_size(array) + 1) * sizeof(list->items[0]));
	if (!list)
		return conn_fail(conn, -ENOMEM, "out of memory");
	list->len = array ? json_array_size(array) : 1;
	for (size_t i = 0; i < list->len; i++)
		if (!parse_network(array ? json_array_get(array, i) : json, &list->items[i]))
			return conn_fail(conn, -GNX_ERR_PROTOCOL, "%s: the answer is no network",
				conn->path);
	list->json = STEAL(json);
	list->text = STEAL(text);
	if (list_out)
		*list_out = STEAL(list);
	else
		gnx_networks_free(STEAL(list));
	return 0;
}

int gnx_network_list(struct gnx_conn *conn, struct gnx_networks **list_out)
{
	const struct demand d = {.method = "GET", .target = NETWORKS};

	return conn && list_out ? ask(conn, &d, list_out) : -EINVAL;
}

int gnx_network_get(struct gnx_conn *conn, const char *network, struct gnx_networks **list_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	int r;

	if (!conn || !network || !*network || !list_out)
		return -EINVAL;
	r = target_named(conn, &t, NETWORKS "/", network, "");
	return r ? r : ask(conn, &d, list_out);
}

int gnx_network_definition(struct gnx_conn *conn, const char *network, char **text_out)
{
	return named_definition(conn, NETWORKS "/", network, text_out);
}

static int define(struct gnx_conn *conn, enum gnx_form form, const char *text, const char *target,
	struct gnx_networks **list_out)
{
	struct demand d;

	return conn && named_demand(&d, form, text, target) ? ask(conn, &d, list_out) : -EINVAL;
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

void gnx_networks_free(struct gnx_networks *list)
{
	if (!list)
		return;
	json_decref(list->json);
	free(list->text);
	free(list);
}

size_t gnx_networks_count(const struct gnx_networks *list)
{
	return list ? list->len : 0;
}

const struct gnx_network *gnx_networks_at(const struct gnx_networks *list, size_t i)
{
	return list && i < list->len ? &list->items[i] : NULL;
}

const char *gnx_networks_json(const struct gnx_networks *list)
{
	return list ? list->text : "";
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
