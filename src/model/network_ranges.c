/* SPDX-License-Identifier: BSD-3-Clause */
/* The ranges of networks and their gateways: see network.h. */
#include "model/definition_part.h"

#include "base/clean.h"
#include "model/address.h"

#include <arpa/inet.h>
#include <string.h>

static size_t size_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

static int take_address(const char *text, uint8_t out[16])
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	memset(out, 0, 16);
	return inet_pton(family, text, out) == 1 ? family : -EINVAL;
}

bool network_range_has(const struct network_range *r, int family, const uint8_t address[16])
{
	if (family != r->family)
		return false;
	for (unsigned bit = 0; bit < r->prefix; bit++)
		if ((r->address[bit / 8] ^ address[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

/* A range with room for a few guests, and not for half the world. NULL, or what is wrong. */
static const char *take_range(const char *word, struct network_range *out)
{
	struct address a;
	const char *fault = address_take(word, &a);

	if (fault)
		return fault;
	if (!strchr(word, '/'))
		return "holds an address without a prefix length, such as 192.0.2.0/24";
	if (a.len == 4 ? a.prefix < 8 || a.prefix > 30 : a.prefix < 32 || a.prefix > 126)
		return "has a prefix length that is not 8 to 30, or 32 to 126 with IPv6";
	*out = (struct network_range){
		.family = a.len == 4 ? AF_INET : AF_INET6, .prefix = a.prefix};
	memcpy(out->address, a.bytes, sizeof(a.bytes));
	return NULL;
}

/* The ranges of a text. *len_out are those before the one that is wrong. */
static const char *take_ranges(
	const char *text, struct network_range out[NETWORK_RANGES_MAX], size_t *len_out)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	const char *fault = NULL;

	*len_out = 0;
	gnx_strv_split(&words, text, " ");
	if (words.len > NETWORK_RANGES_MAX)
		return "holds more than " NUMBER(NETWORK_RANGES_MAX) " ranges";
	for (size_t i = 0; i < words.len; i++) {
		fault = take_range(words.items[i], &out[i]);
		for (size_t j = 0; !fault && j < i; j++)
			if (network_range_has(&out[i], out[j].family, out[j].address) ||
				network_range_has(&out[j], out[i].family, out[i].address))
				fault = "holds a range that is within another one";
		if (fault)
			return fault;
		*len_out = i + 1;
	}
	return NULL;
}

const char *network_ranges_fault(const char *text)
{
	struct network_range ranges[NETWORK_RANGES_MAX];
	size_t len;

	if (strlen(text) > NETWORK_LIST_MAX)
		return "is longer than " NUMBER(NETWORK_LIST_MAX) " bytes";
	return take_ranges(text, ranges, &len);
}

const char *network_gateways_fault(const char *text)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	uint8_t address[16];

	if (strlen(text) > NETWORK_LIST_MAX)
		return "is longer than " NUMBER(NETWORK_LIST_MAX) " bytes";
	gnx_strv_split(&words, text, " ");
	for (size_t i = 0; i < words.len; i++)
		if (take_address(words.items[i], address) < 0)
			return "holds something that is neither an IPv4 nor an IPv6 address";
	return NULL;
}

const char *network_dns_fault(const char *text)
{
	return strcmp(text, NETWORK_SELF) != 0 ? network_gateways_fault(text) : NULL;
}

const char *network_domain_fault(const char *text)
{
	static const char taken[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-.";

	if (strlen(text) > NETWORK_NAME_MAX)
		return "is longer than " NUMBER(NETWORK_NAME_MAX) " bytes";
	if (text[strspn(text, taken)])
		return "holds more than letters, digits, \".\" and \"-\"";
	return strchr("-.", *text) || strstr(text, "..") || gnx_ends(text, ".")
		? "has an empty part in it, or begins with \"-\""
		: NULL;
}

bool network_range_edge(const struct network_range *r, const uint8_t address[16])
{
	size_t size = size_of(r->family);
	bool first = true, last = true;

	for (size_t bit = r->prefix; bit < size * 8; bit++) {
		bool set = address[bit / 8] & 0x80 >> bit % 8;

		first = first && !set;
		last = last && set;
	}
	return first || (last && r->family == AF_INET);
}

bool network_ranges_give(
	const struct network_range *r, size_t len, int family, const uint8_t address[16])
{
	for (size_t i = 0; i < len; i++)
		if (network_range_has(&r[i], family, address) &&
			!network_range_edge(&r[i], address) &&
			!(r[i].routed && !memcmp(r[i].gateway, address, sizeof(r[i].gateway))))
			return true;
	return false;
}

size_t network_ranges(const struct network *n, struct network_range out[NETWORK_RANGES_MAX])
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv gateways = {0};
	size_t len;

	take_ranges(n->ranges, out, &len);
	gnx_strv_split(&gateways, n->gateways, " ");
	for (size_t i = 0; i < gateways.len; i++) {
		uint8_t address[16];
		int family = take_address(gateways.items[i], address);

		for (size_t j = 0; j < len; j++)
			if (!out[j].routed && network_range_has(&out[j], family, address) &&
				!network_range_edge(&out[j], address)) {
				out[j].routed = true;
				memcpy(out[j].gateway, address, sizeof(address));
				break;
			}
	}
	return len;
}
