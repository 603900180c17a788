/* SPDX-License-Identifier: BSD-3-Clause */
/* The contents list: see contents.h. */
#include "build/contents.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/deb.h"
#include "build/tree.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#define COPYRIGHT_MAX (8u << 20)
#define LICENCES_MAX  32 /* short names shown of one package */

static void decref(json_t **j)
{
	json_decref(*j);
}

char *contents_licence(const char *text)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	struct gnx_buf out = {0};

	for (const char *s = text; s && names.len < LICENCES_MAX;) {
		if (gnx_starts(s, "License:")) {
			GNX_CLEAN(gnx_free)
			char *line = gnx_fmt("%.*s", (int)strcspn(s + 8, "\n"), s + 8);
			char *name = gnx_trim(line);

			if (*name && !gnx_strv_has(&names, name))
				gnx_strv_add(&names, name);
		}
		s = strchr(s, '\n');
		s = s ? s + 1 : NULL;
	}
	for (size_t i = 0; i < names.len; i++)
		gnx_buf_fmt(&out, "%s%s", i ? ", " : "", names.items[i]);
	return out.len ? out.data : gnx_dup("see copyright");
}

static int take_copyright(const struct deb_item *item, void *arg, struct gnx_err *err)
{
	return S_ISREG(item->mode) && gnx_ends(item->path, "/copyright") && !item->target
		? deb_item_read(item, COPYRIGHT_MAX, arg, err)
		: 0;
}

/* Looked up where a package of the same source is installed: dom0's root, or else the build chroot;
 * or in the package itself, which takes its time when that is large. */
static char *licence_of(const struct build *b, const struct lock_package *p)
{
	const char *const roots[] = {b->dir[STEP_root], b->dir[STEP_tools]};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	const struct deb_visitor visitor = {take_copyright, &text};
	GNX_CLEAN(gnx_free)
	char *deb = build_pool_path(b, p);

	for (size_t i = 0; i < b->lock.len; i++) {
		const struct lock_package *other = &b->lock.packages[i];

		for (size_t j = 0; !strcmp(other->source, p->source) && j < GNX_LEN(roots); j++) {
			GNX_CLEAN(gnx_free)
			char *path = gnx_fmt(
				"%s/root/usr/share/doc/%s/copyright", roots[j], other->name);

			if (gnx_file_read(path, COPYRIGHT_MAX, &text, NULL) == 0)
				return contents_licence(text.data);
		}
	}
	if (deb_walk(deb, &visitor, NULL) < 0)
		gnx_buf_done(&text);
	return contents_licence(text.data);
}

static json_t *packages(const struct build *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->lock.len; i++) {
		const struct lock_package *p = &b->lock.packages[i];
		GNX_CLEAN(gnx_free)
		char *licence = licence_of(b, p);

		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "set", p->set, "name",
				p->name, "version", p->version, "architecture", p->arch, "source",
				p->source, "source_version", p->source_version, "licence", licence,
				"sha256", p->sha256));
	}
	return list;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int files(const char *dir, json_t *list, struct gnx_err *err)
{
	char *const paths[] = {(char *)dir, NULL};
	GNX_CLEAN(tree_close)
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);

	if (!f)
		return gnx_fail_errno(err, "%s", dir);
	for (FTSENT *e; (e = fts_read(f));)
		if (e->fts_info == FTS_F)
			json_array_append_new(list,
				json_pack("{s:s, s:I}", "path", e->fts_path + strlen(dir), "size",
					(json_int_t)e->fts_statp->st_size));
	return 0;
}

int contents_write(struct build *b, const char *medium, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *root = gnx_fmt("%s/root", b->dir[STEP_programs]);
	GNX_CLEAN(decref)
	json_t *on_medium = json_array();
	GNX_CLEAN(decref)
	json_t *in_root = json_array();
	GNX_CLEAN(decref)
	json_t *all = NULL;
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	int r = files(medium, on_medium, err);

	if (!r)
		r = files(root, in_root, err);
	if (r < 0)
		return r;
	all = json_pack("{s:s, s:I, s:s, s:o, s:O, s:O}", "name",
		manifest_text(&b->manifest.image_name), "date", (json_int_t)b->lock.date, "suite",
		b->lock.suite, "packages", packages(b), "medium", on_medium, "root", in_root);
	text = all ? json_dumps(all, JSON_INDENT(1)) : NULL;
	if (!text)
		return gnx_fail(err, -EINVAL, "a package or file name is not UTF-8");
	return gnx_file_write(path, text, strlen(text), err);
}
