/* SPDX-License-Identifier: BSD-3-Clause */
/* Files inside Debian packages: see deb.h. A package is an ar archive; its files are in the
 * tar archive data.tar.* inside. */
#include "build/deb.h"
#include "base/clean.h"
#include "build/cpio.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK	 65536
#define FILE_MAX (256u << 20)

static void archive_close(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}

static int archive_fail(struct archive *a, const char *what, struct gnx_err *err)
{
	const char *words = archive_error_string(a);

	return gnx_fail(err, -GNX_E_SYNTAX, "%s: %s", what, words ? words : "not readable");
}

/* The outer archive's data.tar.*, as the inner archive's input. */
struct inner {
	struct archive *outer;
	char block[BLOCK];
};

static la_ssize_t read_inner(struct archive *a, void *arg, const void **block)
{
	struct inner *in = arg;
	la_ssize_t n = archive_read_data(in->outer, in->block, sizeof(in->block));

	if (n < 0)
		archive_set_error(a, EIO, "%s", archive_error_string(in->outer));
	*block = in->block;
	return n;
}

/* Up to Debian 12 packages name files by /bin and the like, which is /usr/bin in every root of
 * today. A link at that place stays what it is. */
static bool below_usr(const struct gnx_strv *parts)
{
	static const char *const dirs[] = {"bin", "sbin", "lib", "lib64"};

	for (size_t i = 0; parts->len > 1 && i < GNX_LEN(dirs); i++)
		if (!strcmp(parts->items[0], dirs[i]))
			return true;
	return false;
}

/* "./usr/bin/x", "usr/bin/x/" or "./bin/x" as "/usr/bin/x"; the root itself becomes "/". */
static int item_path(const char *name, char **out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv parts = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf path = {0};

	while (gnx_starts(name, "./"))
		name += 2;
	gnx_strv_split(&parts, name, "/");
	if (below_usr(&parts))
		gnx_buf_str(&path, "/usr");
	for (size_t i = 0; i < parts.len; i++) {
		if (!strcmp(parts.items[i], "."))
			continue;
		if (!strcmp(parts.items[i], ".."))
			return gnx_fail(err, -GNX_E_SYNTAX, "\"%s\" leaves the package", name);
		gnx_buf_fmt(&path, "/%s", parts.items[i]);
	}
	if (!path.len)
		gnx_buf_str(&path, "/");
	*out = STEAL(path.data);
	return 0;
}

static int visit_entry(struct archive *a, struct archive_entry *entry,
	const struct deb_visitor *visitor, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = NULL;
	const char *name = archive_entry_pathname(entry);
	const char *hard = archive_entry_hardlink(entry);
	struct deb_item item = {.bytes = a};
	int r;

	if (!name)
		return gnx_fail(err, -GNX_E_SYNTAX, "an entry without a name");
	r = item_path(name, &path, err);
	if (r < 0)
		return r;
	item.path = path;
	item.target = hard ? hard : archive_entry_symlink(entry);
	item.mode = hard ? S_IFREG | archive_entry_perm(entry) : archive_entry_mode(entry);
	item.size = (uint64_t)archive_entry_size(entry);
	return visitor->visit(&item, visitor->arg, err);
}

static int walk_data(struct archive *outer, const struct deb_visitor *visitor, struct gnx_err *err)
{
	GNX_CLEAN(archive_close)
	struct archive *a = archive_read_new();
	GNX_CLEAN(gnx_free)
	struct inner *in = gnx_alloc(sizeof(*in));
	struct archive_entry *entry;
	int r;

	in->outer = outer;
	archive_read_support_filter_all(a);
	archive_read_support_format_tar(a);
	if (archive_read_open(a, in, NULL, read_inner, NULL) != ARCHIVE_OK)
		return archive_fail(a, "data.tar", err);
	while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		r = visit_entry(a, entry, visitor, err);
		if (r < 0)
			return r;
	}
	return r == ARCHIVE_EOF ? 0 : archive_fail(a, "data.tar", err);
}

static int walk(const char *path, const struct deb_visitor *visitor, struct gnx_err *err)
{
	GNX_CLEAN(archive_close)
	struct archive *a = archive_read_new();
	struct archive_entry *entry;

	archive_read_support_format_ar(a);
	if (archive_read_open_filename(a, path, BLOCK) != ARCHIVE_OK)
		return archive_fail(a, "open", err);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);

		if (name && gnx_starts(name, "data.tar"))
			return walk_data(a, visitor, err);
	}
	return gnx_fail(err, -GNX_E_SYNTAX, "not a Debian package: no data.tar inside");
}

int deb_walk(const char *path, const struct deb_visitor *visitor, struct gnx_err *err)
{
	int r = walk(path, visitor, err);

	if (r < 0)
		gnx_err_prefix(err, "%s", path);
	return r;
}

int deb_item_read(
	const struct deb_item *item, uint64_t max, struct gnx_buf *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *block = gnx_alloc(BLOCK);
	uint64_t total = 0;
	la_ssize_t n;

	while ((n = archive_read_data(item->bytes, block, BLOCK)) > 0) {
		total += (uint64_t)n;
		if (total > max)
			return gnx_fail(err, -GNX_E_TOO_BIG, "%s: larger than %llu bytes",
				item->path, (unsigned long long)max);
		gnx_buf_add(out, block, (size_t)n);
	}
	if (n < 0)
		return archive_fail(item->bytes, item->path, err);
	gnx_buf_add(out, "", 0);
	return 0;
}

int deb_item_add(const struct deb_item *item, struct cpio *c, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf bytes = {0};
	int r;

	if (S_ISLNK(item->mode))
		return cpio_add_link(c, item->path, item->target, err);
	if (!S_ISREG(item->mode) || item->target)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s is a hard link or a special file and cannot be taken", item->path);
	r = deb_item_read(item, FILE_MAX, &bytes, err);
	if (r < 0)
		return r;
	return cpio_add_data(c, item->path, item->mode & 0777, bytes.data, bytes.len, err);
}
