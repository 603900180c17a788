/* SPDX-License-Identifier: BSD-3-Clause */
/* How much of xenstore a guest has: see quota.h. */
#include "xen/observe/quota.h"

#include <ctype.h>
#include <string.h>

/* The decimal number at *at, which moves behind it; QUOTA_NONE when there is none, or it is of no
 * such size. */
static uint64_t take_number(const char **at)
{
	uint64_t value = 0;
	int digits = 0;

	for (; isdigit((unsigned char)**at); ++*at, digits++)
		if (digits < 18)
			value = value * 10 + (uint64_t)(**at - '0');
	return digits && digits <= 18 ? value : QUOTA_NONE;
}

/* The C daemon's lines: "nodes           :       12 ...". */
static void take_lines(const char *text, const char *name, uint64_t *figure)
{
	size_t len = strlen(name);

	for (const char *line = len ? text : NULL; line; line = strchr(line, '\n')) {
		const char *at = line += *line == '\n';

		if (strncmp(at, name, len) != 0)
			continue;
		for (at += len; *at == ' '; at++)
			;
		if (*at != ':')
			continue;
		for (at++; *at == ' '; at++)
			;
		*figure = take_number(&at);
		return;
	}
}

/* The OCaml daemon's: "dom1 quota: 12/1000". */
static void take_ratio(const char *text, struct quota *out)
{
	const char *at = strstr(text, " quota: ");
	uint64_t nodes;

	if (strncmp(text, "dom", 3) != 0 || !at)
		return;
	at += strlen(" quota: ");
	nodes = take_number(&at);
	if (nodes == QUOTA_NONE || *at++ != '/')
		return;
	out->used[QUOTA_nodes] = nodes;
	out->max[QUOTA_nodes] = take_number(&at);
}

void quota_take_domain(const char *text, struct quota *out)
{
	for (size_t i = 0; i < QUOTA_COUNT; i++)
		take_lines(text, quota_name((enum quota_limit)i), &out->used[i]);
	take_ratio(text, out);
}

void quota_take_limits(const char *text, struct quota *out)
{
	for (size_t i = 0; i < QUOTA_COUNT; i++)
		take_lines(text, quota_name((enum quota_limit)i), &out->max[i]);
}
