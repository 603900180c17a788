/* SPDX-License-Identifier: BSD-3-Clause */
/* The texts at the top of the medium: see medium_texts.h. */
#include "build/medium_texts.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/deb.h"
#include "build/source.h"

#include <glob.h>
#include <inttypes.h>
#include <string.h>

#define TEXT_MAX (4u << 20)
#define GUIDE	 "/usr/share/gridnix/medium/GUIDE.html"

struct word {
	const char *name; /* stands as @NAME@ in the template */
	const char *value;
};

/* Copies the template with every @NAME@ replaced. */
static void fill_in(const char *s, const struct word *words, struct gnx_buf *out)
{
	for (const char *at; (at = strchr(s, '@')); s = at) {
		const char *end = strchr(at + 1, '@');
		const struct word *w = words;

		gnx_buf_add(out, s, (size_t)(at - s));
		while (end && w->name &&
			(strlen(w->name) != (size_t)(end - at - 1) ||
				strncmp(w->name, at + 1, strlen(w->name))))
			w++;
		if (end && w->name) {
			gnx_buf_str(out, w->value);
			at = end + 1;
		} else {
			gnx_buf_add(out, at++, 1);
		}
	}
	gnx_buf_str(out, s);
}

static int template(struct build *b, const char *dir, const char *name, const struct word *words,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *from = gnx_fmt("%s/images/medium/%s.in", b->source, name);
	GNX_CLEAN(gnx_free)
	char *to = gnx_fmt("%s/%s", dir, name);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0}, out = {0};
	int r = gnx_file_read(from, TEXT_MAX, &text, err);

	if (r < 0)
		return r;
	fill_in(text.data, words, &out);
	return gnx_file_write(to, out.data, out.len, err);
}

/* What the image was built with is in none of its packages, but parts of it are on the medium. */
static bool is_tool(const struct lock_package *p)
{
	return !strcmp(p->set, "tools");
}

static void list_packages(const struct lock *l, struct gnx_buf *out)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct lock_package *p = &l->packages[i];

		if (!is_tool(p))
			gnx_buf_fmt(out, "%s %s %s: %s %s\n", p->name, p->version, p->arch,
				p->source, p->source_version);
	}
}

/* Whether the source of package i is in the list of packages, or in that of sources already. */
static bool is_named(const struct lock *l, size_t i)
{
	const struct lock_package *p = &l->packages[i];

	for (size_t j = 0; j < l->len; j++) {
		const struct lock_package *q = &l->packages[j];

		if ((j < i || !is_tool(q)) && !strcmp(p->source, q->source) &&
			!strcmp(p->source_version, q->source_version))
			return true;
	}
	return false;
}

static void list_tools(const struct lock *l, struct gnx_buf *out)
{
	gnx_buf_str(out, ""); /* a text also when there is nothing to say */
	for (size_t i = 0; i < l->len; i++) {
		const struct lock_package *p = &l->packages[i];

		if (is_tool(p) && !is_named(l, i))
			gnx_buf_fmt(out, "%s %s\n", p->source, p->source_version);
	}
}

/* The guide was rendered when our packages were built. */
static int take_guide(const struct deb_item *item, void *arg, struct gnx_err *err)
{
	return strcmp(item->path, GUIDE) ? 0 : deb_item_read(item, TEXT_MAX, arg, err);
}

static int write_guide(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/gridnix-guest_*.deb", b->dir[STEP_programs]);
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/GUIDE.html", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	const struct deb_visitor v = {take_guide, &text};
	GNX_CLEAN(globfree)
	glob_t g = {0};
	int r;

	if (glob(pattern, 0, NULL, &g) != 0)
		return gnx_fail(err, -GNX_E_MISSING, "%s: not made", pattern);
	r = deb_walk(g.gl_pathv[0], &v, err);
	if (!r && !text.len)
		r = gnx_fail(err, -GNX_E_MISSING, "%s holds no " GUIDE, g.gl_pathv[0]);
	return r ? r : gnx_file_write(path, text.data, text.len, err);
}

static int write_stamp(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/BUILT", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf s = {0};
	char source[HASH_HEX];
	int r = source_hash(b->source, source, err);

	if (r < 0)
		return r;
	gnx_buf_fmt(&s,
		"image    %s\ngridnix  " GNX_VERSION "\nsource   %s\nsuite    %s\ndate     %" PRIu64
		"  (of the package lists, in seconds since 1970; no clock went into the image)\n"
		"layers   %s\n",
		manifest_text(&b->manifest.image_name), source, b->lock.suite, b->lock.date,
		b->key[STEP_layers]);
	return gnx_file_write(path, s.data, s.len, err);
}

int medium_texts_write(
	struct build *b, const char *dir, unsigned int machine_mib, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *licence_path = gnx_fmt("%s/LICENSE", b->source);
	GNX_CLEAN(gnx_free)
	char *mib = gnx_fmt("%u", machine_mib);
	GNX_CLEAN(gnx_free)
	char *lock = gnx_fmt("%s/LOCK", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf licence = {0}, packages = {0}, tools = {0};
	int r = gnx_file_read(licence_path, TEXT_MAX, &licence, err);

	if (r < 0)
		return r;
	list_packages(&b->lock, &packages);
	list_tools(&b->lock, &tools);

	const struct word words[] = {{"NAME", manifest_text(&b->manifest.image_name)},
		{"TITLE", manifest_text(&b->manifest.image_title)}, {"VERSION", GNX_VERSION},
		{"SUITE", b->lock.suite}, {"MACHINE_MIB", mib}, {"LICENSE", licence.data},
		{"PACKAGES", packages.data}, {"BUILT_WITH", tools.data}, {NULL, NULL}};

	r = template(b, dir, "README", words, err);
	if (!r)
		r = template(b, dir, "COPYRIGHT", words, err);
	if (!r)
		r = write_stamp(b, dir, err);
	if (!r)
		r = write_guide(b, dir, err);
	return r ? r : lock_write(&b->lock, lock, err);
}
