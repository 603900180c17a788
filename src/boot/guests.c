/* SPDX-License-Identifier: BSD-3-Clause */
/* The guests that are started at boot: see guests.h. */
#include "boot/guests.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "model/definition.h"

#include <arpa/inet.h>
#include <string.h>

#define HOSTS_MAX (1 << 20)

void boot_guests_done(struct boot_guests *g)
{
	for (size_t i = 0; i < g->len; i++)
		free(g->list[i].name);
	free(g->list);
	free(g->trouble);
	*g = (struct boot_guests){0};
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

static int add(struct boot_guests *g, const char *path, const char *hosts, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct definition d;
	int r = gnx_file_read(path, DEFINITION_TEXT_MAX, &text, err);

	if (!r)
		r = definition_parse(&d, text.data, text.len, path, err);
	if (r < 0 || !d.autostart)
		return r;
	g->list[g->len++] =
		(struct boot_guest){gnx_dup(d.name), address_of(hosts, d.name), d.order};
	return 0;
}

static int by_order(const void *a, const void *b)
{
	const struct boot_guest *x = a, *y = b;

	return x->order != y->order ? (x->order > y->order ? 1 : -1) : strcmp(x->name, y->name);
}

int boot_guests_read(
	struct boot_guests *out, const char *dir, const char *hosts, struct gnx_err *err)
{
	GNX_CLEAN(boot_guests_done)
	struct boot_guests g = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv files = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct gnx_err ignored;
	int r = gnx_dir_files(dir, ".ini", &files, err);

	if (r < 0)
		return r;
	r = gnx_file_read(hosts, HOSTS_MAX, &text, &ignored);
	if (r < 0 && r != -ENOENT)
		return gnx_fail(err, r, "%s", ignored.msg);
	gnx_buf_add(&text, "", 0);
	g.list = gnx_alloc((files.len + 1) * sizeof(*g.list));
	for (size_t i = 0; i < files.len; i++) {
		if (add(&g, files.items[i], text.data, &ignored) < 0 && !g.trouble)
			g.trouble = gnx_dup(ignored.msg);
	}
	qsort(g.list, g.len, sizeof(*g.list), by_order);
	*out = g;
	g = (struct boot_guests){0};
	return 0;
}
