/* SPDX-License-Identifier: BSD-3-Clause */
/* The ports of dom0 that lead to guests: see network.h. */
#include "model/definition_part.h"

#include "base/clean.h"

#include <arpa/inet.h>
#include <string.h>

/* "192.0.2.7:80", "[2001:db8::7]:80" */
static const char *take_target(const char *text, struct network_forward *f)
{
	static const char shape[] = "holds a target that is not like 192.0.2.7:80 or "
				    "[2001:db8:7::9]:80";
	const char *colon = strrchr(text, ':');
	char word[INET6_ADDRSTRLEN + 2] = "";
	size_t len = colon ? (size_t)(colon - text) : 0;
	uint64_t port;

	if (!len || len >= sizeof(word))
		return shape;
	memcpy(word, text, len);
	f->family = *word == '[' && word[len - 1] == ']' ? AF_INET6 : AF_INET;
	if (f->family == AF_INET6)
		word[len - 1] = '\0';
	if (inet_pton(f->family, word + (f->family == AF_INET6), f->address) != 1)
		return shape;
	if (gnx_parse_u64(colon + 1, UINT16_MAX, &port) < 0 || !port)
		return "holds a guest's port that is not a number from 1 to 65535";
	f->to = (uint16_t)port;
	return NULL;
}

/* "tcp 8080 192.0.2.7:80" */
static const char *take_forward(const char *text, struct network_forward *out)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	uint64_t port;

	*out = (struct network_forward){0};
	gnx_strv_split(&words, text, " ");
	if (words.len != 3)
		return "holds something that is not like tcp 8080 192.0.2.7:80";
	if (strcmp(words.items[0], "tcp") != 0 && strcmp(words.items[0], "udp") != 0)
		return "holds a protocol that is neither tcp nor udp";
	if (gnx_parse_u64(words.items[1], UINT16_MAX, &port) < 0 || !port)
		return "holds a port of dom0 that is not a number from 1 to 65535";
	out->protocol = *words.items[0] == 't' ? IPPROTO_TCP : IPPROTO_UDP;
	out->port = (uint16_t)port;
	return take_target(words.items[2], out);
}

/* *len_out are those before the one that is wrong. */
static const char *take_forwards(
	const char *text, struct network_forward out[NETWORK_FORWARDS_MAX], size_t *len_out)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv parts = {0};
	const char *fault = NULL;

	*len_out = 0;
	gnx_strv_split(&parts, text, ",");
	if (parts.len > NETWORK_FORWARDS_MAX)
		return "holds more than " NUMBER(NETWORK_FORWARDS_MAX) " ports";
	for (size_t i = 0; i < parts.len; i++) {
		fault = take_forward(parts.items[i], &out[i]);
		if (fault)
			return fault;
		*len_out = i + 1;
	}
	return NULL;
}

const char *network_forwards_fault(const char *text)
{
	struct network_forward f[NETWORK_FORWARDS_MAX];
	size_t len;

	if (strlen(text) > NETWORK_FORWARD_BYTES)
		return "is longer than " NUMBER(NETWORK_FORWARD_BYTES) " bytes";
	return take_forwards(text, f, &len);
}

size_t network_forwards(const struct network *n, struct network_forward out[NETWORK_FORWARDS_MAX])
{
	size_t len;

	take_forwards(n->forward, out, &len);
	return len;
}
