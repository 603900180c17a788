/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of kernel modules: see modset.h. */
#include "build/modset.h"
#include "base/clean.h"
#include "base/file.h"

#include <fnmatch.h>
#include <string.h>

#define INDEX_MAX (32u << 20)

void modset_done(struct modset *s)
{
	for (size_t i = 0; i < s->len; i++) {
		free(s->modules[i].path);
		free(s->modules[i].name);
		gnx_strv_done(&s->modules[i].deps);
		gnx_strv_done(&s->modules[i].soft);
	}
	free(s->modules);
	*s = (struct modset){0};
}

static char *name_of(const char *path)
{
	const char *base = strrchr(path, '/');
	const char *ko;
	char *name;

	base = base ? base + 1 : path;
	ko = strstr(base, ".ko");
	name = gnx_fmt("%.*s", ko ? (int)(ko - base) : (int)strlen(base), base);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}

static int by_name(const void *a, const void *b)
{
	const struct modset_module *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct modset_module *find(const struct modset *s, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *plain = name_of(name);
	struct modset_module key = {.name = plain};

	return s->len ? bsearch(&key, s->modules, s->len, sizeof(key), by_name) : NULL;
}

const struct modset_module *modset_find(const struct modset *s, const char *name)
{
	return find(s, name);
}

static void add_once(struct gnx_strv *names, const char *name)
{
	if (!gnx_strv_has(names, name))
		gnx_strv_add(names, name);
}

static struct modset_module *add(struct modset *s, const char *path)
{
	s->modules = gnx_room(s->modules, s->len, sizeof(*s->modules));
	s->modules[s->len] = (struct modset_module){.path = gnx_dup(path), .name = name_of(path)};
	return &s->modules[s->len++];
}

/* "PATH: DEP DEP…": depmod lists what must be there first last. */
static int add_dep_line(struct modset *s, char *line)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv w = {0};
	char *colon = strchr(line, ':');
	struct modset_module *m;

	if (!colon || colon == line)
		return -GNX_E_SYNTAX;
	*colon = '\0';
	m = add(s, line);
	gnx_strv_split(&w, colon + 1, " ");
	for (size_t i = w.len; i > 0; i--) {
		GNX_CLEAN(gnx_free)
		char *dep = name_of(w.items[i - 1]);

		gnx_strv_add(&m->deps, dep);
	}
	return 0;
}

static int add_builtin_line(struct modset *s, char *line)
{
	add(s, line)->builtin = true;
	return 0;
}

/* "softdep NAME pre: WORD… post: WORD…"; a word is a module's name or an alias. */
static int add_soft_line(struct modset *s, char *line)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv w = {0};
	struct modset_module *m;

	gnx_strv_split(&w, line, " ");
	m = w.len > 2 ? find(s, w.items[1]) : NULL;
	for (size_t i = 2; m && i < w.len; i++)
		if (!gnx_ends(w.items[i], ":"))
			gnx_strv_add(&m->soft, w.items[i]);
	return 0;
}

/* "alias PATTERN NAME": NAME is what a soft dependency on PATTERN means, or one of these. */
static int add_alias_line(struct modset *s, char *line)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv w = {0};

	gnx_strv_split(&w, line, " ");
	if (w.len != 3 || strcmp(w.items[0], "alias") != 0)
		return 0;
	for (size_t i = 0; i < s->len; i++) {
		struct modset_module *m = &s->modules[i];

		for (size_t j = 0, words = m->soft.len; j < words; j++)
			if (fnmatch(w.items[1], m->soft.items[j], 0) == 0)
				add_once(&m->soft, w.items[2]);
	}
	return 0;
}

static int read_lines(struct modset *s, const char *dir, const char *name,
	int (*add_line)(struct modset *, char *), struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", dir, name);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	char *save = NULL;
	int line = 0, r = gnx_file_read(path, INDEX_MAX, &text, err);

	if (r < 0)
		return r;
	for (char *l = strtok_r(text.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		line++;
		r = add_line(s, l);
		if (r < 0)
			return gnx_fail(err, r, "%s:%d: not a line of depmod's", path, line);
	}
	return 0;
}

int modset_read(struct modset *s, const char *dir, struct gnx_err *err)
{
	int r = read_lines(s, dir, "modules.dep", add_dep_line, err);

	if (!r)
		r = read_lines(s, dir, "modules.builtin", add_builtin_line, err);
	if (!r && s->len)
		qsort(s->modules, s->len, sizeof(*s->modules), by_name);
	if (!r)
		r = read_lines(s, dir, "modules.softdep", add_soft_line, err);
	return r ? r : read_lines(s, dir, "modules.alias", add_alias_line, err);
}

static bool matches(const char *pattern, const struct modset_module *m)
{
	const char *path = gnx_starts(m->path, "kernel/") ? m->path + 7 : m->path;

	if (!strchr(pattern, '/')) {
		GNX_CLEAN(gnx_free)
		char *plain = name_of(pattern);

		return fnmatch(plain, m->name, 0) == 0;
	}
	if (gnx_ends(pattern, "/"))
		return gnx_starts(path, pattern);
	return fnmatch(pattern, path, 0) == 0;
}

static bool any_matches(const struct gnx_strv *patterns, const struct modset_module *m)
{
	for (size_t i = 0; i < patterns->len; i++)
		if (matches(patterns->items[i], m))
			return true;
	return false;
}

/* What it depends on first. Soft dependencies may go round in circles. */
static void choose(const struct modset *s, const struct modset_module *m,
	const struct gnx_strv *exclude, struct gnx_strv *names)
{
	if (gnx_strv_has(names, m->name))
		return;
	for (size_t i = 0; i < m->deps.len; i++)
		choose(s, find(s, m->deps.items[i]), exclude, names);
	gnx_strv_add(names, m->name);
	for (size_t i = 0; i < m->soft.len; i++) {
		const struct modset_module *soft = find(s, m->soft.items[i]);

		if (soft && !soft->builtin && !any_matches(exclude, soft))
			choose(s, soft, exclude, names);
	}
}

int modset_choose(const struct modset *s, const struct gnx_strv *patterns,
	const struct gnx_strv *exclude, struct gnx_strv *names, struct gnx_err *err)
{
	for (size_t i = 0; i < patterns->len; i++) {
		size_t found = 0;

		for (size_t j = 0; j < s->len; j++) {
			const struct modset_module *m = &s->modules[j];

			if (!matches(patterns->items[i], m))
				continue;
			found++;
			if (!m->builtin && !any_matches(exclude, m))
				choose(s, m, exclude, names);
		}
		if (!found)
			return gnx_fail(err, -GNX_E_MISSING,
				"[modules]: \"%s\" matches no module of this kernel",
				patterns->items[i]);
	}
	return 0;
}

static void list_deps(const struct modset_module *m, struct gnx_buf *out)
{
	if (!m->deps.len)
		return;
	gnx_buf_fmt(out, "dep %s", m->name);
	for (size_t i = 0; i < m->deps.len; i++)
		gnx_buf_fmt(out, " %s", m->deps.items[i]);
	gnx_buf_str(out, "\n");
}

int modset_list(const struct modset *s, const struct gnx_strv *names, const struct gnx_strv *load,
	const char *dir, struct gnx_buf *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/modules.alias", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	char *save = NULL;
	int r = gnx_file_read(path, INDEX_MAX, &text, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < names->len; i++)
		list_deps(modset_find(s, names->items[i]), out);
	for (size_t i = 0; i < load->len; i++) {
		const struct modset_module *m = modset_find(s, load->items[i]);

		if (m && m->builtin)
			continue;
		if (!m || !gnx_strv_has(names, m->name))
			return gnx_fail(err, -GNX_E_MISSING,
				"[modules] load: \"%s\" is not among the boot modules",
				load->items[i]);
		gnx_buf_fmt(out, "load %s\n", m->name);
	}
	for (char *l = strtok_r(text.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv w = {0};

		gnx_strv_split(&w, l, " ");
		if (w.len == 3 && !strcmp(w.items[0], "alias") && gnx_strv_has(names, w.items[2]))
			gnx_buf_fmt(out, "alias %s %s\n", w.items[1], w.items[2]);
	}
	return 0;
}

void modset_list_files(const struct modset *s, const struct gnx_strv *names,
	const struct gnx_strv *flat, const char *prefix, struct gnx_buf *out)
{
	for (size_t i = 0; i < names->len; i++) {
		const struct modset_module *m = modset_find(s, names->items[i]);

		if (!gnx_strv_has(flat, m->name))
			gnx_buf_fmt(out, "file %s %s/%s\n", m->name, prefix, m->path);
	}
}
