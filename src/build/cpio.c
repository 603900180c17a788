/* SPDX-License-Identifier: BSD-3-Clause */
/* An initramfs writer on libarchive: see cpio.h. */
#include "build/cpio.h"
#include "base/clean.h"
#include "base/str.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct cpio_entry {
	char *name;
	char *from;	     /* regular file: where its bytes are, when not in data */
	struct gnx_buf data; /* regular file: bytes; symbolic link: target */
	mode_t mode;	     /* with the type */
	dev_t node;
	bool last;
};

static void entry_free(struct cpio_entry *e)
{
	free(e->name);
	free(e->from);
	gnx_buf_done(&e->data);
	free(e);
}

void cpio_done(struct cpio *c)
{
	for (size_t i = 0; i < c->len; i++)
		entry_free(c->entries[i]);
	free(c->entries);
	*c = CPIO_INIT;
}

/* The name as it goes into the archive: no "/" or "./" in front, none at the end. */
static int clean_name(const char *name, char **out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *clean = NULL;
	size_t len;

	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	clean = gnx_dup(name);
	len = strlen(clean);
	while (len && clean[len - 1] == '/')
		clean[--len] = '\0';
	for (const char *p = clean; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && !strncmp(p, "..", 2)))
			return gnx_fail(err, -EINVAL, "\"%s\": not a plain path", name);
		p += n;
		p += *p == '/' && p[1] != '\0';
	}
	if (!len)
		return gnx_fail(err, -EINVAL, "an archive entry without a name");
	*out = STEAL(clean);
	return 0;
}

static struct cpio_entry *find(const struct cpio *c, const char *name)
{
	for (size_t i = 0; i < c->len; i++)
		if (!strcmp(c->entries[i]->name, name))
			return c->entries[i];
	return NULL;
}

static struct cpio_entry *append(struct cpio *c, const char *name, mode_t mode)
{
	struct cpio_entry *e = gnx_alloc(sizeof(*e));

	e->name = gnx_dup(name);
	e->mode = mode;
	c->entries = gnx_room(c->entries, c->len, sizeof(struct cpio_entry *));
	c->entries[c->len++] = e;
	return e;
}

static int add(
	struct cpio *c, const char *name, mode_t mode, struct cpio_entry **out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *clean = NULL;
	int r = clean_name(name, &clean, err);

	if (r < 0)
		return r;
	for (char *p = strchr(clean, '/'); p; p = strchr(p + 1, '/')) {
		struct cpio_entry *parent;

		*p = '\0';
		parent = find(c, clean);
		if (!parent)
			parent = append(c, clean, S_IFDIR | 0755);
		if (!S_ISDIR(parent->mode))
			return gnx_fail(err, -ENOTDIR,
				"\"%s\" is wanted as a directory (for \"%s\")", clean, name);
		*p = '/';
	}
	*out = find(c, clean);
	if (*out && !(S_ISDIR(mode) && S_ISDIR((*out)->mode)))
		return gnx_fail(err, -EEXIST, "\"%s\" comes twice", clean);
	if (!*out)
		*out = append(c, clean, mode);
	(*out)->mode = mode;
	return 0;
}

int cpio_add_dir(struct cpio *c, const char *name, mode_t mode, struct gnx_err *err)
{
	struct cpio_entry *e;

	return add(c, name, S_IFDIR | (mode & 07777), &e, err);
}

int cpio_add_data(struct cpio *c, const char *name, mode_t mode, const void *data, size_t len,
	struct gnx_err *err)
{
	struct cpio_entry *e;
	int r = add(c, name, S_IFREG | (mode & 07777), &e, err);

	if (r < 0)
		return r;
	gnx_buf_add(&e->data, data, len);
	return 0;
}

int cpio_add_file(
	struct cpio *c, const char *name, mode_t mode, const char *path, struct gnx_err *err)
{
	struct cpio_entry *e;
	int r = add(c, name, S_IFREG | (mode & 07777), &e, err);

	if (r < 0)
		return r;
	e->from = gnx_dup(path);
	return 0;
}

int cpio_add_link(struct cpio *c, const char *name, const char *target, struct gnx_err *err)
{
	struct cpio_entry *e;
	int r = add(c, name, S_IFLNK | 0777, &e, err);

	if (r < 0)
		return r;
	gnx_buf_str(&e->data, target);
	return 0;
}

int cpio_add_node(struct cpio *c, const char *name, mode_t mode, unsigned int major,
	unsigned int minor, struct gnx_err *err)
{
	struct cpio_entry *e;
	int r = add(c, name, mode, &e, err);

	if (r < 0)
		return r;
	e->node = makedev(major, minor);
	return 0;
}

int cpio_set_last(struct cpio *c, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *clean = NULL;
	struct cpio_entry *e;
	int r = clean_name(name, &clean, err);

	if (r < 0)
		return r;
	e = find(c, clean);
	if (!e)
		return gnx_fail(err, -ENOENT, "\"%s\" is not in the archive", clean);
	for (size_t i = 0; i < c->len; i++)
		c->entries[i]->last = c->entries[i] == e;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct cpio_entry *x = *(struct cpio_entry *const *)a;
	const struct cpio_entry *y = *(struct cpio_entry *const *)b;

	if (x->last != y->last)
		return x->last ? 1 : -1;
	return strcmp(x->name, y->name);
}

static int archive_fail(struct archive *a, const char *what, struct gnx_err *err)
{
	int code = archive_errno(a);

	return gnx_fail(err, code > 0 ? -code : -EIO, "%s: %s", what, archive_error_string(a));
}

static int write_bytes(struct archive *a, const struct cpio_entry *e, const void *data, size_t len,
	struct gnx_err *err)
{
	la_ssize_t n = archive_write_data(a, data, len);

	if (n < 0 || (size_t)n != len)
		return archive_fail(a, e->name, err);
	return 0;
}

/* Copies exactly size bytes of fd: the size already stands in the archive. */
static int write_fd(
	struct archive *a, const struct cpio_entry *e, int fd, int64_t size, struct gnx_err *err)
{
	char chunk[65536];

	while (size > 0) {
		size_t want = size < (int64_t)sizeof(chunk) ? (size_t)size : sizeof(chunk);
		ssize_t n = read(fd, chunk, want);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gnx_fail_errno(err, "%s: read", e->from);
		if (n == 0)
			return gnx_fail(err, -EIO, "%s: became shorter while it was read", e->from);
		r = write_bytes(a, e, chunk, (size_t)n, err);
		if (r < 0)
			return r;
		size -= n;
	}
	return 0;
}

static int write_entry(struct archive *a, const struct cpio_entry *e, int64_t ino, int64_t epoch,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = -1;
	int64_t size = S_ISREG(e->mode) ? (int64_t)e->data.len : 0;
	struct archive_entry *entry;
	int r;

	if (e->from) {
		struct stat st;

		fd = open(e->from, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0)
			return gnx_fail_errno(err, "%s", e->from);
		if (!S_ISREG(st.st_mode))
			return gnx_fail(err, -EINVAL, "%s: not a regular file", e->from);
		size = st.st_size;
	}
	entry = archive_entry_new();
	archive_entry_set_pathname(entry, e->name);
	archive_entry_set_mode(entry, e->mode);
	archive_entry_set_nlink(entry, S_ISDIR(e->mode) ? 2 : 1);
	archive_entry_set_ino64(entry, ino);
	archive_entry_set_mtime(entry, epoch, 0);
	archive_entry_set_size(entry, size);
	archive_entry_set_rdev(entry, e->node);
	if (S_ISLNK(e->mode))
		archive_entry_set_symlink(entry, e->data.data);
	r = archive_write_header(a, entry);
	archive_entry_free(entry);
	if (r != ARCHIVE_OK)
		return archive_fail(a, e->name, err);
	if (e->from)
		return write_fd(a, e, fd, size, err);
	return S_ISREG(e->mode) ? write_bytes(a, e, e->data.data, e->data.len, err) : 0;
}

static int write_all(
	struct archive *a, struct cpio *c, const char *path, int64_t epoch, struct gnx_err *err)
{
	if (archive_write_set_format_cpio_newc(a) != ARCHIVE_OK ||
		archive_write_set_bytes_in_last_block(a, 4) != ARCHIVE_OK ||
		archive_write_open_filename(a, path) != ARCHIVE_OK)
		return archive_fail(a, path, err);
	for (size_t i = 0; i < c->len; i++) {
		int r = write_entry(a, c->entries[i], (int64_t)i + 1, epoch, err);

		if (r < 0)
			return r;
	}
	if (archive_write_close(a) != ARCHIVE_OK)
		return archive_fail(a, path, err);
	return 0;
}

int cpio_write(struct cpio *c, const char *path, int64_t epoch, struct gnx_err *err)
{
	struct archive *a = archive_write_new();
	int r;

	if (c->len)
		qsort(c->entries, c->len, sizeof(struct cpio_entry *), by_name);
	r = write_all(a, c, path, epoch, err);
	archive_write_free(a);
	if (r < 0)
		unlink(path);
	return r;
}
