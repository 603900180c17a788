/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dom0's initramfs: stage 1, the modules that it needs to find the medium, and the image's
 * identity. Layout: docs/design/image.adoc.
 */
#include "build/chroot.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/cpio.h"
#include "build/imagefile.h"
#include "build/modset.h"

#include <glob.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define STAGE1 "usr/lib/gridnix/stage1/init"

int step_initramfs_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *date = gnx_fmt("%" PRIu64, b->lock.date);

	(void)err;
	build_key_step(b, k, STEP_layers);
	hash_key_str(k, date);
	hash_key_str(k, manifest_text(&b->manifest.image_name));
	build_key_value(k, &b->manifest.modules_boot);
	build_key_value(k, &b->manifest.modules_load);
	return 0;
}

/* The one kernel version of the modules layer; the caller frees. */
static char *modules_dir(const struct build *b)
{
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/modules/usr/lib/modules/*", b->dir[STEP_layers]);
	GNX_CLEAN(globfree)
	glob_t g = {0};

	return glob(pattern, 0, NULL, &g) == 0 ? gnx_dup(g.gl_pathv[0]) : NULL;
}

static int add_modules(struct build *b, struct cpio *c, struct gnx_err *err)
{
	const struct gnx_strv none = {0};
	GNX_CLEAN(modset_done)
	struct modset set = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf list = {0};
	GNX_CLEAN(gnx_free)
	char *dir = modules_dir(b);
	int r;

	if (!dir)
		return gnx_fail(err, -GNX_E_MISSING, "the modules layer is empty");
	r = modset_read(&set, dir, err);
	if (!r)
		r = modset_choose(&set, &b->manifest.modules_boot.words, &none, &names, err);
	if (!r)
		r = modset_list(&set, &names, &b->manifest.modules_load.words, dir, &list, err);
	for (size_t i = 0; !r && i < names.len; i++) {
		const struct modset_module *m = modset_find(&set, names.items[i]);
		GNX_CLEAN(gnx_free)
		char *from = gnx_fmt("%s/%s", dir, m->path);
		GNX_CLEAN(gnx_free)
		char *to = gnx_fmt("modules/%s.ko", m->name);

		r = cpio_add_file(c, to, 0644, from, err);
	}
	return r ? r : cpio_add_data(c, "modules/list", 0644, list.data, list.len, err);
}

static int fill(
	struct build *b, struct cpio *c, const struct gnx_buf *identity, struct gnx_err *err)
{
	static const char *const dirs[] = {"proc", "sys", "dev", "run", "root"};
	GNX_CLEAN(gnx_free)
	char *init = gnx_fmt("%s/root/" STAGE1, b->dir[STEP_programs]);
	int r = cpio_add_file(c, "init", 0755, init, err);

	for (size_t i = 0; !r && i < GNX_LEN(dirs); i++)
		r = cpio_add_dir(c, dirs[i], 0755, err);
	if (!r)
		r = cpio_add_node(c, "dev/console", S_IFCHR | 0600, 5, 1, err);
	if (!r)
		r = add_modules(b, c, err);
	if (!r)
		r = cpio_add_data(c, "gridnix/image", 0644, identity->data, identity->len, err);
	return r ? r : cpio_set_last(c, "gridnix/image", err);
}

int step_initramfs_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(cpio_done)
	struct cpio c = CPIO_INIT;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf identity = {0};
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/initrd", dir);
	GNX_CLEAN(gnx_free)
	char *image = gnx_fmt("%s/image", dir);
	char *argv[] = {"/usr/bin/zstd", "-q", "--rm", b->dev ? "-3" : "-19", "-T1", "-o",
		"initrd.img", "initrd", NULL};
	int r = imagefile_make(b, &identity, err);

	if (!r)
		r = gnx_file_write(image, identity.data, identity.len, err);
	if (!r)
		r = fill(b, &c, &identity, err);
	if (!r)
		r = cpio_write(&c, path, (int64_t)b->lock.date, err);
	return r ? r : chroot_tool(b, dir, argv, err);
}
