/* SPDX-License-Identifier: BSD-3-Clause */
/* /modules/list: see modlist.h. */
#include "boot/stage1/modlist.h"

#include "base/clean.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

static void pair_add(struct modlist_pairs *pairs, const char *key, const char *value)
{
	/* Grows at powers of two. */
	if ((pairs->len & (pairs->len - 1)) == 0) {
		size_t cap = pairs->len ? pairs->len * 2 : 1;
		struct modlist_pair *items = gnx_alloc(cap * sizeof(*items));

		if (pairs->len)
			memcpy(items, pairs->items, pairs->len * sizeof(*items));
		free(pairs->items);
		pairs->items = items;
	}
	pairs->items[pairs->len++] = (struct modlist_pair){key, value};
}

/* Module names become file names. */
static bool are_names(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '_' && (*p != ' ' || p == s))
			return false;
	return *s != '\0';
}

/* A path below a directory that it cannot leave. */
static bool is_path(const char *s)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789+-._/";

	return *s && *s != '/' && !s[strspn(s, chars)] && !strstr(s, "..");
}

static bool take_line(struct modlist *list, char *line)
{
	char *first = strchr(line, ' '), *second;

	if (!first)
		return false;
	*first++ = '\0';
	second = strchr(first, ' ');
	if (!strcmp(line, "load")) {
		gnx_strv_add(&list->load, first);
		return !second && are_names(first);
	}
	if (!second)
		return false;
	*second++ = '\0';
	if (!strcmp(line, "dep")) {
		pair_add(&list->deps, first, second);
		return are_names(first) && are_names(second);
	}
	if (!strcmp(line, "file")) {
		pair_add(&list->files, first, second);
		return are_names(first) && is_path(second);
	}
	pair_add(&list->aliases, first, second);
	return !strcmp(line, "alias") && are_names(second) && !strchr(second, ' ');
}

int modlist_parse(struct modlist *out, const char *text, struct gnx_err *err)
{
	struct modlist list = {.text = gnx_dup(text)};
	char *rest = list.text, *line;

	for (int n = 1; (line = strsep(&rest, "\n")); n++) {
		if (!*line || *line == '#' || take_line(&list, line))
			continue;
		modlist_done(&list);
		return gnx_fail(err, -GNX_E_SYNTAX, "module list, line %d: not understood", n);
	}
	*out = list;
	return 0;
}

void modlist_done(struct modlist *list)
{
	gnx_strv_done(&list->load);
	free(list->deps.items);
	free(list->aliases.items);
	free(list->files.items);
	free(list->text);
	*list = (struct modlist){0};
}

static const char *pair_find(const struct modlist_pairs *pairs, const char *key)
{
	for (size_t i = 0; i < pairs->len; i++)
		if (!strcmp(pairs->items[i].key, key))
			return pairs->items[i].value;
	return NULL;
}

const char *modlist_deps(const struct modlist *list, const char *name)
{
	return pair_find(&list->deps, name) ?: "";
}

const char *modlist_file(const struct modlist *list, const char *name)
{
	return pair_find(&list->files, name);
}

void modlist_match(const struct modlist *list, const char *modalias, struct gnx_strv *names)
{
	for (size_t i = 0; i < list->aliases.len; i++) {
		const struct modlist_pair *alias = &list->aliases.items[i];
		/* There are thousands, and fnmatch() is slow: compare what is literal first. */
		size_t literal = strcspn(alias->key, "*?[\\");

		if (strncmp(alias->key, modalias, literal) != 0 ||
			fnmatch(alias->key, modalias, 0) != 0)
			continue;
		if (!gnx_strv_has(names, alias->value))
			gnx_strv_add(names, alias->value);
	}
}

/* Whether word starts with "name.", where '-' and '_' are the same. */
static bool is_for(const char *word, const char *name)
{
	for (; *name; name++, word++)
		if (*word != *name && (*word != '-' || *name != '_'))
			return false;
	return *word == '.';
}

void modlist_params(const char *cmdline, const char *name, struct gnx_buf *out)
{
	const char *word = cmdline, *end;

	for (; *word; word = end) {
		bool in_quotes = false;

		word += strspn(word, " \t\n");
		for (end = word; *end && (in_quotes || !strchr(" \t\n", *end)); end++)
			if (*end == '"')
				in_quotes = !in_quotes;
		if (!is_for(word, name))
			continue;
		word += strlen(name) + 1;
		if (out->len)
			gnx_buf_str(out, " ");
		gnx_buf_add(out, word, (size_t)(end - word));
	}
}
