/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a firewall's definition. What was taken is written, and reads back to the same; the
 * rules that are made of it have nothing in them that would be more than one rule. */
#include "net/firewall.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *include(const void *arg, const char *name)
{
	const struct firewall *f = arg;

	return strcmp(name, f->name) ? "" : f->include;
}

/* Each line is one of the commands that are made here, about the table. */
static void check_text(char *text)
{
	static const char *const verbs[] = {"add chain", "flush chain", "add rule", "add set",
		"flush set", "add element", "delete chain", "delete set"};

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		size_t i = 0;

		while (strncmp(line, verbs[i], strlen(verbs[i])) != 0)
			assert(++i < sizeof(verbs) / sizeof(verbs[0]));
		assert(!strncmp(line + strlen(verbs[i]), " bridge gridnix ", 16));
		assert(!strpbrk(line, "\"#$\\\t") && (!strchr(line, ';') || i == 3));
	}
}

static void make_rules(const struct firewall *f)
{
	struct firewall_rules rules = {0};
	struct gnx_strv order = {0};
	const struct firewall_entry e = {f->name, f->in, f->out, f->replies, &order};

	firewall_rules(f, &rules);
	if (!firewall_order(f->name, include, f, &order, NULL))
		firewall_entry(&e, &rules.rules);
	firewall_remove(f->name, &rules.rules);
	firewall_remove_sets(&rules.names, &rules.rules);
	check_text(rules.rules.data);
	if (rules.sets.len)
		check_text(rules.sets.data);
	gnx_strv_done(&order);
	firewall_rules_done(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct firewall *f = calloc(2, sizeof(*f));

	if (firewall_parse(f, (const char *)data, size, "fuzz.ini", &err) < 0) {
		assert(err.code < 0 && *err.msg);
		free(f);
		return 0;
	}
	firewall_write(f, &text);
	assert(text.len <= FIREWALL_TEXT_MAX);
	assert(!firewall_parse(f + 1, text.data, text.len, "back.ini", &err));
	assert(!memcmp(f, f + 1, sizeof(*f)));
	make_rules(f);
	gnx_buf_done(&text);
	free(f);
	return 0;
}
