/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The media: puts the medium's tree together from what the earlier steps and the packages give,
 * and has the ISO and the netboot set made of it.
 */
#include "build/media.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/build.h"
#include "build/chroot.h"
#include "build/contents.h"
#include "build/imagefile.h"
#include "build/medium_texts.h"
#include "build/menu.h"
#include "build/parts.h"
#include "build/source.h"
#include "build/tree.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

int step_media_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	char source[HASH_HEX];
	int r = source_hash(b->source, source, err);

	if (r < 0)
		return r;
	hash_key_str(k, source);
	build_key_step(b, k, STEP_fetch);
	build_key_step(b, k, STEP_initramfs);
	build_key_value(k, &b->manifest.image_title);
	build_key_value(k, &b->manifest.menu_entries);
	build_key_value(k, &b->manifest.menu_timeout);
	build_key_value(k, &b->manifest.menu_dom0);
	build_key_value(k, &b->manifest.menu_xen);
	for (size_t i = 0; !r && i < b->manifest.entries_len; i++) {
		const struct manifest_entry *e = &b->manifest.entries[i];

		hash_key_str(k, e->name);
		hash_key_str(k, e->title ? e->title : "");
		hash_key_str(k, e->args ? e->args : "");
		hash_key_str(k, e->kind);
		r = parts_copy_key(b, k, e->file, err);
		if (!r && e->initrd)
			r = parts_copy_key(b, k, e->initrd, err);
	}
	return r;
}

static int make_dirs(const char *medium, struct gnx_err *err)
{
	static const char *const dirs[] = {"boot/memtest", "boot/entry", "gridnix/guests"};
	int r = 0;

	for (size_t i = 0; !r && i < GNX_LEN(dirs); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", medium, dirs[i]);

		r = gnx_mkdirs(path, err);
	}
	return r;
}

/* Files that come out of packages. */
static int take_parts(struct build *b, const char *medium, struct gnx_err *err)
{
	static const struct {
		const char *package, *pattern, *to;
	} parts[] = {
		{"xen-hypervisor-*", "/boot/xen-*.gz", "/boot/xen.gz"},
		{"memtest86+", "/boot/memtest86+x64.bin", "/boot/memtest/memtest86+x64.bin"},
		{"memtest86+", "/boot/memtest86+x64.efi", "/boot/memtest/memtest86+x64.efi"},
	};
	bool memtest = gnx_strv_has(&b->manifest.menu_entries.words, "memtest");
	int r = 0;

	for (size_t i = 0; !r && i < GNX_LEN(parts); i++) {
		GNX_CLEAN(gnx_free)
		char *to = gnx_fmt("%s%s", medium, parts[i].to);

		if (memtest || strcmp(parts[i].package, "memtest86+"))
			r = parts_take(b, parts[i].package, parts[i].pattern, to, err);
	}
	return r;
}

/* GRUB unpacks all that it loads. It knows neither xz's filters nor its longer checksums. */
static int pack_parts(struct build *b, const char *dir, struct gnx_err *err)
{
	char *pack[] = {"/bin/sh", "-c",
		"cd medium/boot && gzip -dc xen.gz | xz -9e --check=crc32 > xen.xz && rm xen.gz && "
		"find memtest -type f -exec gzip -9n {} +",
		NULL};

	return chroot_tool(b, dir, pack, err);
}

/* Files that the earlier steps made. */
static int copy_made(struct build *b, const char *medium, struct gnx_err *err)
{
	static const struct {
		enum build_step step;
		const char *from, *to;
	} made[] = {
		{STEP_initramfs, "initrd.img", "boot/initrd.img"},
		{STEP_dom0, "vmlinux.xz", "boot/vmlinux.xz"},
		{STEP_initramfs, "image", "gridnix/image"},
		{STEP_layers, "root.sqfs", "gridnix/root.sqfs"},
		{STEP_layers, "modules.sqfs", "gridnix/modules.sqfs"},
		{STEP_layers, "site.sqfs", "gridnix/site.sqfs"},
		{STEP_guests, "guests", "gridnix"},
		{STEP_programs, "root/usr/lib/gridnix/boot/bare", "boot/bare"},
		{STEP_layers, IMAGEFILE_LATER, "gridnix/" IMAGEFILE_LATER},
	};
	bool later = b->manifest.packages_later.words.len;
	int r = 0;

	/* The last one is not always there. */
	for (size_t i = 0; !r && i < GNX_LEN(made) - !later; i++) {
		GNX_CLEAN(gnx_free)
		char *from = gnx_fmt("%s/%s", b->dir[made[i].step], made[i].from);
		GNX_CLEAN(gnx_free)
		char *to = gnx_fmt("%s/%s", medium, made[i].to);
		char *argv[] = {"cp", "-R", "--reflink=auto", from, to, NULL};

		r = build_exec(b, argv, err);
	}
	return r;
}

static int copy_user_files(struct build *b, const char *medium, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *memdisk = gnx_fmt("%s" GRUBCFG_MEMDISK_PATH, medium);
	int r = 0;

	for (size_t i = 0; !r && i < b->manifest.entries_len; i++) {
		const struct manifest_entry *e = &b->manifest.entries[i];
		GNX_CLEAN(gnx_free)
		char *to = gnx_fmt("%s/boot/entry/%s", medium, e->name);
		GNX_CLEAN(gnx_free)
		char *initrd = gnx_fmt("%s.initrd", to);

		r = parts_copy(b, e->file, to, err);
		if (!r && e->initrd)
			r = parts_copy(b, e->initrd, initrd, err);
		if (!r && strcmp(e->kind, "kernel"))
			r = parts_take(
				b, "syslinux-common", "/usr/lib/syslinux/memdisk", memdisk, err);
	}
	return r;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* All files of the tree, as media_file; to and from share one string each, kept in texts. */
static int list_files(const char *medium, struct gnx_strv *texts, struct media_file **out,
	size_t *len_out, struct gnx_err *err)
{
	char *const paths[] = {(char *)medium, NULL};
	GNX_CLEAN(tree_close)
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);

	if (!f)
		return gnx_fail_errno(err, "%s", medium);
	for (FTSENT *e; (e = fts_read(f));)
		if (e->fts_info == FTS_F)
			gnx_strv_add(texts, e->fts_path);
	*out = gnx_alloc((texts->len + 1) * sizeof(**out));
	for (size_t i = 0; i < texts->len; i++)
		(*out)[i] = (struct media_file){
			.to = texts->items[i] + strlen(medium), .from = texts->items[i]};
	*len_out = texts->len;
	return 0;
}

/* The lock file that the user gets, and the medium's. */
static int pack_lock(struct build *b, const char *dir, struct gnx_err *err)
{
	char *pack[] = {"/bin/sh", "-c", "cp medium/LOCK lock && gzip -9n medium/LOCK", NULL};

	return chroot_tool(b, dir, pack, err);
}

/* It names all of the medium but itself and the checksums. */
static int add_contents(struct build *b, const char *dir, struct gnx_err *err)
{
	char *pack[] = {"/bin/sh", "-c",
		"gzip -9n < " CONTENTS_FILE " > " MEDIA_TREE "/CONTENTS.json.gz", NULL};
	int r = contents_write(b, dir, err);

	return r ? r : chroot_tool(b, dir, pack, err);
}

static int make_media(struct build *b, const char *dir, const char *medium,
	const struct menu_memory *mem, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *label = imagefile_label(b);
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv texts = {0};
	GNX_CLEAN(gnx_free)
	struct media_file *files = NULL;
	GNX_CLEAN(gnx_free)
	char *net_identity = gnx_fmt("%s/image.net", b->dir[STEP_initramfs]);
	GNX_CLEAN(menu_done)
	struct menu menu = {0}, net_menu = {0};
	struct chroot_work work = {b, dir};
	struct media_plan plan = {.work = dir,
		.epoch = (int64_t)b->lock.date,
		.label = label,
		.menu = &menu.cfg,
		.net_menu = &net_menu.cfg,
		.net_identity = net_identity,
		.net_need_mib = mem->net_mib,
		.run = chroot_in_work,
		.ctx = &work};
	int r = menu_make(b, mem, false, &menu, err);

	if (!r)
		r = menu_make(b, mem, true, &net_menu, err);
	if (!r)
		r = list_files(medium, &texts, &files, &plan.files_len, err);
	plan.files = files;
	if (!r)
		r = media_tree(&plan, err);
	if (!r)
		r = add_contents(b, dir, err);
	if (!r)
		r = media_iso(&plan, err);
	return r ? r : media_netboot(&plan, err);
}

int step_media_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *medium = gnx_fmt("%s/medium", dir);
	struct menu_memory mem = {0};
	int r = make_dirs(medium, err);

	if (!r)
		r = menu_read_memory(b, &mem, err);
	if (!r)
		r = take_parts(b, medium, err);
	if (!r)
		r = pack_parts(b, dir, err);
	if (!r)
		r = copy_made(b, medium, err);
	if (!r)
		r = copy_user_files(b, medium, err);
	if (!r)
		r = medium_texts_write(b, medium, mem.machine_mib, err);
	if (!r)
		r = pack_lock(b, dir, err);
	if (!r)
		r = make_media(b, dir, medium, &mem, err);
	gnx_buf_done(&mem.text);
	return r;
}
