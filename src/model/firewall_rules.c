/* SPDX-License-Identifier: BSD-3-Clause */
/* Which texts may stand in a firewall's definition, and what lists of ports are: see firewall.h. */
#include "model/definition_part.h"

#include "base/clean.h"
#include "model/address.h"
#include "model/firewall.h"
#include "model/firewall_part.h"

#include <ctype.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* What is wrong with the first word that one() finds fault with. */
static const char *each_word(const char *text, const char *(*one)(const char *word))
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	const char *fault = NULL;

	gnx_strv_split(&words, text, " ");
	for (size_t i = 0; !fault && i < words.len; i++)
		fault = one(words.items[i]);
	return fault;
}

static const char *is_address(const char *word)
{
	struct address ignored;

	return address_take(word, &ignored);
}

const char *firewall_set_name_fault(const char *text)
{
	if (strlen(text) > FIREWALL_SET_NAME_MAX)
		return "is longer than " NUMBER(FIREWALL_SET_NAME_MAX) " bytes";
	if (text[strspn(text, LETTERS "0123456789.-_")])
		return "holds more than letters, digits, \".\", \"-\" and \"_\"";
	return isalnum((unsigned char)*text) ? NULL : "does not begin with a letter or a digit";
}

static const char *is_peer(const char *word)
{
	if (*word != '@')
		return is_address(word);
	return firewall_set_name_fault(word + 1) ? "holds an \"@\" without a set's name behind it"
						 : NULL;
}

const char *firewall_addresses_fault(const char *text)
{
	if (strlen(text) > FIREWALL_SET_MAX)
		return "is longer than " NUMBER(FIREWALL_SET_MAX) " bytes";
	return each_word(text, is_address);
}

const char *firewall_peers_fault(const char *text)
{
	if (strlen(text) > FIREWALL_LIST_MAX)
		return "is longer than " NUMBER(FIREWALL_LIST_MAX) " bytes: sets hold more";
	return each_word(text, is_peer);
}

const char *firewall_names_fault(const char *text)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	const char *fault = NULL;

	if (strlen(text) > NETWORK_LIST_MAX)
		return "is longer than " NUMBER(NETWORK_LIST_MAX) " bytes";
	gnx_strv_split(&names, text, " ");
	if (names.len > FIREWALL_INCLUDES_MAX)
		return "holds more than " NUMBER(FIREWALL_INCLUDES_MAX) " names";
	for (size_t i = 0; !fault && i < names.len; i++)
		fault = definition_netname_fault(names.items[i]);
	return fault;
}

const char *firewall_states_fault(const char *text)
{
	static const char *const states[] = {"new", "established", "related", "untracked"};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};

	if (strlen(text) > FIREWALL_STATES_MAX)
		return "is longer than " NUMBER(FIREWALL_STATES_MAX) " bytes";
	gnx_strv_split(&words, text, " ");
	for (size_t i = 0; i < words.len; i++)
		if (definition_by_name(states, GNX_LEN(states), words.items[i]) < 0)
			return "holds something else than new, established, related and untracked";
	return NULL;
}

const char *firewall_protocol_fault(const char *text)
{
	static const char *const names[] = {"any", "tcp", "udp", "icmp", "icmpv6"};
	uint64_t n;

	if (definition_by_name(names, GNX_LEN(names), text) >= 0 ||
		(*text != '0' && gnx_parse_u64(text, 255, &n) == 0))
		return NULL;
	return "is none of tcp, udp, icmp, icmpv6 and any, nor a number from 1 to 255";
}

static bool take_ports(const char *word, struct firewall_ports *out)
{
	GNX_CLEAN(gnx_free)
	char *first = gnx_dup(word);
	char *last = strchr(first, '-');
	uint64_t a, b;

	if (last)
		*last++ = '\0';
	if (gnx_parse_u64(first, UINT16_MAX, &a) < 0 ||
		gnx_parse_u64(last ? last : first, UINT16_MAX, &b) < 0 || !a || a > b)
		return false;
	*out = (struct firewall_ports){(uint16_t)a, (uint16_t)b};
	return true;
}

const char *firewall_ports_fault(const char *text)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	struct firewall_ports ignored;

	if (strlen(text) > FIREWALL_PORTS_MAX)
		return "is longer than " NUMBER(FIREWALL_PORTS_MAX) " bytes";
	gnx_strv_split(&words, text, " ");
	if (words.len > FIREWALL_RANGES_MAX)
		return "holds more than " NUMBER(FIREWALL_RANGES_MAX) " ports and ranges";
	for (size_t i = 0; i < words.len; i++)
		if (!take_ports(words.items[i], &ignored))
			return "holds something that is neither a port from 1 to 65535 nor a range "
			       "such as 8000-8080";
	return NULL;
}

size_t firewall_ports(const char *list, struct firewall_ports out[FIREWALL_RANGES_MAX])
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};

	gnx_strv_split(&words, list, " ");
	for (size_t i = 0; i < words.len; i++)
		take_ports(words.items[i], &out[i]);
	return words.len;
}
