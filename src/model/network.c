/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks' definitions: see network.h. */
#include "model/network.h"

#include "base/clean.h"
#include "model/definition_table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define SECTION "network"

static const char *const kinds[] = {
	[NETWORK_private] = "private",
	[NETWORK_bridged] = "bridged",
	[NETWORK_routed] = "routed",
	[NETWORK_nat] = "nat",
};

const char *network_kind_name(enum network_kind kind)
{
	assert(kind < NETWORK_KIND_COUNT);
	return kinds[kind];
}

int network_kind_by_name(const char *name)
{
	return definition_by_name(kinds, GNX_LEN(kinds), name);
}

bool network_routed(const struct network *n)
{
	return n->kind == NETWORK_routed || n->kind == NETWORK_nat;
}

#define STRUCT_network struct network

static const struct definition_key keys[] = {
#define X(...) DEFINITION_KEY(__VA_ARGS__),
#include "model/network.def"
#undef X
};

static int find_key(enum definition_section section, const char *name)
{
	return definition_key_among(keys, GNX_LEN(keys), section, name);
}

void network_init(struct network *n)
{
	memset(n, 0, sizeof(*n));
	definition_defaults(n, keys, GNX_LEN(keys), SECTION_network);
}

int network_set(struct network *n, const char *key, const char *value, struct gnx_err *err)
{
	int k = find_key(SECTION_network, key);

	if (k < 0)
		return gnx_fail(err, -EINVAL, "[" SECTION "]: there is no key \"%s\"",
			definition_show(key).text);
	return definition_put(n, &keys[k], SECTION, value, err);
}

int network_form(const char *key)
{
	int k = find_key(SECTION_network, key);

	return k < 0 ? k : (int)definition_kinds[keys[k].kind].form;
}

void network_each(const struct network *n,
	void (*tell)(void *arg, const char *key, const char *value), void *arg)
{
	char value[DEFINITION_LINE_MAX + 1];

	_Static_assert(NETWORK_FORWARD_BYTES <= DEFINITION_LINE_MAX, "value holds it");
	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		definition_kinds[keys[i].kind].get((const char *)n + keys[i].offset, value);
		tell(arg, keys[i].name, value);
	}
}

/* --- What is filled in */

/* FNV-1a, folded. Never change this: bridges' names would. */
static uint16_t hash(const char *text)
{
	uint32_t h = 0x811c9dc5;

	while (*text)
		h = (h ^ (unsigned char)*text++) * 0x01000193;
	return (uint16_t)(h ^ h >> 16);
}

static void own_bridge(const char *name, char out[NETWORK_LINK_MAX + 1])
{
	if (strlen(name) <= NETWORK_LINK_MAX)
		strcpy(out, name);
	else
		snprintf(out, NETWORK_LINK_MAX + 1, "%.10s-%04x", name, hash(name));
}

/* --- What is checked */

/* The kernel has settings for all interfaces under these names. */
static int check_names(const struct network *n, struct gnx_err *err)
{
	if (!strcmp(n->bridge, "all") || !strcmp(n->bridge, "default"))
		return gnx_fail(err, -EINVAL, "[" SECTION "] bridge: \"%s\" is no interface's name",
			n->bridge);
	if (!strcmp(n->bridge, n->uplink))
		return gnx_fail(err, -EINVAL, "[" SECTION "] bridge: is the uplink's name, too");
	return 0;
}

static int check_kind(const struct network *n, struct gnx_err *err)
{
	if (n->kind == NETWORK_bridged && !*n->uplink && (!n->dom0 || n->vlan))
		return gnx_fail(err, -EINVAL,
			"[" SECTION "] uplink: is missing, and the network is bridged");
	if (n->kind != NETWORK_bridged && (*n->uplink || n->vlan))
		return gnx_fail(err, -EINVAL, "[" SECTION "] %s: goes with kind = bridged",
			*n->uplink ? "uplink" : "vlan");
	if (n->kind != NETWORK_bridged && n->dom0)
		return gnx_fail(err, -EINVAL, "[" SECTION "] dom0: goes with kind = bridged");
	if (network_routed(n) && !*n->gateways)
		return gnx_fail(err, -EINVAL,
			"[" SECTION "] gateways: is missing, and dom0 is to be the router");
	return 0;
}

/* Each in one of the ranges, and alone there. */
static int check_gateways(const struct network *n, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv gateways = {0};
	struct network_range ranges[NETWORK_RANGES_MAX];
	size_t routed = 0, len = network_ranges(n, ranges);

	gnx_strv_split(&gateways, n->gateways, " ");
	for (size_t i = 0; i < len; i++)
		routed += ranges[i].routed;
	if (routed < gateways.len)
		return gnx_fail(
			err, -EINVAL, "[" SECTION "] gateways: are not each in a range of its own");
	return 0;
}

static int check_dhcp(const struct network *n, struct gnx_err *err)
{
	struct network_range r[NETWORK_RANGES_MAX];
	size_t len = network_ranges(n, r);

	if (!n->dhcp && (*n->dns || *n->domain))
		return gnx_fail(err, -EINVAL, "[" SECTION "] %s: goes with dhcp = yes",
			*n->dns ? "dns" : "domain");
	if (n->dhcp && (n->kind == NETWORK_bridged || !len))
		return gnx_fail(err, -EINVAL,
			"[" SECTION "] dhcp: goes with ranges, and on a bridged network others "
			"are asked");
	for (size_t i = 0; n->dhcp && i < len; i++)
		if (!r[i].routed || (r[i].family == AF_INET6 && r[i].prefix < 64))
			return gnx_fail(err, -EINVAL,
				"[" SECTION "] dhcp: each range has a gateway then, and with IPv6 "
				"a prefix length of 64 or more");
	return 0;
}

static bool same_port(const struct network_forward *a, const struct network_forward *b)
{
	return a->protocol == b->protocol && a->port == b->port && a->family == b->family;
}

/* To guests' addresses, and each port once. */
static int check_forward(const struct network *n, struct gnx_err *err)
{
	struct network_range ranges[NETWORK_RANGES_MAX];
	struct network_forward f[NETWORK_FORWARDS_MAX];
	size_t ranges_len = network_ranges(n, ranges), len = network_forwards(n, f);

	if (len && n->kind != NETWORK_nat)
		return gnx_fail(err, -EINVAL, "[" SECTION "] forward: goes with kind = nat");
	for (size_t i = 0; i < len; i++) {
		if (!network_ranges_give(ranges, ranges_len, f[i].family, f[i].address))
			return gnx_fail(err, -EINVAL,
				"[" SECTION "] forward: leads to an address that no guest can be "
				"given");
		for (size_t j = 0; j < i; j++)
			if (same_port(&f[i], &f[j]))
				return gnx_fail(err, -EINVAL,
					"[" SECTION "] forward: has port %u twice", f[i].port);
	}
	return 0;
}

static void add_key(void *arg, const char *key, const char *value)
{
	struct gnx_strv *v = arg;

	gnx_strv_add(v, key);
	gnx_strv_add(v, value);
}

int network_check(struct network *n, struct gnx_err *err)
{
	static int (*const checks[])(const struct network *, struct gnx_err *) = {
		check_names, check_kind, check_gateways, check_forward, check_dhcp};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv values = {0};
	struct network whole;
	int r = 0;

	network_init(&whole);
	network_each(n, add_key, &values);
	for (size_t i = 0; !r && i < values.len; i += 2)
		r = network_set(&whole, values.items[i], values.items[i + 1], err);
	if (!r && !*whole.bridge)
		own_bridge(whole.name, whole.bridge);
	for (size_t i = 0; !r && i < GNX_LEN(checks); i++)
		r = checks[i](&whole, err);
	if (!r)
		*n = whole;
	return r;
}

/* --- Side by side */

static bool share_range(const struct network *a, const struct network *b)
{
	struct network_range ra[NETWORK_RANGES_MAX], rb[NETWORK_RANGES_MAX];
	size_t la = a->kind == NETWORK_bridged ? 0 : network_ranges(a, ra);
	size_t lb = b->kind == NETWORK_bridged ? 0 : network_ranges(b, rb);

	for (size_t i = 0; i < la; i++)
		for (size_t j = 0; ra[i].routed && j < lb; j++)
			if (rb[j].routed &&
				(network_range_has(&ra[i], rb[j].family, rb[j].address) ||
					network_range_has(&rb[j], ra[i].family, ra[i].address)))
				return true;
	return false;
}

static bool share_port(const struct network *a, const struct network *b)
{
	struct network_forward fa[NETWORK_FORWARDS_MAX], fb[NETWORK_FORWARDS_MAX];
	size_t la = network_forwards(a, fa), lb = network_forwards(b, fb);

	for (size_t i = 0; i < la; i++)
		for (size_t j = 0; j < lb; j++)
			if (same_port(&fa[i], &fb[j]))
				return true;
	return false;
}

const char *network_clash(const struct network *a, const struct network *b)
{
	if (!strcmp(a->bridge, b->bridge))
		return "bridge";
	if (*a->uplink && !strcmp(a->uplink, b->uplink) && a->vlan == b->vlan)
		return a->vlan ? "vlan" : "uplink";
	if (share_range(a, b))
		return "ranges";
	return share_port(a, b) ? "forward" : NULL;
}

/* --- As a text */

static int add_section(
	void *it, const char *section, struct definition_place *place_out, struct gnx_err *err)
{
	(void)it;
	if (strcmp(section, SECTION) != 0)
		return gnx_fail(err, -EINVAL, "there is no section [%s]; there is [" SECTION "]",
			definition_show(section).text);
	*place_out = (struct definition_place){SECTION_network, 0};
	return 0;
}

static int set_key(
	void *it, const char *section, const char *key, const char *value, struct gnx_err *err)
{
	(void)section;
	return network_set(it, key, value, err);
}

int network_parse(
	struct network *n, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	struct network read;
	const struct definition_reader to = {&read, add_section, find_key, set_key};
	int r;

	network_init(&read);
	r = definition_read(&to, text, len, path, err);
	if (r < 0)
		return r;
	r = network_check(&read, err);
	if (r < 0)
		gnx_err_prefix(err, "%s", path);
	else
		*n = read;
	return r;
}

static void write_key(void *arg, const char *key, const char *value)
{
	const char *fallback = keys[find_key(SECTION_network, key)].fallback;

	if (!fallback || strcmp(value, fallback) != 0)
		gnx_buf_fmt(arg, "%s = %s\n", key, value);
}

void network_write(const struct network *n, struct gnx_buf *out)
{
	struct network bare = *n;
	char own[NETWORK_LINK_MAX + 1];

	own_bridge(n->name, own);
	if (!strcmp(n->bridge, own))
		bare.bridge[0] = '\0';
	gnx_buf_str(out, "[" SECTION "]\n");
	network_each(&bare, write_key, out);
}
