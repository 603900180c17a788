/* SPDX-License-Identifier: BSD-3-Clause */
/* What dom0 has of IPv4 and IPv6: see inet.h. */
#include "model/inet.h"

#include "base/clean.h"
#include "base/str.h"

#include <string.h>

const char *inet_state_name(enum inet_state state)
{
	static const char *const names[INET_STATE_COUNT] = {
		"", "tentative", "duplicate", "deprecated"};

	return names[state];
}

/* Whether it is an address, perhaps with the interface that it is to be asked by. */
static bool is_server(const char *text)
{
	size_t len = strcspn(text, "%");
	struct address a;
	char address[INET_SERVER_TEXT];

	if (strlen(text) >= sizeof(address) || strchr(text, '/'))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	return !address_take(address, &a) && a.prefix == a.len * 8;
}

size_t inet_servers(const char *text, char out[INET_SERVERS_MAX][INET_SERVER_TEXT])
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};
	size_t n = 0;

	gnx_strv_split(&lines, text, "\r\n");
	for (size_t i = 0; i < lines.len && n < INET_SERVERS_MAX; i++) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv words = {0};

		gnx_strv_split(&words, lines.items[i], " \t");
		if (words.len > 1 && !strcmp(words.items[0], "nameserver") &&
			is_server(words.items[1]))
			strcpy(out[n++], words.items[1]);
	}
	return n;
}
