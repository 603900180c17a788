/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses as text: see address.h. */
#include "model/address.h"

#include "base/clean.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

const char *address_mac(const char *text, uint8_t out[ADDRESS_MAC])
{
	static const char shape[] = "is not a hardware address such as 00:16:3e:01:02:03";
	uint8_t mac[ADDRESS_MAC] = {0}, any = 0;

	if (strlen(text) != 17)
		return shape;
	for (size_t i = 0; i < 17; i++) {
		unsigned char c = (unsigned char)text[i];

		if (i % 3 == 2 ? c != ':' : !isxdigit(c))
			return shape;
		if (i % 3 != 2)
			mac[i / 3] = (uint8_t)(mac[i / 3] << 4 |
				(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10));
	}
	for (size_t i = 0; i < sizeof(mac); i++)
		any |= mac[i];
	if (!any || mac[0] & 1)
		return "is not the hardware address of a single interface";
	memcpy(out, mac, sizeof(mac));
	return NULL;
}

/* Whether all bits behind the prefix are 0. */
static bool is_network(const struct address *a)
{
	for (size_t bit = a->prefix; bit < a->len * 8U; bit++)
		if (a->bytes[bit / 8] & 0x80 >> bit % 8)
			return false;
	return true;
}

const char *address_take(const char *text, struct address *out)
{
	char word[INET6_ADDRSTRLEN];
	const char *slash = strchrnul(text, '/');
	struct address a = {.len = strchr(text, ':') ? 16 : 4};
	uint64_t prefix = a.len * 8U;

	if ((size_t)(slash - text) >= sizeof(word))
		return "holds something that is neither an IPv4 nor an IPv6 address";
	memcpy(word, text, (size_t)(slash - text));
	word[slash - text] = '\0';
	if (inet_pton(a.len == 16 ? AF_INET6 : AF_INET, word, a.bytes) != 1)
		return "holds something that is neither an IPv4 nor an IPv6 address";
	if (*slash && gnx_parse_u64(slash + 1, a.len * 8U, &prefix) < 0)
		return "has a prefix length that is not a number up to 32, or 128 with IPv6";
	a.prefix = (uint8_t)prefix;
	if (!is_network(&a))
		return "has a prefix length behind an address that does not begin a network of "
		       "that length";
	*out = a;
	return NULL;
}

const char *addresses_add(struct addresses *out, const char *text)
{
	const char *fault;

	if (out->len == ADDRESSES_MAX)
		return "holds more than 128 addresses";
	fault = address_take(text, &out->items[out->len]);
	if (!fault)
		out->len++;
	return fault;
}

const char *addresses_take(const char *text, struct addresses *out)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	struct addresses found = {0};
	const char *fault = NULL;

	gnx_strv_split(&words, text, " ");
	for (size_t i = 0; !fault && i < words.len; i++)
		fault = addresses_add(&found, words.items[i]);
	if (!fault)
		*out = found;
	return fault;
}
