/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks as JSON: see network_json.h. */
#include "gridnixd/api/network_json.h"

#include "base/clean.h"
#include "gridnixd/api/json_value.h"
#include "gridnixd/json.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

static int set_key(struct network *n, const char *key, const json_t *v, struct gnx_err *err)
{
	int form = network_form(key);
	char number[24];
	const char *text = json_value_text(v, form, number);

	if (!text && form >= 0)
		return gnx_fail(
			err, -EINVAL, "[network] %s: is not %s", key, json_value_wanted(form));
	return network_set(n, key, text ? text : "", err);
}

int network_from_json(struct network *n, const char *text, size_t len, struct gnx_err *err)
{
	struct network read;
	GNX_CLEAN(json_value_done)
	json_t *root = NULL;
	const char *key;
	json_t *value;
	int r = json_value_object(text, len, &root, err);

	if (r < 0)
		return r;
	network_init(&read);
	json_object_foreach(root, key, value)
	{
		r = set_key(&read, key, value, err);
		if (r < 0)
			return r;
	}
	r = network_check(&read, err);
	if (!r)
		*n = read;
	return r;
}

static void add_key(void *arg, const char *key, const char *value)
{
	if (*value)
		json_object_set_new(arg, key, json_value_of(network_form(key), value));
}

static void show(const json_t *o, struct gnx_buf *out)
{
	GNX_CLEAN(gnx_free)
	char *text = json_dumps(o, JSON_COMPACT);

	assert(text); /* all that is in it was made here */
	gnx_buf_str(out, text);
}

void show_network(const struct msg_network *n, struct gnx_buf *out)
{
	GNX_CLEAN(json_value_done)
	json_t *root = json_object();
	GNX_CLEAN(gnx_free)
	char *words = show_utf8(n->words);

	network_each(&n->network, add_key, root);
	json_object_set_new(root, "state", json_string(*words ? "down" : "up"));
	if (*words)
		json_object_set_new(root, "words", json_string(words));
	show(root, out);
}

static void add_text(json_t *o, const char *key, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *shown = show_utf8(text);

	if (*shown)
		json_object_set_new(o, key, json_string(shown));
}

void show_port(const struct msg_port *p, struct gnx_buf *out)
{
	GNX_CLEAN(json_value_done)
	json_t *root = json_object();
	char uuid[GUEST_UUID_TEXT];

	add_text(root, "bridge", p->bridge);
	add_text(root, "network", p->network);
	json_object_set_new(root, "guarded", json_boolean(p->guarded));
	if (*p->name) {
		add_text(root, "port", p->name);
		add_text(root, "state", guarded_state_name(p->state));
		json_object_set_new(root, "blocked", json_integer((json_int_t)p->blocked));
	}
	if (*p->guest) {
		guest_uuid_text(p->uuid, uuid);
		add_text(root, "guest", p->guest);
		add_text(root, "uuid", uuid);
		json_object_set_new(root, "vif", json_integer(p->number));
	}
	add_text(root, "may", p->words);
	add_text(root, "why", p->why);
	show(root, out);
}

/* --- How dom0 is on the network */

/* An address, and with a prefix that of its network. */
static void add_address(json_t *o, const char *key, const struct address *a, bool prefix)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(a->len == 16 ? AF_INET6 : AF_INET, a->bytes, text, sizeof(text));
	json_object_set_new(
		o, key, prefix ? json_sprintf("%s/%u", text, a->prefix) : json_string(text));
}

static json_t *show_addresses(const struct msg_net *n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n->addresses_len; i++) {
		const struct inet_address *a = &n->addresses[i];
		json_t *one = json_object();

		add_address(one, "address", &a->address, true);
		add_text(one, "state", inet_state_name(a->state));
		if (a->valid_s != INET_FOREVER)
			json_object_set_new(one, "valid_s", json_integer(a->valid_s));
		json_array_append_new(all, one);
	}
	return all;
}

static json_t *show_routes(const struct msg_net *n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n->routes_len; i++) {
		const struct inet_route *r = &n->routes[i];
		json_t *one = json_object();

		json_object_set_new(one, "family", json_string(r->v6 ? "ipv6" : "ipv4"));
		if (r->via.len)
			add_address(one, "via", &r->via, false);
		json_object_set_new(one, "metric", json_integer(r->metric));
		json_array_append_new(all, one);
	}
	return all;
}

static void add_number(json_t *o, const char *key, uint32_t n)
{
	if (n)
		json_object_set_new(o, key, json_integer(n));
}

static void add_owner(json_t *o, const struct msg_net *n)
{
	static const uint8_t nobody[GUEST_UUID];
	char uuid[GUEST_UUID_TEXT];

	if (!memcmp(n->uuid, nobody, sizeof(nobody)))
		return;
	guest_uuid_text(n->uuid, uuid);
	add_text(o, "guest", n->guest);
	add_text(o, "uuid", uuid);
	json_object_set_new(o, "vif", json_integer(n->number));
}

static void add_link(json_t *o, const struct msg_net *n)
{
	static const char *const states[MSG_LINK_STATES] = {"down", "no-carrier", "up"};
	static const uint8_t none[ADDRESS_MAC];
	const uint8_t *mac = n->mac;

	add_number(o, "index", n->index);
	add_text(o, "name", n->name);
	add_text(o, "kind", n->kind);
	add_text(o, "state", states[n->state]);
	add_number(o, "speed_mbit", n->speed_mbit);
	json_object_set_new(o, "mtu", json_integer(n->mtu));
	if (memcmp(mac, none, sizeof(none)) != 0)
		json_object_set_new(o, "mac",
			json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
				mac[3], mac[4], mac[5]));
	add_text(o, "master", n->master);
	add_text(o, "on", n->on);
	add_number(o, "vlan", n->vlan);
	add_text(o, "network", n->network);
	json_object_set_new(o, "guarded", json_boolean(n->guarded));
	add_text(o, "guard", n->guard ? guarded_state_name(n->guard) : "");
	add_owner(o, n);
	add_number(o, "ports", n->ports);
	add_number(o, "unarmed", n->unarmed);
	json_object_set_new(o, "addresses", show_addresses(n));
	add_number(o, "addresses_more", n->addresses_more);
	json_object_set_new(o, "routes", show_routes(n));
}

static void add_servers(json_t *o, const struct msg_net *n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n->servers_len; i++) {
		json_t *one = json_object();

		add_text(one, "address", n->servers[i]);
		json_array_append_new(all, one);
	}
	json_object_set_new(o, "servers", all);
}

void show_net(const struct msg_net *n, struct gnx_buf *out)
{
	GNX_CLEAN(json_value_done)
	json_t *root = json_object();

	if (n->index)
		add_link(root, n);
	else
		add_servers(root, n);
	json_object_set_new(root, "forwards4", json_boolean(n->forwards4));
	json_object_set_new(root, "forwards6", json_boolean(n->forwards6));
	show(root, out);
}
