/* SPDX-License-Identifier: BSD-3-Clause */
/* Loop devices: see loop.h. */
#include "hotplug/loop.h"

#include "base/clean.h"
#include "base/str.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>

#define CONTROL "/dev/loop-control"
#define TRIES	64 /* of others that take the free one first */

/* 0: done; -EBUSY: somebody has taken that device. */
static int configure(int file, const char *path, bool readonly, const char *node)
{
	GNX_CLEAN(gnx_close)
	int fd = open(node, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	struct loop_config c = {
		.fd = (__u32)file, .info.lo_flags = readonly ? LO_FLAGS_READ_ONLY : 0};

	snprintf((char *)c.info.lo_file_name, sizeof(c.info.lo_file_name), "%s", path);
	return fd < 0 || ioctl(fd, LOOP_CONFIGURE, &c) < 0 ? -errno : 0;
}

int loop_attach(const char *path, bool readonly, char node[LOOP_NODE], struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int file = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	GNX_CLEAN(gnx_close)
	int control = open(CONTROL, O_RDWR | O_CLOEXEC);
	int r = -EBUSY;

	if (file < 0)
		return gnx_fail_errno(err, "%s", path);
	if (control < 0)
		return gnx_fail_errno(err, CONTROL);
	for (int i = 0; i < TRIES && r == -EBUSY; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		if (number < 0)
			return gnx_fail_errno(err, "no loop device is free");
		snprintf(node, LOOP_NODE, "/dev/loop%d", number);
		r = configure(file, path, readonly, node);
	}
	return r < 0 ? gnx_fail(err, r, "%s for %s: %s", node, path, gnx_strerror(r)) : 0;
}

int loop_detach(const char *node, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(node, O_RDONLY | O_CLOEXEC);

	if ((fd < 0 || ioctl(fd, LOOP_CLR_FD, 0) < 0) && errno != ENXIO && errno != ENOENT)
		return gnx_fail_errno(err, "%s", node);
	return 0;
}

/* Whether it is a loop device of this file, and its number. */
static bool is_of(const char *node, const struct stat *file, dev_t *device_out)
{
	GNX_CLEAN(gnx_close)
	int fd = open(node, O_RDONLY | O_CLOEXEC);
	struct loop_info64 info;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
		return false;
	*device_out = st.st_rdev;
	return info.lo_device == file->st_dev && info.lo_inode == file->st_ino;
}

int loop_each(const struct stat *file, int (*tell)(void *arg, const char *node, dev_t device),
	void *arg, struct gnx_err *err)
{
	GNX_CLEAN(gnx_closedir)
	DIR *d = opendir("/sys/block");
	struct dirent *e;
	int r = 0;

	if (!d)
		return gnx_fail_errno(err, "/sys/block");
	while (!r && (e = readdir(d))) {
		char used[300], node[300];
		dev_t device;

		if (!gnx_starts(e->d_name, "loop"))
			continue;
		snprintf(used, sizeof(used), "/sys/block/%s/loop", e->d_name);
		snprintf(node, sizeof(node), "/dev/%s", e->d_name);
		if (access(used, F_OK) == 0 && is_of(node, file, &device))
			r = tell(arg, node, device);
	}
	return r;
}
