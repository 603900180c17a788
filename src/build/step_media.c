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
#include "build/image_budget.h"
#include "build/imagefile.h"
#include "build/medium_texts.h"
#include "build/parts.h"
#include "build/recipe.h"

#include <fts.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

int step_media_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *texts = gnx_fmt("%s/images/medium", b->source);
	GNX_CLEAN(gnx_free)
	char *licence = gnx_fmt("%s/LICENSE", b->source);
	int r = hash_key_tree(k, texts, err);

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
	return r ? r : hash_key_file(k, licence, err);
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
		{"xen-hypervisor-*", "/boot/xen-*.gz", GRUBCFG_XEN_PATH},
		{"memtest86+", "/boot/memtest86+x64.bin", GRUBCFG_MEMTEST_PC},
		{"memtest86+", "/boot/memtest86+x64.efi", GRUBCFG_MEMTEST_EFI},
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

/* What the initramfs step computed, DIR/memory. */
struct memory {
	struct gnx_buf text;
	uint32_t machine_mib, bare_mib, net_mib;
	const char *dom0_mem, *net_dom0_mem;
};

static int read_memory(const struct build *b, struct memory *mem, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/memory", b->dir[STEP_initramfs]);
	char *save = NULL, *line[5];
	int r = gnx_file_read(path, 4096, &mem->text, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < GNX_LEN(line); i++) {
		line[i] = strtok_r(i ? NULL : mem->text.data, "\n", &save);
		if (!line[i])
			return gnx_fail(err, -GNX_E_SYNTAX, "%s: incomplete", path);
	}
	mem->machine_mib = (uint32_t)atoi(line[0]);
	mem->bare_mib = (uint32_t)atoi(line[1]);
	mem->dom0_mem = line[2];
	mem->net_mib = (uint32_t)atoi(line[3]);
	mem->net_dom0_mem = line[4];
	return 0;
}

/* The boot menu, and the texts that it borrows. */
struct menu {
	struct grubcfg cfg;
	struct grubcfg_entry *entries;
	struct gnx_strv texts;
};

static void menu_done(struct menu *m)
{
	free(m->entries);
	gnx_strv_done(&m->texts);
}

static const char *keep(struct menu *m, char *text)
{
	gnx_strv_add(&m->texts, text);
	free(text);
	return m->texts.items[m->texts.len - 1];
}

static int user_entry(const struct build *b, struct menu *m, const char *name,
	struct grubcfg_entry *out, struct gnx_err *err)
{
	const struct manifest_entry *e = NULL;

	for (size_t i = 0; i < b->manifest.entries_len; i++)
		if (!strcmp(b->manifest.entries[i].name, name))
			e = &b->manifest.entries[i];
	if (!e)
		return gnx_fail(err, -GNX_E_MISSING,
			"[menu] entries of %s: \"%s\" is neither a standard entry nor a section "
			"[entry %s]",
			b->manifest_path, name, name);
	*out = (struct grubcfg_entry){
		.kind = !strcmp(e->kind, "kernel") ? GRUBCFG_LINUX
			: !strcmp(e->kind, "iso")  ? GRUBCFG_ISO
						   : GRUBCFG_FLOPPY,
		.title = e->title ? e->title : e->name,
		.kernel = keep(m, gnx_fmt("/boot/entry/%s", name)),
		.initrd = e->initrd ? keep(m, gnx_fmt("/boot/entry/%s.initrd", name)) : NULL,
		.kernel_args = e->args,
	};
	return 0;
}

/* The small Linux without Xen: its recipe says what it boots and with which words. */
static int set_rescue(
	const struct build *b, struct menu *m, struct grubcfg_entry *e, struct gnx_err *err)
{
	const char *path = manifest_text(&b->manifest.guests_rescue);
	GNX_CLEAN(recipe_done)
	struct recipe rc = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf args = {0};
	GNX_CLEAN(gnx_free)
	char *image = NULL;
	int r = *path ? recipe_load(&rc, path, err)
		      : gnx_fail(err, -GNX_E_MISSING,
				"[menu] entries of %s: \"%s\" needs a recipe, [guests] rescue",
				b->manifest_path, e->title);

	if (r < 0)
		return r;
	recipe_cmdline(&rc, &args);
	image = recipe_image(&rc);
	e->kernel_args = keep(m, gnx_dup(args.data));
	e->initrd = keep(m, gnx_fmt("/gridnix/guests/%s", image));
	return 0;
}

static int make_menu(const struct build *b, const struct memory *mem, bool netboot, struct menu *m,
	struct gnx_err *err)
{
	const char *dom0_mem = netboot ? mem->net_dom0_mem : mem->dom0_mem;
	const struct manifest *man = &b->manifest;
	const struct gnx_strv *names = &man->menu_entries.words;

	m->entries = gnx_alloc((names->len + 1) * sizeof(*m->entries));
	for (size_t i = 0; i < names->len; i++) {
		struct grubcfg_entry *e = &m->entries[i];
		int r = 0;

		if (!grubcfg_standard(names->items[i], e))
			r = user_entry(b, m, names->items[i], e, err);
		else if (gnx_starts(names->items[i], "rescue"))
			r = set_rescue(b, m, e, err);
		if (r < 0)
			return r;
		if (e->kind == GRUBCFG_LINUX || e->kind == GRUBCFG_BARE)
			e->need_mib = mem->bare_mib;
		if (e->kind != GRUBCFG_XEN)
			continue;
		if (!strcmp(names->items[i], "demo") && *manifest_text(&man->image_title))
			e->title = manifest_text(&man->image_title);
		e->xen_args = keep(m,
			gnx_fmt("%s %s %s", dom0_mem, e->xen_args, manifest_text(&man->menu_xen)));
		e->kernel_args = keep(m,
			gnx_fmt("%s swiotlb=%d %s", e->kernel_args, IMAGE_SWIOTLB,
				manifest_text(&man->menu_dom0)));
		e->need_mib = netboot ? mem->net_mib : mem->machine_mib;
	}
	m->cfg = (struct grubcfg){.entries = m->entries,
		.len = names->len,
		.timeout = (unsigned int)manifest_size(&man->menu_timeout)};
	return 0;
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

static void close_fts(FTS **f)
{
	if (*f)
		fts_close(*f);
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
	GNX_CLEAN(close_fts)
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

struct tool {
	struct build *b;
	const char *work;
};

static int run_tool(void *ctx, char *const argv[], struct gnx_err *err)
{
	const struct tool *t = ctx;

	return chroot_tool(t->b, t->work, argv, err);
}

static int make_media(struct build *b, const char *dir, const char *medium,
	const struct memory *mem, struct gnx_err *err)
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
	struct tool tool = {b, dir};
	struct media_plan plan = {.work = dir,
		.epoch = (int64_t)b->lock.date,
		.label = label,
		.menu = &menu.cfg,
		.net_menu = &net_menu.cfg,
		.net_identity = net_identity,
		.net_need_mib = mem->net_mib,
		.run = run_tool,
		.ctx = &tool};
	int r = make_menu(b, mem, false, &menu, err);

	if (!r)
		r = make_menu(b, mem, true, &net_menu, err);
	if (!r)
		r = list_files(medium, &texts, &files, &plan.files_len, err);
	plan.files = files;
	if (!r)
		r = media_iso(&plan, err);
	return r ? r : media_netboot(&plan, err);
}

/* The list that the user gets names all of the medium but itself and the checksums. */
static int write_contents(struct build *b, const char *dir, const char *medium, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/contents.json", dir);
	char *pack[] = {"/bin/sh", "-c",
		"gzip -9 -n < contents.json > medium/CONTENTS.json.gz && cp medium/LOCK lock",
		NULL};
	int r = contents_write(b, medium, path, err);

	return r ? r : chroot_tool(b, dir, pack, err);
}

int step_media_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *medium = gnx_fmt("%s/medium", dir);
	struct memory mem = {0};
	int r = make_dirs(medium, err);

	if (!r)
		r = read_memory(b, &mem, err);
	if (!r)
		r = take_parts(b, medium, err);
	if (!r)
		r = copy_made(b, medium, err);
	if (!r)
		r = copy_user_files(b, medium, err);
	if (!r)
		r = medium_texts_write(b, medium, mem.machine_mib, err);
	if (!r)
		r = write_contents(b, dir, medium, err);
	if (!r)
		r = make_media(b, dir, medium, &mem, err);
	gnx_buf_done(&mem.text);
	return r;
}
