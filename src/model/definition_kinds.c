/* SPDX-License-Identifier: BSD-3-Clause */
/* The values in a guest's definition, kind by kind: from text into fields and back. See
 * definition_part.h. */
#include "model/definition_part.h"

#include "base/clean.h"
#include "model/address.h"
#include "model/firewall.h"
#include "model/firewall_part.h"
#include "model/traffic.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DIGITS	     "0123456789"
#define SIZE_MIN_KIB (4ULL << 10)  /* "4M" in set_size() */
#define SIZE_MAX_KIB (16ULL << 30) /* "16T", more than Xen gives a guest */
#define ORDER_MAX    99
#define SECONDS_MAX  86400
#define VLAN_MAX     4094
#define MTU_MIN	     1280 /* IPv6's */
#define MTU_MAX	     65535

/* --- Texts */

/* Fills the whole field, so that nothing of an older value stays behind the NUL. */
static const char *put_text(const char *fault, char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (fault)
		return fault;
	assert(len < size);
	memset(field, 0, size);
	memcpy(field, text, len);
	return NULL;
}

static void get_text(const void *field, char *out)
{
	strcpy(out, field);
}

static const char *set_name(void *field, size_t size, const char *text)
{
	return put_text(definition_name_fault(text), field, size, text);
}

static const char *set_path(void *field, size_t size, const char *text)
{
	return put_text(definition_path_fault(text), field, size, text);
}

static const char *set_bridge(void *field, size_t size, const char *text)
{
	return put_text(definition_bridge_fault(text), field, size, text);
}

static const char *set_netname(void *field, size_t size, const char *text)
{
	return put_text(definition_netname_fault(text), field, size, text);
}

/* A file could not keep the blanks around it. */
static const char *put_line(
	const char *(*fault)(const char *text), void *field, size_t size, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *copy = gnx_dup(text);
	const char *line = gnx_trim(copy);

	return put_text(fault(line), field, size, line);
}

static const char *set_line(void *field, size_t size, const char *text)
{
	return put_line(definition_line_fault, field, size, text);
}

static const char *set_addresses(void *field, size_t size, const char *text)
{
	return put_line(definition_addresses_fault, field, size, text);
}

static const char *set_ranges(void *field, size_t size, const char *text)
{
	return put_line(network_ranges_fault, field, size, text);
}

static const char *set_gateways(void *field, size_t size, const char *text)
{
	return put_line(network_gateways_fault, field, size, text);
}

static const char *set_forwards(void *field, size_t size, const char *text)
{
	return put_line(network_forwards_fault, field, size, text);
}

static const char *set_names(void *field, size_t size, const char *text)
{
	return put_line(firewall_names_fault, field, size, text);
}

static const char *set_peerlist(void *field, size_t size, const char *text)
{
	return put_line(firewall_addresses_fault, field, size, text);
}

static const char *set_peers(void *field, size_t size, const char *text)
{
	return put_line(firewall_peers_fault, field, size, text);
}

static const char *set_ports(void *field, size_t size, const char *text)
{
	return put_line(firewall_ports_fault, field, size, text);
}

static const char *set_protocol(void *field, size_t size, const char *text)
{
	return put_text(firewall_protocol_fault(text), field, size, text);
}

static const char *set_states(void *field, size_t size, const char *text)
{
	return put_line(firewall_states_fault, field, size, text);
}

static const char *set_dns(void *field, size_t size, const char *text)
{
	return put_line(network_dns_fault, field, size, text);
}

static const char *set_domain(void *field, size_t size, const char *text)
{
	return put_text(network_domain_fault(text), field, size, text);
}

static bool *grub_of(const void *kernel)
{
	return (bool *)((char *)kernel - offsetof(struct definition, kernel) +
		offsetof(struct definition, grub));
}

static const char *set_kernel(void *field, size_t size, const char *text)
{
	bool grub = !strcmp(text, "grub");
	const char *fault = NULL;

	if (!grub && *text != '/')
		return "is neither grub nor a path that begins with \"/\"";
	fault = grub ? put_text(NULL, field, size, "") : set_path(field, size, text);
	if (!fault)
		*grub_of(field) = grub;
	return fault;
}

static void get_kernel(const void *field, char *out)
{
	strcpy(out, *grub_of(field) ? "grub" : field);
}

static const char *set_mac(void *field, size_t size, const char *text)
{
	(void)size;
	return address_mac(text, field);
}

static void get_mac(const void *field, char *out)
{
	static const uint8_t none[6];
	const uint8_t *m = field;

	*out = '\0';
	if (memcmp(m, none, sizeof(none)))
		sprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static const char *set_uuid(void *field, size_t size, const char *text)
{
	static const uint8_t none[GUEST_UUID];
	uint8_t uuid[GUEST_UUID];

	if (guest_uuid_parse(text, uuid) < 0)
		return "is not a UUID, such as 5a2ff1c8-8c0e-4f39-9d3a-6a0c1b0f7e21";
	if (!memcmp(uuid, none, sizeof(uuid)))
		return "is no guest's UUID, but nothing at all";
	memcpy(field, uuid, size);
	return NULL;
}

static void get_uuid(const void *field, char *out)
{
	static const uint8_t none[GUEST_UUID];

	*out = '\0';
	if (memcmp(field, none, sizeof(none)))
		guest_uuid_text(field, out);
}

/* --- Numbers */

static const char units[] = "KMGT";

static const char *set_size(void *field, size_t size, const char *text)
{
	size_t digits = strspn(text, DIGITS);
	const char *unit = strchr(units, text[digits]);
	char number[20] = "";
	unsigned shift;
	uint64_t n;

	(void)size;
	if (digits && !text[digits])
		return "has no unit: write 512M for so many mebibytes, or K, G, T";
	if (!digits || !unit || text[digits + 1])
		return "is not a size: write 512M or 4G; there are K, M, G and T";
	shift = (unsigned)(unit - units) * 10;
	if (digits >= sizeof(number))
		return "is more than 16T";
	memcpy(number, text, digits);
	if (gnx_parse_u64(number, SIZE_MAX_KIB >> shift, &n) < 0)
		return "is more than 16T";
	if (n << shift < SIZE_MIN_KIB)
		return "is less than 4M";
	*(uint64_t *)field = n << shift;
	return NULL;
}

static void get_size(const void *field, char *out)
{
	uint64_t n = *(const uint64_t *)field;
	size_t unit = 0;

	*out = '\0';
	while (n && n % 1024 == 0 && unit < 3)
		n /= 1024, unit++;
	if (n)
		sprintf(out, "%llu%c", (unsigned long long)n, units[unit]);
}

/* SQLite's numbers have a sign. */
static const char *set_quota(void *field, size_t size, const char *text)
{
	(void)size;
	return traffic_amount(text, INT64_MAX, field);
}

static const char *set_rate(void *field, size_t size, const char *text)
{
	(void)size;
	return traffic_amount(text, TRAFFIC_RATE_MAX, field);
}

static void get_amount(const void *field, char *out)
{
	traffic_amount_text(*(const uint64_t *)field, out);
}

static const char *put_number(
	uint32_t *field, const char *text, uint32_t min, uint32_t max, const char *fault)
{
	uint64_t n;

	if (gnx_parse_u64(text, max, &n) < 0 || n < min)
		return fault;
	*field = (uint32_t)n;
	return NULL;
}

static const char *set_count(void *field, size_t size, const char *text)
{
	(void)size;
	return put_number(field, text, 1, DEFINITION_VCPUS_MAX,
		"is not a number from 1 to " NUMBER(DEFINITION_VCPUS_MAX));
}

static const char *set_order(void *field, size_t size, const char *text)
{
	(void)size;
	return put_number(
		field, text, 1, ORDER_MAX, "is not a number from 1 to " NUMBER(ORDER_MAX));
}

static const char *set_seconds(void *field, size_t size, const char *text)
{
	(void)size;
	return put_number(field, text, 0, SECONDS_MAX,
		"is not a number of seconds from 0 to " NUMBER(SECONDS_MAX));
}

static const char *set_patience(void *field, size_t size, const char *text)
{
	(void)size;
	return put_number(field, text, 1, SECONDS_MAX,
		"is not a number of seconds from 1 to " NUMBER(SECONDS_MAX));
}

static const char *set_vlan(void *field, size_t size, const char *text)
{
	(void)size;
	return put_number(field, text, 1, VLAN_MAX, "is not a number from 1 to " NUMBER(VLAN_MAX));
}

static const char *set_mtu(void *field, size_t size, const char *text)
{
	(void)size;
	return put_number(field, text, MTU_MIN, MTU_MAX,
		"is not a number from " NUMBER(MTU_MIN) " to " NUMBER(MTU_MAX));
}

static void get_number(const void *field, char *out)
{
	sprintf(out, "%u", *(const uint32_t *)field);
}

/* 0 is none. */
static void get_count(const void *field, char *out)
{
	*out = '\0';
	if (*(const uint32_t *)field)
		get_number(field, out);
}

/* --- Words */

static const char *set_bool(void *field, size_t size, const char *text)
{
	(void)size;
	return gnx_parse_bool(text, field) < 0 ? "is neither yes nor no" : NULL;
}

static void get_bool(const void *field, char *out)
{
	strcpy(out, *(const bool *)field ? "yes" : "no");
}

static const char *set_type(void *field, size_t size, const char *text)
{
	int type = definition_type_by_name(text);

	(void)size;
	if (type < 0)
		return "is none of auto, pvh and pv";
	*(enum definition_type *)field = (enum definition_type)type;
	return NULL;
}

static void get_type(const void *field, char *out)
{
	strcpy(out, definition_type_name(*(const enum definition_type *)field));
}

static const char *set_action(void *field, size_t size, const char *text)
{
	int action = definition_action_by_name(text);

	(void)size;
	if (action < 0)
		return "is none of destroy, restart, preserve and dump";
	*(enum definition_action *)field = (enum definition_action)action;
	return NULL;
}

static void get_action(const void *field, char *out)
{
	strcpy(out, definition_action_name(*(const enum definition_action *)field));
}

static const char *set_policy(void *field, size_t size, const char *text)
{
	int policy = port_policy_by_name(text);

	(void)size;
	if (policy < 0)
		return "is none of locked, loose, router and promiscuous";
	*(enum port_policy *)field = (enum port_policy)policy;
	return NULL;
}

static void get_policy(const void *field, char *out)
{
	strcpy(out, port_policy_name(*(const enum port_policy *)field));
}

static const char *set_netkind(void *field, size_t size, const char *text)
{
	int kind = network_kind_by_name(text);

	(void)size;
	if (kind < 0)
		return "is none of private, bridged, routed and nat";
	*(enum network_kind *)field = (enum network_kind)kind;
	return NULL;
}

static void get_netkind(const void *field, char *out)
{
	strcpy(out, network_kind_name(*(const enum network_kind *)field));
}

static const char *set_verdict(void *field, size_t size, const char *text)
{
	int verdict = firewall_verdict_by_name(text);

	(void)size;
	if (verdict < 0)
		return "is neither accept nor drop";
	*(enum firewall_verdict *)field = (enum firewall_verdict)verdict;
	return NULL;
}

static void get_verdict(const void *field, char *out)
{
	strcpy(out, firewall_verdict_name(*(const enum firewall_verdict *)field));
}

static const char *set_direction(void *field, size_t size, const char *text)
{
	int direction = firewall_direction_by_name(text);

	(void)size;
	if (direction < 0)
		return "is neither in nor out";
	*(enum firewall_direction *)field = (enum firewall_direction)direction;
	return NULL;
}

static void get_direction(const void *field, char *out)
{
	strcpy(out, firewall_direction_name(*(const enum firewall_direction *)field));
}

const struct definition_kind_ops definition_kinds[KIND_COUNT_OF_ALL] = {
	[KIND_NAME] = {set_name, get_text, DEFINITION_text},
	[KIND_UUID] = {set_uuid, get_uuid, DEFINITION_text},
	[KIND_TYPE] = {set_type, get_type, DEFINITION_text},
	[KIND_SIZE] = {set_size, get_size, DEFINITION_text},
	[KIND_COUNT] = {set_count, get_count, DEFINITION_number},
	[KIND_KERNEL] = {set_kernel, get_kernel, DEFINITION_text},
	[KIND_PATH] = {set_path, get_text, DEFINITION_text},
	[KIND_LINE] = {set_line, get_text, DEFINITION_text},
	[KIND_BOOL] = {set_bool, get_bool, DEFINITION_yesno},
	[KIND_ORDER] = {set_order, get_number, DEFINITION_number},
	[KIND_SECONDS] = {set_seconds, get_number, DEFINITION_number},
	[KIND_PATIENCE] = {set_patience, get_number, DEFINITION_number},
	[KIND_ACTION] = {set_action, get_action, DEFINITION_text},
	[KIND_BRIDGE] = {set_bridge, get_text, DEFINITION_text},
	[KIND_MAC] = {set_mac, get_mac, DEFINITION_text},
	[KIND_POLICY] = {set_policy, get_policy, DEFINITION_text},
	[KIND_ADDRESSES] = {set_addresses, get_text, DEFINITION_text},
	[KIND_NETNAME] = {set_netname, get_text, DEFINITION_text},
	[KIND_NETKIND] = {set_netkind, get_netkind, DEFINITION_text},
	[KIND_VLAN] = {set_vlan, get_count, DEFINITION_number},
	[KIND_MTU] = {set_mtu, get_number, DEFINITION_number},
	[KIND_RANGES] = {set_ranges, get_text, DEFINITION_text},
	[KIND_GATEWAYS] = {set_gateways, get_text, DEFINITION_text},
	[KIND_FORWARDS] = {set_forwards, get_text, DEFINITION_text},
	[KIND_VERDICT] = {set_verdict, get_verdict, DEFINITION_text},
	[KIND_DIRECTION] = {set_direction, get_direction, DEFINITION_text},
	[KIND_NAMES] = {set_names, get_text, DEFINITION_text},
	[KIND_PEERLIST] = {set_peerlist, get_text, DEFINITION_text},
	[KIND_PEERS] = {set_peers, get_text, DEFINITION_text},
	[KIND_PORTS] = {set_ports, get_text, DEFINITION_text},
	[KIND_PROTOCOL] = {set_protocol, get_text, DEFINITION_text},
	[KIND_STATES] = {set_states, get_text, DEFINITION_text},
	[KIND_DNS] = {set_dns, get_text, DEFINITION_text},
	[KIND_DOMAIN] = {set_domain, get_text, DEFINITION_text},
	[KIND_QUOTA] = {set_quota, get_amount, DEFINITION_text},
	[KIND_RATE] = {set_rate, get_amount, DEFINITION_text},
};
