/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of packages that are not installed: see parts.h. */
#include "build/parts.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/chroot.h"
#include "build/deb.h"

#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (256u << 20)
#define KERNEL	 "linux-image-"

int parts_kernel(const struct build *b, const struct lock_package **out, struct gnx_err *err)
{
	/* "linux-image-6.12…", not the package "linux-image-amd64" that depends on it. */
	return build_package(b, "parts", KERNEL "[0-9]*", out, err);
}

int parts_unpack_kernel(struct build *b, const char *dir, char **version_out, struct gnx_err *err)
{
	/* The name of the package is the version's, behind "linux-image-". */
	const struct lock_package *p;
	int r = parts_kernel(b, &p, err);

	if (r < 0)
		return r;

	GNX_CLEAN(gnx_free)
	char *deb = build_pool_path(b, p);
	GNX_CLEAN(gnx_free)
	char *version = gnx_dup(p->name + strlen(KERNEL));
	/* Up to Debian 12 modules are in /lib, later in /usr/lib; depmod has its own opinion. */
	static const char script[] =
		"set -e; [ ! -d lib/modules ] || { mkdir -p usr/lib; mv lib/modules usr/lib/; "
		"rmdir lib; }; ln -s usr/lib lib; exec /usr/sbin/depmod -b /build \"$1\"";
	char *unpack[] = {"dpkg-deb", "-x", deb, (char *)dir, NULL};
	char *index[] = {"/bin/sh", "-c", (char *)script, "sh", version, NULL};

	r = build_exec(b, unpack, err);
	if (!r)
		r = chroot_tool(b, dir, index, err);
	if (!r)
		*version_out = STEAL(version);
	return r;
}

struct take {
	const char *pattern;
	struct gnx_buf name, data;
};

static int visit(const struct deb_item *item, void *arg, struct gnx_err *err)
{
	struct take *t = arg;

	if ((item->mode & S_IFMT) != S_IFREG || item->target || fnmatch(t->pattern, item->path, 0))
		return 0;
	if (t->name.len && strcmp(t->name.data, item->path) <= 0)
		return 0;
	gnx_buf_done(&t->name);
	gnx_buf_done(&t->data);
	gnx_buf_str(&t->name, item->path);
	return deb_item_read(item, FILE_MAX, &t->data, err);
}

int parts_take(struct build *b, const char *package, const char *pattern, const char *to,
	struct gnx_err *err)
{
	const struct lock_package *p;
	struct take t = {.pattern = pattern};
	const struct deb_visitor v = {visit, &t};
	int r = build_package(b, "parts", package, &p, err);

	if (r < 0)
		return r;

	GNX_CLEAN(gnx_free)
	char *deb = build_pool_path(b, p);

	r = deb_walk(deb, &v, err);
	if (!r && !t.name.len)
		r = gnx_fail(err, -GNX_E_MISSING, "%s holds no file %s", p->file, pattern);
	if (!r)
		r = gnx_file_write(to, t.data.data, t.data.len, err);
	gnx_buf_done(&t.name);
	gnx_buf_done(&t.data);
	return r;
}

/* The package of PACKAGE:/PATTERN; the caller frees. */
static char *package_of(const char *source, const char *pattern)
{
	return gnx_fmt("%.*s", (int)(pattern - source) - 1, source);
}

int parts_copy(struct build *b, const char *source, const char *to, struct gnx_err *err)
{
	const char *pattern = manifest_in_package(source);
	GNX_CLEAN(gnx_free)
	char *package = pattern ? package_of(source, pattern) : NULL;
	char *argv[] = {"cp", (char *)source, (char *)to, NULL};

	return pattern ? parts_take(b, package, pattern, to, err) : build_exec(b, argv, err);
}

struct add {
	const char *pattern;
	struct cpio *cpio;
	bool any;
};

static int visit_to_add(const struct deb_item *item, void *arg, struct gnx_err *err)
{
	struct add *a = arg;

	if (S_ISDIR(item->mode) || fnmatch(a->pattern, item->path, 0))
		return 0;
	a->any = true;
	return deb_item_add(item, a->cpio, err);
}

int parts_add(struct build *b, const char *source, struct cpio *c, struct gnx_err *err)
{
	struct add a = {.pattern = manifest_in_package(source), .cpio = c};
	const struct deb_visitor v = {visit_to_add, &a};
	GNX_CLEAN(gnx_free)
	char *package = package_of(source, a.pattern);
	const struct lock_package *p;
	int r = build_package(b, "parts", package, &p, err);

	if (r < 0)
		return r;

	GNX_CLEAN(gnx_free)
	char *deb = build_pool_path(b, p);

	r = deb_walk(deb, &v, err);
	return r || a.any
		? r
		: gnx_fail(err, -GNX_E_MISSING, "%s holds no file %s", p->file, a.pattern);
}

int parts_copy_key(
	const struct build *b, struct hash_key *k, const char *source, struct gnx_err *err)
{
	const char *pattern = manifest_in_package(source);
	GNX_CLEAN(gnx_free)
	char *package = pattern ? package_of(source, pattern) : NULL;
	const struct lock_package *p;
	int r;

	if (!pattern)
		return hash_key_file(k, source, err);
	r = build_package(b, "parts", package, &p, err);
	if (r < 0)
		return r;
	hash_key_str(k, pattern);
	hash_key_str(k, p->sha256);
	return 0;
}

static int check_source(const struct build *b, const char *source, struct gnx_err *err)
{
	const char *pattern = source ? manifest_in_package(source) : NULL;
	GNX_CLEAN(gnx_free)
	char *package = pattern ? package_of(source, pattern) : NULL;
	const struct lock_package *p;

	return package ? build_package(b, "parts", package, &p, err) : 0;
}

int parts_check(const struct build *b, struct gnx_err *err)
{
	const struct manifest *m = &b->manifest;
	const char *names[] = {"xen-hypervisor-*", KERNEL "[0-9]*",
		manifest_text(&m->guests_kernel_source),
		gnx_strv_has(&m->menu_entries.words, "memtest") ? "memtest86+" : NULL};
	const struct lock_package *p;
	int r = 0;

	for (size_t i = 0; !r && i < GNX_LEN(names); i++)
		if (names[i])
			r = build_package(b, "parts", names[i], &p, err);
	for (size_t i = 0; !r && i < m->dom0_shell.words.len; i++)
		r = check_source(b, m->dom0_shell.words.items[i], err);
	for (size_t i = 0; !r && i < m->entries_len; i++) {
		const struct manifest_entry *e = &m->entries[i];

		r = check_source(b, e->file, err);
		if (!r)
			r = check_source(b, e->initrd, err);
		if (!r && strcmp(e->kind, "kernel"))
			r = build_package(b, "parts", MANIFEST_MEMDISK_PACKAGE, &p, err);
	}
	return r;
}
