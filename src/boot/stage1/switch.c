/* SPDX-License-Identifier: BSD-3-Clause */
/* Into the root: see switch.h. */
#include "boot/stage1/switch.h"

#include "base/clean.h"
#include "base/file.h"
#include "boot/stage1/layers.h"
#include "boot/stage1/medium.h"
#include "boot/stage1/sys.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define INIT "/sbin/init"

int switch_check(struct gnx_err *err)
{
	struct stat st;

	/* Not access(): the link to init may be absolute, and leads elsewhere from here. */
	if (lstat(LAYERS_ROOT INIT, &st) < 0)
		return gnx_fail_errno(err, "the image's root has no " INIT);
	return 0;
}

/* Deletes what lies in the initrd's own file system; mount points are left alone. */
static int delete_initrd(bool keep_files, struct gnx_err *err)
{
	GNX_CLEAN(gnx_closedir)
	DIR *dir = opendir("/");
	struct statfs fs;
	struct stat root, st;
	struct dirent *entry;
	int rc = 0;

	if (!dir || stat("/", &root) < 0 || statfs("/", &fs) < 0)
		return gnx_fail_errno(err, "/");
	if (fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC)
		return gnx_fail(err, -EINVAL, "/ is not an initrd: nothing is deleted");
	while (rc >= 0 && (entry = readdir(dir))) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("/%s", entry->d_name);

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (keep_files && !strcmp(entry->d_name, "gridnix"))
			continue;
		if (lstat(path, &st) == 0 && st.st_dev == root.st_dev)
			rc = gnx_rmtree(path, err);
	}
	return rc;
}

static int move_mount_to(const char *from, const char *to, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *target = gnx_fmt(LAYERS_ROOT "%s", to);

	return sys_mount(from, target, NULL, MS_MOVE, NULL, err);
}

static int move_mounts(bool has_medium, struct gnx_err *err)
{
	static const char *const always[] = {"/dev", "/proc", "/sys", "/run"};
	int rc = has_medium ? move_mount_to(MEDIUM_DIR, "/media/cdrom", err) : 0;

	for (size_t i = 0; rc >= 0 && i < GNX_LEN(always); i++)
		rc = move_mount_to(always[i], always[i], err);
	return rc;
}

int switch_root(bool keep_files, bool has_medium, struct gnx_err *err)
{
	/* The kernel put unknown boot words, a password among them, into our environment. SVWAIT is
	 * for runit's stage 3: the guests' store is not killed while guests are being shut down. */
	char *const env[] = {"HOME=/", "TERM=linux", "SVWAIT=25",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	char *const argv[] = {INIT, NULL};
	int rc = delete_initrd(keep_files, err);

	if (rc >= 0)
		rc = move_mounts(has_medium, err);
	if (rc < 0)
		return rc;
	if (chdir(LAYERS_ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
		chdir("/") < 0)
		return gnx_fail_errno(err, "entering the root");
	execve(INIT, argv, env);
	return gnx_fail_errno(err, INIT);
}
