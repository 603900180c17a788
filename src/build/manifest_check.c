/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a manifest names is looked at before anything is built: a step may begin many minutes after
 * the manifest was read. What packages must be there only the plan tells: see parts_check().
 */
#include "base/clean.h"
#include "build/grubcfg.h"
#include "build/manifest.h"
#include "build/recipe.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_file(const char *where, const char *key, const char *path, struct gnx_err *err)
{
	struct stat st;

	if (access(path, R_OK) < 0 || stat(path, &st) < 0)
		return gnx_fail_errno(err, "%s: %s: %s", where, key, path);
	if (S_ISDIR(st.st_mode))
		return gnx_fail(
			err, -GNX_E_BAD_VALUE, "%s: %s: %s is a directory", where, key, path);
	return 0;
}

static int check_source(const char *where, const char *key, const char *source, struct gnx_err *err)
{
	return manifest_in_package(source) ? 0 : check_file(where, key, source, err);
}

static int check_files(const struct manifest *m, struct gnx_err *err)
{
	const struct {
		const char *key;
		const struct manifest_value *value;
	} values[] = {{"kernel", &m->guests_kernel}, {"installed", &m->hooks_installed},
		{"root", &m->hooks_root}};
	int r = 0;

	for (size_t i = 0; i < GNX_LEN(values); i++)
		for (size_t n = 0; !r && n < values[i].value->words.len; n++)
			r = check_file(values[i].value->where.items[n], values[i].key,
				values[i].value->words.items[n], err);
	for (size_t i = 0; !r && i < m->files_len; i++)
		r = check_file(m->files[i].where, "add", m->files[i].source, err);
	for (size_t i = 0; !r && i < m->entries_len; i++) {
		const struct manifest_entry *e = &m->entries[i];

		r = check_source(e->where, e->kind, e->file, err);
		if (!r && e->initrd)
			r = check_source(e->initrd_where, "initrd", e->initrd, err);
	}
	return r;
}

static bool has_entry(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->entries_len; i++)
		if (!strcmp(m->entries[i].name, name))
			return true;
	return false;
}

static int check_menu(const struct manifest *m, struct gnx_err *err)
{
	struct grubcfg_entry e;

	for (size_t i = 0; i < m->entries_len; i++)
		if (grubcfg_standard(m->entries[i].name, &e))
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"%s: [entry %s]: a standard entry has this name",
				m->entries[i].where, m->entries[i].name);
	for (size_t i = 0; i < m->menu_entries.words.len; i++) {
		const char *name = m->menu_entries.words.items[i];
		const char *where = m->menu_entries.where.items[i];
		bool standard = grubcfg_standard(name, &e);

		if (!standard && !has_entry(m, name))
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"%s: entries: \"%s\" is neither a standard entry nor a section "
				"[entry %s]",
				where, name, name);
		if (standard && gnx_starts(name, "rescue") && !m->guests_rescue.words.len)
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"%s: entries: \"%s\" needs a recipe, [guests] rescue", where, name);
	}
	return 0;
}

/* A recipe with the files that it takes, and the one whose initrd it boots; names: of the guests
 * so far. */
static int check_recipe(const char *path, bool alone, struct gnx_strv *names, struct gnx_err *err)
{
	GNX_CLEAN(recipe_done)
	struct recipe rc = {0};
	int r = recipe_load(&rc, path, err);
	const char *name = recipe_text(&rc.guest_name);

	for (size_t i = 0; !r && i < rc.files_len; i++)
		if (!rc.files[i].link)
			r = check_file(rc.files[i].where, "add", rc.files[i].source, err);
	if (!r && names && gnx_strv_has(names, name))
		r = gnx_fail(err, -GNX_E_BAD_VALUE, "%s: another guest is called \"%s\" too", path,
			name);
	if (!r && names)
		gnx_strv_add(names, name);
	if (!r && !alone && *recipe_text(&rc.guest_initrd))
		r = check_recipe(recipe_text(&rc.guest_initrd), true, NULL, err);
	return r;
}

static int check_recipes(
	const struct manifest_value *v, struct gnx_strv *names, struct gnx_err *err)
{
	for (size_t i = 0; i < v->words.len; i++) {
		int r = check_recipe(v->words.items[i], false, names, err);

		if (r < 0) {
			gnx_err_prefix(err, "%s", v->where.items[i]);
			return r;
		}
	}
	return 0;
}

int manifest_check(const struct manifest *m, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	int r;

	if (!m->guests_kernel.words.len || !m->guests_kernel_source.words.len)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s: [guests] kernel and kernel_source are needed", path);
	if (!m->menu_entries.words.len)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: [menu] entries are needed", path);
	r = check_menu(m, err);
	if (!r)
		r = check_files(m, err);
	if (!r)
		r = check_recipes(&m->guests_recipes, &names, err);
	return r ? r : check_recipes(&m->guests_rescue, NULL, err);
}
