/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks' definitions: see network.h. */
#include "model/network.h"

#include "base/clean.h"
#include "model/definition_table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SECTION "network"

static const char *const kinds[] = {
	[NETWORK_private] = "private",
	[NETWORK_bridged] = "bridged",
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
	if (n->kind == NETWORK_bridged && !*n->uplink)
		return gnx_fail(err, -EINVAL,
			"[" SECTION "] uplink: is missing, and the network is bridged");
	if (n->kind == NETWORK_private && (*n->uplink || n->vlan))
		return gnx_fail(err, -EINVAL, "[" SECTION "] %s: goes with kind = bridged",
			*n->uplink ? "uplink" : "vlan");
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

static void add_key(void *arg, const char *key, const char *value)
{
	struct gnx_strv *v = arg;

	gnx_strv_add(v, key);
	gnx_strv_add(v, value);
}

int network_check(struct network *n, struct gnx_err *err)
{
	static int (*const checks[])(const struct network *, struct gnx_err *) = {
		check_names, check_kind, check_gateways};
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
