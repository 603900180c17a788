/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The layers: dom0's root, its kernel modules, and what the manifest adds, each a squashfs file;
 * those of the modules that the boot needs, for the initramfs step, and the index of all.
 */
#include "build/chroot.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/imagefile.h"
#include "build/kstrip.h"
#include "build/modset.h"
#include "build/notrace.h"
#include "build/parts.h"
#include "build/progress.h"

#include <string.h>

static char *script_path(const struct build *b)
{
	return gnx_fmt("%s/images/split-later", b->source);
}

int step_layers_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	const struct lock_package *kernel;
	GNX_CLEAN(gnx_free)
	char *script = script_path(b);
	int r = parts_kernel(b, &kernel, err);

	if (!r)
		r = hash_key_file(k, script, err);
	if (r < 0)
		return r;
	build_key_step(b, k, STEP_tools);
	build_key_step(b, k, STEP_programs);
	build_key_step(b, k, STEP_guests);
	hash_key_str(k, kernel->sha256);
	build_key_value(k, &b->manifest.image_compression);
	build_key_value(k, &b->manifest.modules_install);
	build_key_value(k, &b->manifest.modules_exclude);
	build_key_value(k, &b->manifest.modules_boot);
	build_key_value(k, &b->manifest.modules_load);
	build_key_value(k, &b->manifest.packages_later);
	kstrip_key(&b->manifest, k);
	build_key_value(k, &b->manifest.image_function_tracing);
	hash_key_str(k, b->dev ? "dev" : "");
	return 0;
}

/* Compresses the tree at from, a host path, into DIR/NAME.sqfs; except: what mksquashfs is told to
 * leave out, as its options. */
static int squash(struct build *b, const char *dir, const char *from, const char *name,
	const char *except, struct gnx_err *err)
{
	static const char *const how[][8] = {
		{"-comp", "xz", "-b", "1M", "-Xbcj", "x86", NULL},
		{"-comp", "zstd", "-b", "256K", "-Xcompression-level", "22", NULL},
		{"-comp", "zstd", "-b", "128K", "-Xcompression-level", "1", NULL},
	};
	bool xz = !strcmp(manifest_text(&b->manifest.image_compression), "xz");
	const char *const *opts = how[b->dev ? 2 : xz ? 0 : 1];
	GNX_CLEAN(gnx_free)
	char *chroot = gnx_fmt("%s/root", b->dir[STEP_tools]);
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};
	const struct chroot_bind binds[] = {{dir, "/build"}, {from, "/mnt"}, {NULL, NULL}};

	gnx_strv_split(&argv, "/usr/bin/mksquashfs /mnt", " ");
	gnx_strv_fmt(&argv, "/build/%s.sqfs", name);
	gnx_strv_split(&argv, "-noappend -no-progress -no-xattrs -quiet", " ");
	for (; *opts; opts++)
		gnx_strv_add(&argv, *opts);
	gnx_strv_split(&argv, except, " ");
	return chroot_run(b, chroot, binds, "/build", argv.items, err);
}

/* No module of Debian's is larger, unpacked. */
#define MAX_MODULE (64u << 20)

/* Takes the calls of the tracer out of the modules of these names. */
static int blank_calls(const struct modset *set, const struct gnx_strv *names, const char *tree,
	struct gnx_err *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < names->len; i++) {
		const char *file = modset_find(set, names->items[i])->path;
		size_t packed = gnx_ends(file, ".xz") ? 3 : 0;
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%.*s", tree, (int)(strlen(file) - packed), file);
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf module = {0};

		r = gnx_file_read(path, MAX_MODULE, &module, err);
		if (!r)
			r = notrace_module(file, module.data, module.len, err);
		if (r > 0)
			r = gnx_file_write(path, module.data, module.len, err);
	}
	return r < 0 ? r : 0;
}

/* Strips the modules below DIR/modules, and the signatures off them. */
static int strip_modules(struct build *b, const char *dir, struct gnx_err *err)
{
	static const char script[] = "find modules -name '*.ko' -print0 | "
				     "xargs -0 -r -P 2 -n 1 objcopy \"$@\"";
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};

	gnx_strv_split(&argv, "/bin/sh -c", " ");
	gnx_strv_add(&argv, script);
	gnx_strv_add(&argv, "sh");
	kstrip_options(&b->manifest, &argv);
	return chroot_tool(b, dir, argv.items, err);
}

/* Copies the chosen modules, unpacked, into DIR/modules, runs depmod over them and strips them. */
static int collect_modules(
	struct build *b, const char *dir, const char *version, struct gnx_err *err)
{
	GNX_CLEAN(modset_done)
	struct modset set = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf list = {0};
	GNX_CLEAN(gnx_free)
	char *index = gnx_fmt("%s/all/usr/lib/modules/%s", dir, version);
	GNX_CLEAN(gnx_free)
	char *files = gnx_fmt("%s/files", dir);
	GNX_CLEAN(gnx_free)
	char *tree = gnx_fmt("%s/modules/usr/lib/modules/%s", dir, version);
	/* The unpacked modules compress better together than the packed ones they come as. */
	static char script[] =
		"set -eu; v=$1; src=all/usr/lib/modules/$v; dst=modules/usr/lib/modules/$v\n"
		"mkdir -p \"$dst\"\n"
		"(cd \"$src\" && tar -cf - -T /build/files modules.builtin modules.builtin.modinfo "
		"modules.order) | tar -xf - -C \"$dst\"\n"
		"find \"$dst\" -name '*.ko.xz' -print0 | xargs -0 -r -P 2 -n 40 xz -d\n"
		"ln -s usr/lib modules/lib\n"
		"/usr/sbin/depmod -b modules \"$v\"\n"
		"rm modules/lib; rm -r all files\n";
	char *argv[] = {"/bin/sh", "-c", script, "sh", (char *)version, NULL};
	int r = modset_read(&set, index, err);

	if (!r)
		r = modset_choose(&set, &b->manifest.modules_install.words,
			&b->manifest.modules_exclude.words, &names, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.len; i++)
		gnx_buf_fmt(&list, "%s\n", modset_find(&set, names.items[i])->path);
	r = gnx_file_write(files, list.data, list.len, err);
	if (!r)
		r = chroot_tool(b, dir, argv, err);
	if (!r && !kstrip_traced(&b->manifest))
		r = blank_calls(&set, &names, tree, err);
	/* After depmod, which reads symbols. */
	return r ? r : strip_modules(b, dir, err);
}

/* DIR/boot.list, the paths of the boot modules in DIR/modules. */
static int list_boot(struct build *b, const char *dir, const char *version, struct gnx_err *err)
{
	const struct gnx_strv none = {0};
	GNX_CLEAN(modset_done)
	struct modset set = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf list = {0};
	GNX_CLEAN(gnx_free)
	char *index = gnx_fmt("%s/modules/usr/lib/modules/%s", dir, version);
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/boot.list", dir);
	int r = modset_read(&set, index, err);

	if (!r)
		r = modset_choose(&set, &b->manifest.modules_boot.words, &none, &names, err);
	if (!r)
		r = modset_choose(&set, &b->manifest.modules_load.words, &none, &names, err);
	for (size_t i = 0; !r && i < names.len; i++)
		gnx_buf_fmt(&list, "usr/lib/modules/%s/%s\n", version,
			modset_find(&set, names.items[i])->path);
	return r ? r : gnx_file_write(path, list.data ? list.data : "", list.len, err);
}

/* DIR/boot.sqfs: they are in the initrd, and there alone. */
static int split_boot(struct build *b, const char *dir, const char *version, struct gnx_err *err)
{
	static char script[] = "mkdir boot && cd modules && "
			       "xargs -r cp -l --parents -t ../boot <../boot.list";
	char *argv[] = {"/bin/sh", "-c", script, NULL};
	GNX_CLEAN(gnx_free)
	char *tree = gnx_fmt("%s/boot", dir);
	int r = list_boot(b, dir, version, err);

	if (!r)
		r = chroot_tool(b, dir, argv, err);
	if (!r)
		r = squash(b, dir, tree, "boot", "", err);
	return r ? r : gnx_rmtree(tree, err);
}

/* DIR/tools.sqfs, what is wanted later, and the list DIR/later of what the root then lacks. */
static int split_later(struct build *b, const char *dir, const char *root, struct gnx_err *err)
{
	const struct gnx_strv *words = &b->manifest.packages_later.words;
	const struct chroot_bind binds[] = {{dir, "/build"}, {root, "/mnt"}, {NULL, NULL}};
	GNX_CLEAN(gnx_free)
	char *path = script_path(b);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf script = {0};
	GNX_CLEAN(gnx_free)
	char *chroot = gnx_fmt("%s/root", b->dir[STEP_tools]);
	GNX_CLEAN(gnx_free)
	char *tree = gnx_fmt("%s/tools", dir);
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};
	int r = gnx_file_read(path, 65536, &script, err);

	if (r < 0)
		return r;
	gnx_strv_split(&argv, "/bin/sh -c", " ");
	gnx_strv_add(&argv, script.data);
	gnx_strv_add(&argv, "split-later");
	for (size_t i = 0; i < words->len; i++)
		gnx_strv_add(&argv, words->items[i]);
	r = chroot_run(b, chroot, binds, "/build", argv.items, err);
	if (!r)
		r = squash(b, dir, tree, "tools", "", err);
	return r ? r : gnx_rmtree(tree, err);
}

/* depmod's texts: modprobe and udev read the forms that end in .bin, and no order. And what
 * boot.sqfs has. */
#define INDEX " usr/lib/modules/*/modules."
#define EXCEPT                                                                                     \
	"-ef /build/boot.list -wildcards -e" INDEX "alias" INDEX "dep" INDEX "order" INDEX         \
	"symbols" INDEX "builtin.modinfo"

int step_layers_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *root = gnx_fmt("%s/root", b->dir[STEP_programs]);
	GNX_CLEAN(gnx_free)
	char *site = gnx_fmt("%s/site", b->dir[STEP_guests]);
	GNX_CLEAN(gnx_free)
	char *modules = gnx_fmt("%s/modules", dir);
	GNX_CLEAN(gnx_free)
	char *all = gnx_fmt("%s/all", dir);
	GNX_CLEAN(gnx_free)
	char *version = NULL;
	bool later = b->manifest.packages_later.words.len;
	int r = parts_unpack_kernel(b, all, &version, err);

	if (!r)
		r = collect_modules(b, dir, version, err);
	if (!r)
		r = split_boot(b, dir, version, err);
	progress_percent(20);
	if (!r && later)
		r = split_later(b, dir, root, err);
	if (!r)
		r = squash(b, dir, root, "root", later ? "-ef /build/later" : "", err);
	progress_percent(60);
	if (!r)
		r = squash(b, dir, modules, "modules", EXCEPT, err);
	if (!r)
		r = squash(b, dir, site, "site", "", err);
	return r;
}
