/* SPDX-License-Identifier: BSD-3-Clause */
/* The contents list: see contents.h. */
#include "build/contents.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/contents_files.h"
#include "build/deb.h"

#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#define COPYRIGHT_MAX  (8u << 20)
#define LICENCES_MAX   32	 /* short names shown of one package */
#define OWN_SOURCE     "gridnix" /* as in packaging/debian/control */
#define GUESTS_PACKAGE "gridnix-guest"

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

static char *licence_in(const char *deb)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	const struct deb_visitor visitor = {take_copyright, &text};

	if (deb_walk(deb, &visitor, NULL) < 0)
		gnx_buf_done(&text);
	return contents_licence(text.data);
}

/* Looked up where a package of the same source is installed: dom0's root, or else the build chroot;
 * or in the package itself, which takes its time when that is large. */
static char *licence_of(const struct build *b, const struct lock_package *p)
{
	const char *const roots[] = {b->dir[STEP_root], b->dir[STEP_tools]};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
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
	return licence_in(deb);
}

static int add_package(
	json_t *list, const struct lock_package *p, const char *licence, struct gnx_err *err)
{
	json_t *package = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "set", p->set,
		"name", p->name, "version", p->version, "architecture", p->arch, "source",
		p->source, "source_version", p->source_version, "licence", licence, "sha256",
		p->sha256);

	return json_array_append_new(list, package) == 0
		? 0
		: gnx_fail(err, -EINVAL, "%s: its licence is not UTF-8", p->name);
}

/* NAME_VERSION_ARCH.deb, if the image has it: in dom0's root, or in the guests' initrds. */
static int add_own(const struct build *b, json_t *list, const char *deb, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv w = {0};
	GNX_CLEAN(gnx_free)
	char *licence = licence_in(deb);
	char hash[HASH_HEX];
	int r = hash_sha256_file(deb, hash, err);

	if (r < 0)
		return r;
	gnx_strv_split(&w, strrchr(deb, '/') + 1, "_");
	if (w.len != 3)
		return gnx_fail(err, -GNX_E_SYNTAX, "%s: not NAME_VERSION_ARCH.deb", deb);
	if (!gnx_strv_has(&b->manifest.packages_own.words, w.items[0]) &&
		strcmp(w.items[0], GUESTS_PACKAGE))
		return 0;
	*strrchr(w.items[2], '.') = '\0';

	const struct lock_package p = {.set = "own",
		.name = w.items[0],
		.version = w.items[1],
		.arch = w.items[2],
		.source = OWN_SOURCE,
		.source_version = w.items[1],
		.sha256 = hash};

	return add_package(list, &p, licence, err);
}

/* What the source tree made. */
static int add_all_own(const struct build *b, json_t *list, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/*.deb", b->dir[STEP_programs]);
	GNX_CLEAN(globfree)
	glob_t g = {0};
	int r = 0;

	glob(pattern, 0, NULL, &g);
	for (size_t i = 0; !r && i < g.gl_pathc; i++)
		r = add_own(b, list, g.gl_pathv[i], err);
	return r;
}

static int add_packages(const struct build *b, json_t *list, struct gnx_err *err)
{
	int r = add_all_own(b, list, err);

	for (size_t i = 0; !r && i < b->lock.len; i++) {
		GNX_CLEAN(gnx_free)
		char *licence = licence_of(b, &b->lock.packages[i]);

		r = add_package(list, &b->lock.packages[i], licence, err);
	}
	return r;
}

int contents_write(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/" CONTENTS_FILE, dir);
	GNX_CLEAN(decref)
	json_t *all = json_pack("{s:s, s:I, s:s, s:[], s:[], s:[]}", "name",
		manifest_text(&b->manifest.image_name), "date", (json_int_t)b->lock.date, "suite",
		b->lock.suite, "packages", "medium", "esp");
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	int r;

	if (!all)
		return gnx_fail(err, -EINVAL, "the name of the image or suite is not UTF-8");
	r = add_packages(b, json_object_get(all, "packages"), err);
	if (!r)
		r = contents_medium(b, dir, json_object_get(all, "medium"), err);
	if (!r)
		r = contents_esp(dir, json_object_get(all, "esp"), err);
	if (r < 0)
		return r;
	text = json_dumps(all, JSON_INDENT(1));
	return text ? gnx_file_write(path, text, strlen(text), err)
		    : gnx_fail(err, -ENOMEM, "%s: out of memory", path);
}
