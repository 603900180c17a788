/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of files: see contents_files.h. */
#include "build/contents_files.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/chroot.h"
#include "build/imagefile.h"
#include "build/media.h"
#include "build/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_MAX (64u << 20)

static void archive_close(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}

static int add(json_t *list, const char *path, uint64_t size, struct gnx_err *err)
{
	json_t *file = json_pack("{s:s, s:I}", "path", path, "size", (json_int_t)size);

	return json_array_append_new(list, file) == 0
		? 0
		: gnx_fail(err, -EINVAL, "%s: the name of this file is not UTF-8", path);
}

/* Lines as of ls -l. Names begin with the directory that unsquashfs would unpack to. */
static int parse_layer(char *text, json_t *list, struct gnx_err *err)
{
	char *save = NULL;
	int r = 0;

	for (char *s = strtok_r(text, "\n", &save); !r && s; s = strtok_r(NULL, "\n", &save)) {
		uint64_t size;
		int at = 0;

		if (*s != '-')
			continue;
		/* mode, owner, size, date, time */
		if (sscanf(s, "%*s %*s %" SCNu64 " %*s %*s %n", &size, &at) != 1 ||
			!strchr(s + at, '/'))
			return gnx_fail(err, -GNX_E_SYNTAX, "unsquashfs said \"%s\"", s);
		r = add(list, strchr(s + at, '/'), size, err);
	}
	return r;
}

/* The layer PLACE/NAME. */
static int list_layer(struct build *b, const char *dir, const char *place, const char *name,
	json_t *list, struct gnx_err *err)
{
	const struct chroot_bind binds[] = {{dir, "/build"}, {place, "/mnt"}, {NULL, NULL}};
	char *argv[] = {"/bin/sh", "-c", "exec unsquashfs -lln \"/mnt/$1\" > files", "sh",
		(char *)name, NULL};
	GNX_CLEAN(gnx_free)
	char *chroot = gnx_fmt("%s/root", b->dir[STEP_tools]);
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/files", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = chroot_run(b, chroot, binds, "/build", argv, err);

	if (!r)
		r = gnx_file_read(path, LIST_MAX, &text, err);
	return r ? r : parse_layer(text.data, list, err);
}

static int list_initrd(const char *path, json_t *list, struct gnx_err *err)
{
	GNX_CLEAN(archive_close)
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int r = 0, next;

	archive_read_support_filter_all(a);
	archive_read_support_format_cpio(a);
	next = archive_read_open_filename(a, path, 65536);
	while (!r && next == ARCHIVE_OK && (next = archive_read_next_header(a, &e)) == ARCHIVE_OK) {
		GNX_CLEAN(gnx_free)
		char *name = gnx_fmt("/%s", archive_entry_pathname(e));

		if (archive_entry_filetype(e) == AE_IFREG)
			r = add(list, name, (uint64_t)archive_entry_size(e), err);
	}
	return r || next == ARCHIVE_EOF
		? r
		: gnx_fail(err, -GNX_E_SYNTAX, "%s: %s", path, archive_error_string(a));
}

static const char *path_of(const json_t *file)
{
	return json_string_value(json_object_get(file, "path"));
}

/* The list of what is inside a file, still empty; borrowed from the file. */
static json_t *inside(json_t *file)
{
	json_t *list = json_array();

	json_object_set_new(file, "files", list);
	return list;
}

static bool is_initrd(const char *path)
{
	return !strcmp(path, GRUBCFG_INITRD_PATH) ||
		(gnx_starts(path, "/gridnix/guests/") && gnx_ends(path, ".img"));
}

/* dom0's initrd has a layer inside. */
static int look_into_initrd(
	struct build *b, const char *dir, const char *path, json_t *list, struct gnx_err *err)
{
	json_t *file;
	size_t i;
	int r = list_initrd(path, list, err);

	json_array_foreach(
		list, i, file) if (!r && !strcmp(path_of(file), "/modules/" IMAGEFILE_BOOT)) r =
		list_layer(b, dir, b->dir[STEP_layers], IMAGEFILE_BOOT, inside(file), err);
	return r;
}

static int look_into(
	struct build *b, const char *dir, const char *tree, json_t *list, struct gnx_err *err)
{
	json_t *file;
	size_t i;
	int r = 0;

	json_array_foreach(list, i, file)
	{
		const char *path = path_of(file);
		GNX_CLEAN(gnx_free)
		char *host = gnx_fmt("%s%s", tree, path);

		if (!r && gnx_starts(path, "/gridnix/") && gnx_ends(path, ".sqfs"))
			r = list_layer(b, dir, tree, path + 1, inside(file), err);
		else if (!r && is_initrd(path))
			r = look_into_initrd(b, dir, host, inside(file), err);
	}
	return r;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int list_tree(const char *tree, json_t *list, struct gnx_err *err)
{
	char *const paths[] = {(char *)tree, NULL};
	GNX_CLEAN(tree_close)
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	int r = 0;

	if (!f)
		return gnx_fail_errno(err, "%s", tree);
	for (FTSENT *e; !r && (e = fts_read(f));)
		if (e->fts_info == FTS_F)
			r = add(list, e->fts_path + strlen(tree), (uint64_t)e->fts_statp->st_size,
				err);
	return r;
}

int contents_medium(struct build *b, const char *dir, json_t *list, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *tree = gnx_fmt("%s/" MEDIA_TREE, dir);
	int r = list_tree(tree, list, err);

	if (!r)
		r = look_into(b, dir, tree, list, err);
	return r ? r : add(list, MEDIA_CATALOG, MEDIA_CATALOG_SIZE, err);
}

int contents_esp(const char *dir, json_t *list, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *loader = gnx_fmt("%s/" MEDIA_LOADER, dir);
	struct stat st;

	if (stat(loader, &st) < 0)
		return gnx_fail_errno(err, "%s", loader);
	return add(list, "/EFI/BOOT/" MEDIA_LOADER, (uint64_t)st.st_size, err);
}
