/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Gridnix's own programs: Debian packages, built from the source tree in the build chroot, and
 * installed into dom0's root by dpkg. Then the root is pruned.
 */
#include "build/chroot.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/prune.h"
#include "build/source.h"

#include <fcntl.h>
#include <glob.h>
#include <string.h>

static int key_of_hooks(struct hash_key *k, const struct gnx_strv *hooks, struct gnx_err *err)
{
	int r = 0;

	hash_key_str(k, "");
	for (size_t i = 0; !r && i < hooks->len; i++)
		r = hash_key_file(k, hooks->items[i], err);
	return r;
}

int step_programs_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	int r;

	build_key_step(b, k, STEP_tools);
	build_key_step(b, k, STEP_root);
	build_key_value(k, &b->manifest.packages_own);
	build_key_value(k, &b->manifest.prune_exclude);
	build_key_value(k, &b->manifest.prune_defer);
	build_key_value(k, &b->manifest.prune_include);
	r = source_key(b->source, source_programs, k, err);
	if (!r)
		r = key_of_hooks(k, &b->manifest.hooks_installed.words, err);
	return r ? r : key_of_hooks(k, &b->manifest.hooks_root.words, err);
}

/* The checkout's umask must not show. */
static int copy_source(struct build *b, const char *to, struct gnx_err *err)
{
	static const char script[] =
		"cd \"$1\" && to=$2 && shift 2 && cp -R --parents \"$@\" \"$to\" && "
		"chmod -R u=rwX,go=rX \"$to\"";
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};
	GNX_CLEAN(gnx_free)
	char *link = gnx_fmt("%s/debian", to);
	int r = gnx_mkdirs(to, err);

	if (r < 0)
		return r;
	gnx_strv_split(&argv, "/bin/sh -c", " ");
	gnx_strv_add(&argv, script);
	gnx_strv_add(&argv, "sh");
	gnx_strv_add(&argv, b->source);
	gnx_strv_add(&argv, to);
	for (const char *const *s = source_programs; *s; s++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", b->source, *s);

		if (access(path, F_OK) == 0)
			gnx_strv_add(&argv, *s);
	}
	r = build_exec(b, argv.items, err);
	if (r < 0)
		return r;
	return symlink("packaging/debian", link) < 0 ? gnx_fail_errno(err, "%s", link) : 0;
}

/* The packages' files are DIR/NAME_VERSION_ARCH.deb. */
static int find_deb(const char *dir, const char *name, char **path_out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/%s_*.deb", dir, name);
	GNX_CLEAN(globfree)
	glob_t g = {0};

	if (glob(pattern, 0, NULL, &g) != 0 || g.gl_pathc != 1)
		return gnx_fail(err, -GNX_E_MISSING,
			"[packages] own: the source tree made no package \"%s\"", name);
	*path_out = gnx_dup(strrchr(g.gl_pathv[0], '/') + 1);
	return 0;
}

static int install(struct build *b, const char *dir, const char *root, struct gnx_err *err)
{
	const struct chroot_bind binds[] = {{dir, "/mnt"}, {NULL, NULL}};
	const struct manifest_value *own = &b->manifest.packages_own;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};

	gnx_strv_split(&argv, "/usr/bin/dpkg -i", " ");
	for (size_t i = 0; i < own->words.len; i++) {
		GNX_CLEAN(gnx_free)
		char *name = NULL;
		int r = find_deb(dir, own->words.items[i], &name, err);

		if (r < 0)
			return r;
		gnx_strv_fmt(&argv, "/mnt/%s", name);
	}
	return own->words.len ? chroot_run(b, root, binds, "/", argv.items, err) : 0;
}

/* The manifest's own hand on the root. */
static int run_hooks(
	struct build *b, const struct gnx_strv *hooks, const char *root, struct gnx_err *err)
{
	char *argv[] = {"/bin/sh", "-eu", "-s", NULL};

	for (size_t i = 0; i < hooks->len; i++) {
		GNX_CLEAN(gnx_close)
		int fd = open(hooks->items[i], O_RDONLY | O_CLOEXEC);
		int r = fd < 0 ? gnx_fail_errno(err, "%s", hooks->items[i])
			       : chroot_pipe(b, root, NULL, fd, -1, argv, err);

		if (r < 0) {
			gnx_err_prefix(err, "hook %s", hooks->items[i]);
			return r;
		}
	}
	return 0;
}

/* Stage 1 goes into the initrd: DIR/stage1. The root needs it no more and may be pruned of it. */
static int keep_stage1(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *from = gnx_fmt("%s/root/usr/lib/gridnix/stage1/init", dir);
	GNX_CLEAN(gnx_free)
	char *to = gnx_fmt("%s/stage1", dir);
	char *argv[] = {"cp", from, to, NULL};

	return access(from, F_OK) == 0 ? build_exec(b, argv, err) : 0;
}

int step_programs_run(struct build *b, const char *dir, struct gnx_err *err)
{
	/* The packages land beside the source directory. */
	char *build[] = {
		"/bin/sh", "-c", "cd source && exec dpkg-buildpackage -b -us -uc -d", NULL};
	GNX_CLEAN(gnx_free)
	char *source = gnx_fmt("%s/source", dir);
	GNX_CLEAN(gnx_free)
	char *base = gnx_fmt("%s/root", b->dir[STEP_root]);
	GNX_CLEAN(gnx_free)
	char *root = gnx_fmt("%s/root", dir);
	char *copy[] = {"cp", "-a", "--reflink=auto", base, root, NULL};
	static const char *const after[] = {"var/log/dpkg.log", "var/log/alternatives.log",
		"var/lib/dpkg/status-old", "var/lib/dpkg/diversions-old", "etc/.pwd.lock",
		"var/lib/dpkg/lock", "var/lib/dpkg/lock-frontend", "var/cache/ldconfig/aux-cache"};
	const struct prune_rules rules = {&b->manifest.prune_exclude.words,
		&b->manifest.prune_defer.words, &b->manifest.prune_include.words,
		!strcmp(b->lock.suite, "bookworm")};
	int r = copy_source(b, source, err);

	if (!r)
		r = chroot_tool(b, dir, build, err);
	if (!r)
		r = gnx_rmtree(source, err);
	if (!r)
		r = build_exec(b, copy, err);
	if (!r)
		r = install(b, dir, root, err);
	for (size_t i = 0; !r && i < GNX_LEN(after); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", root, after[i]);

		r = gnx_rmtree(path, err);
	}
	if (!r)
		r = keep_stage1(b, dir, err);
	if (!r)
		r = run_hooks(b, &b->manifest.hooks_installed.words, root, err);
	if (!r)
		r = prune_tree(root, &rules, err);
	return r ? r : run_hooks(b, &b->manifest.hooks_root.words, root, err);
}
