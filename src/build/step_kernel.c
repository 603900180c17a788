/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guests' kernel, built in the build chroot from Debian's source package and our
 * configuration. The slowest step by far, so its key holds nothing that does not matter.
 */
#include "build/chroot.h"
#include "build/kconfig.h"
#include "build/parts.h"
#include "base/clean.h"
#include "base/file.h"

#include <glob.h>
#include <string.h>
#include <sys/stat.h>

static char *config_dir(const struct build *b)
{
	return gnx_fmt("%s/images/kernel", b->source);
}

int step_kernel_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *dir = config_dir(b);
	const struct lock_package *src;
	int r = build_package(
		b, "parts", manifest_text(&b->manifest.guests_kernel_source), &src, err);

	if (r < 0)
		return r;
	build_key_step(b, k, STEP_tools);
	hash_key_str(k, src->sha256);
	r = hash_key_tree(k, dir, err);
	return r ? r : hash_key_file(k, manifest_text(&b->manifest.guests_kernel), err);
}

/* The tarball inside the source package, and its time, which becomes the kernel's date. */
static int find_tarball(const char *dir, char **name_out, long long *time_out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/src/usr/src/linux-source-*.tar.*", dir);
	GNX_CLEAN(globfree)
	glob_t g = {0};
	struct stat st;

	if (glob(pattern, 0, NULL, &g) != 0 || g.gl_pathc != 1 || stat(g.gl_pathv[0], &st) < 0)
		return gnx_fail(
			err, -GNX_E_MISSING, "the kernel's source package holds no tarball");
	*name_out = gnx_fmt("/build%s", g.gl_pathv[0] + strlen(dir));
	*time_out = st.st_mtime;
	return 0;
}

/* Into DIR, with everything on the way. */
static int build_guest_kernel(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *conf = config_dir(b);
	GNX_CLEAN(gnx_free)
	char *src = gnx_fmt("%s/src", dir);
	GNX_CLEAN(gnx_free)
	char *tmp = gnx_fmt("%s/tmp", dir);
	GNX_CLEAN(gnx_free)
	char *own = gnx_fmt("%s/conf", dir);
	GNX_CLEAN(gnx_free)
	char *guest_config = gnx_fmt("%s/guest.config", own);
	GNX_CLEAN(gnx_free)
	char *tarball = NULL;
	GNX_CLEAN(gnx_free)
	char *epoch = NULL;
	const struct lock_package *p;
	long long when = 0;
	int r = build_package(
		b, "parts", manifest_text(&b->manifest.guests_kernel_source), &p, err);

	if (r < 0)
		return r;

	GNX_CLEAN(gnx_free)
	char *deb = build_pool_path(b, p);
	char *unpack[] = {"dpkg-deb", "-x", deb, src, NULL};
	char *copy[] = {"cp", "-R", conf, own, NULL};
	char *config[] = {
		"cp", (char *)manifest_text(&b->manifest.guests_kernel), guest_config, NULL};

	r = gnx_mkdirs(tmp, err);
	if (!r)
		r = build_exec(b, unpack, err);
	if (!r)
		r = build_exec(b, copy, err);
	if (!r)
		r = build_exec(b, config, err);
	if (!r)
		r = find_tarball(dir, &tarball, &when, err);
	if (r < 0)
		return r;
	epoch = gnx_fmt("SOURCE_DATE_EPOCH=%lld", when);

	char *build[] = {"/usr/bin/env", epoch, "TMPDIR=/build/tmp", "/bin/sh", "/build/conf/build",
		tarball, "/build", NULL};

	r = chroot_tool(b, dir, build, err);
	if (!r)
		r = gnx_rmtree(src, err);
	if (!r)
		r = gnx_rmtree(own, err);
	return r ? r : gnx_rmtree(tmp, err);
}

/* It is the guests' kernel and, on the bare machine, the rescue shell's. */
static int check_config(const char *dir, struct gnx_err *err)
{
	static const enum kconfig_role roles[] = {KCONFIG_GUEST, KCONFIG_BARE};
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/config", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = gnx_file_read(path, 16u << 20, &text, err);

	for (size_t i = 0; !r && i < GNX_LEN(roles); i++)
		r = kconfig_check("the guests' kernel", text.data, roles[i], "zstd", NULL, err);
	return r;
}

int step_kernel_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *guest = gnx_fmt("%s/guest", dir);

	int r = build_guest_kernel(b, guest, err);

	return r ? r : check_config(guest, err);
}
