/* SPDX-License-Identifier: BSD-3-Clause */
/* The guests that are started at boot: see guests.h. */
#include "boot/guests.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <string.h>

#define CFG_MAX	  65536
#define HOSTS_MAX (1 << 20)

void guests_done(struct guests *g)
{
	for (size_t i = 0; i < g->len; i++)
		free(g->list[i].name);
	free(g->list);
	free(g->trouble);
	*g = (struct guests){0};
}

char *guests_cfg_name(const char *text)
{
	while (*text) {
		const char *line = text + strspn(text, " \t");
		size_t len;

		text += strcspn(text, "\n");
		text += *text == '\n';
		if (!gnx_starts(line, "name"))
			continue;
		line += 4 + strspn(line + 4, " \t");
		if (*line++ != '=')
			continue;
		line += strspn(line, " \t");
		if (*line != '"' && *line != '\'')
			continue;
		len = strcspn(line + 1, "\"'\n");
		return len && line[1 + len] == *line ? gnx_fmt("%.*s", (int)len, line + 1) : NULL;
	}
	return NULL;
}

static int list_cfgs(const char *dir, struct gnx_strv *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_closedir)
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return errno == ENOENT ? 0 : gnx_fail_errno(err, "%s", dir);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && gnx_ends(e->d_name, ".cfg"))
			gnx_strv_fmt(out, "%s/%s", dir, e->d_name);
	gnx_strv_sort(out);
	return 0;
}

static struct in_addr address_of(const char *hosts, const char *name)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};
	struct in_addr addr = {0};

	gnx_strv_split(&lines, hosts, "\n");
	for (size_t i = 0; i < lines.len; i++) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv words = {0};

		gnx_strv_split(&words, lines.items[i], ", \t\r");
		if (words.len == 3 && !strcmp(words.items[2], name) &&
			inet_pton(AF_INET, words.items[1], &addr) == 1)
			break;
	}
	return addr;
}

static int add(struct guests *g, const char *cfg, const char *hosts, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_free)
	char *name = NULL;
	int r = gnx_file_read(cfg, CFG_MAX, &text, err);

	if (r < 0)
		return r;
	name = guests_cfg_name(text.data);
	if (!name)
		return gnx_fail(err, -EINVAL, "%s: no line name = \"...\"", cfg);
	g->list[g->len].addr = address_of(hosts, name);
	g->list[g->len++].name = STEAL(name);
	return 0;
}

int guests_read(struct guests *out, const char *dir, const char *hosts, struct gnx_err *err)
{
	GNX_CLEAN(guests_done)
	struct guests g = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cfgs = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct gnx_err ignored;
	int r = list_cfgs(dir, &cfgs, err);

	if (r < 0)
		return r;
	r = gnx_file_read(hosts, HOSTS_MAX, &text, &ignored);
	if (r < 0 && r != -ENOENT)
		return gnx_fail(err, r, "%s", ignored.msg);
	gnx_buf_add(&text, "", 0);
	g.list = gnx_alloc((cfgs.len + 1) * sizeof(*g.list));
	for (size_t i = 0; i < cfgs.len; i++) {
		if (add(&g, cfgs.items[i], text.data, &ignored) < 0 && !g.trouble)
			g.trouble = gnx_dup(ignored.msg);
	}
	*out = g;
	g = (struct guests){0};
	return 0;
}
