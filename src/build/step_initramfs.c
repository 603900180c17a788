/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dom0's initramfs: stage 1, the modules that it needs to find the medium, and the image's
 * identity. Layout: docs/design/image.adoc.
 */
#include "build/chroot.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/cpio.h"
#include "build/image_budget.h"
#include "build/imagefile.h"
#include "build/modset.h"
#include "build/dom0kernel.h"
#include "build/parts.h"

#include <glob.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* dom0 of a large machine needs no more than this. */
#define DOM0_MAX_MIB 2048

/* What a layer of modules takes to be mounted. */
#define MOUNTING "loop squashfs"

int step_initramfs_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{

	build_key_step(b, k, STEP_dom0);
	build_key_step(b, k, STEP_layers);
	build_key_date(b, k);
	hash_key_str(k, manifest_text(&b->manifest.image_name));
	build_key_value(k, &b->manifest.modules_boot);
	build_key_value(k, &b->manifest.modules_load);
	build_key_value(k, &b->manifest.image_machine_limit);
	for (size_t i = 0; i < b->manifest.dom0_shell.words.len; i++) {
		int r = parts_copy_key(b, k, b->manifest.dom0_shell.words.items[i], err);

		if (r < 0)
			return r;
	}
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

/* Text for stage 1: all boot modules; those of flat come first and are files of their own. */
static int list_modules(struct build *b, const struct modset *set, const char *dir,
	const struct gnx_strv *flat, struct gnx_buf *out, struct gnx_err *err)
{
	const struct gnx_strv *wanted = &b->manifest.modules_load.words, none = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0}, load = {0};
	const char *prefix = strstr(dir + strlen(b->dir[STEP_layers]), "usr/lib/modules/");
	int r = modset_choose(set, flat, &none, &names, err);

	for (size_t i = 0; i < flat->len; i++)
		gnx_strv_add(&load, flat->items[i]);
	for (size_t i = 0; i < wanted->len; i++)
		if (!gnx_strv_has(flat, wanted->items[i]))
			gnx_strv_add(&load, wanted->items[i]);
	if (!r)
		r = modset_choose(set, &b->manifest.modules_boot.words, &none, &names, err);
	if (!r)
		r = modset_list(set, &names, &load, dir, out, err);
	if (!r)
		modset_list_files(set, &names, flat, prefix, out);
	return r;
}

/* The boot modules, in the layer that the layers step made of them. */
static int add_modules(struct build *b, struct cpio *c, struct gnx_err *err)
{
	const struct gnx_strv none = {0};
	GNX_CLEAN(modset_done)
	struct modset set = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv mounting = {0}, flat = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf list = {0};
	GNX_CLEAN(gnx_free)
	char *dir = modules_dir(b);
	GNX_CLEAN(gnx_free)
	char *layer = gnx_fmt("%s/" IMAGEFILE_BOOT, b->dir[STEP_layers]);
	int r;

	if (!dir)
		return gnx_fail(err, -GNX_E_MISSING, "the modules layer is empty");
	gnx_strv_split(&mounting, MOUNTING, " ");
	r = modset_read(&set, dir, err);
	if (!r)
		r = modset_choose(&set, &mounting, &none, &flat, err);
	if (!r)
		r = list_modules(b, &set, dir, &flat, &list, err);
	for (size_t i = 0; !r && i < flat.len; i++) {
		const struct modset_module *m = modset_find(&set, flat.items[i]);
		GNX_CLEAN(gnx_free)
		char *from = gnx_fmt("%s/%s", dir, m->path);
		GNX_CLEAN(gnx_free)
		char *to = gnx_fmt("modules/%s.ko", m->name);

		r = cpio_add_file(c, to, 0644, from, err);
	}
	if (!r)
		r = cpio_add_data(c, "modules/list", 0644, list.data, list.len, err);
	return r ? r : cpio_add_file(c, "modules/" IMAGEFILE_BOOT, 0644, layer, err);
}

/* Programs of packages want their libraries below /lib. */
static int add_shell(struct build *b, struct cpio *c, struct gnx_err *err)
{
	const struct gnx_strv *sources = &b->manifest.dom0_shell.words;
	int r = sources->len ? cpio_add_link(c, "lib", "usr/lib", err) : 0;

	for (size_t i = 0; !r && i < sources->len; i++)
		r = parts_add(b, sources->items[i], c, err);
	return r;
}

static int fill(struct build *b, struct cpio *c, const struct gnx_buf *identity,
	uint32_t machine_mib, struct gnx_err *err)
{
	static const char *const dirs[] = {"proc", "sys", "dev", "run", "root"};
	GNX_CLEAN(gnx_free)
	char *init = gnx_fmt("%s/stage1", b->dir[STEP_programs]);
	GNX_CLEAN(gnx_free)
	char *need = gnx_fmt("machine_need_mib %u\n", machine_mib);
	int r = cpio_add_file(c, "init", 0755, init, err);

	for (size_t i = 0; !r && i < GNX_LEN(dirs); i++)
		r = cpio_add_dir(c, dirs[i], 0755, err);
	if (!r)
		r = cpio_add_node(c, "dev/console", S_IFCHR | 0600, 5, 1, err);
	if (!r)
		r = add_modules(b, c, err);
	if (!r)
		r = add_shell(b, c, err);
	/* Early in the archive: it is read when the rest was cut off for want of memory. */
	if (!r)
		r = cpio_add_data(c, "gridnix/need", 0644, need, strlen(need), err);
	if (!r)
		r = cpio_add_data(c, "gridnix/image", 0644, identity->data, identity->len, err);
	return r ? r : cpio_set_last(c, "gridnix/image", err);
}

/* DIR/initrd.img from an identity; the sizes that the budget wants to know. */
static int make(struct build *b, const char *dir, const struct gnx_buf *identity,
	uint32_t machine_mib, uint64_t *packed_out, uint64_t *unpacked_out, struct gnx_err *err)
{
	GNX_CLEAN(cpio_done)
	struct cpio c = CPIO_INIT;
	GNX_CLEAN(gnx_free)
	char *raw = gnx_fmt("%s/initrd", dir);
	GNX_CLEAN(gnx_free)
	char *img = gnx_fmt("%s/initrd.img", dir);
	static char fast[] = "exec zstd -q -3 -T1 -c initrd >initrd.img";
	/* Linux reads no other checksum and takes the dictionary's size in memory. No filter for
	 * x86: modules' calls have no addresses yet. */
	static char small[] =
		"exec xz -T1 --check=crc32 --lzma2=preset=9e,dict=4MiB -c initrd >initrd.img";
	char *argv[] = {"/bin/sh", "-c", b->dev ? fast : small, NULL};
	struct stat st, st_raw;
	int r = fill(b, &c, identity, machine_mib, err);

	if (!r)
		r = cpio_write(&c, raw, (int64_t)b->lock.date, err);
	if (!r)
		r = chroot_tool(b, dir, argv, err);
	if (!r && (stat(img, &st) < 0 || stat(raw, &st_raw) < 0 || unlink(raw) < 0))
		r = gnx_fail_errno(err, "%s", img);
	if (r < 0)
		return r;
	*packed_out = (uint64_t)st.st_size;
	*unpacked_out = (uint64_t)st_raw.st_size;
	return 0;
}

/* What the menus are made of: the least machines, and dom0's memory, from the medium and from the
 * network. */
static int write_menu_facts(const char *dir, const struct budget_in *in,
	const struct budget_out *budget, const struct budget_out *net, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/memory", dir);
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	char dom0_mem[BUDGET_WORDS], net_dom0_mem[BUDGET_WORDS];

	budget_dom0_mem(budget, DOM0_MAX_MIB, dom0_mem);
	budget_dom0_mem(net, DOM0_MAX_MIB, net_dom0_mem);
	text = gnx_fmt("%u\n%u\n%s\n%u\n%s\n", budget->machine_mib,
		budget_bare_mib(&in->kernel, in->initrd, in->initrd_unpacked), dom0_mem,
		net->machine_mib, net_dom0_mem);
	return gnx_file_write(path, text, strlen(text), err);
}

/* The identity says how much memory the image needs; that of the netboot set differs in this. */
static int write_identity(struct build *b, const char *dir, const char *name,
	const struct budget_out *budget, struct gnx_buf *text, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", dir, name);
	int r = imagefile_make(b, budget, text, err);

	return r ? r : gnx_file_write(path, text->data, text->len, err);
}

/* What the image needs depends on the initrd's size, which holds the identity: made once to
 * measure and once for good. */
int step_initramfs_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf draft = {0}, identity = {0}, net_identity = {0};
	struct budget_out budget = {0}, net;
	struct budget_in in;
	uint64_t packed, unpacked;
	struct budget_kernel kernel;
	int r = dom0kernel_read(b, &kernel, err);

	if (!r)
		r = imagefile_make(b, &budget, &draft, err);
	if (!r)
		r = make(b, dir, &draft, 0, &packed, &unpacked, err);
	if (!r)
		r = image_budget(b, &kernel, packed, unpacked, &in, &budget, &net, err);
	if (!r)
		r = write_identity(b, dir, "image", &budget, &identity, err);
	if (!r)
		r = write_identity(b, dir, "image.net", &net, &net_identity, err);
	if (!r)
		r = write_menu_facts(dir, &in, &budget, &net, err);
	return r ? r : make(b, dir, &identity, budget.machine_mib, &packed, &unpacked, err);
}
