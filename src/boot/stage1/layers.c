/* SPDX-License-Identifier: BSD-3-Clause */
/* Layers: see layers.h. */
#include "boot/stage1/layers.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "boot/stage1/sys.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#define MOUNT_OPTIONS_MAX 4096 /* the kernel cuts off what is longer */

/* Puts the open file behind a loop device that goes when it is no longer used. Returns the
 * device's descriptor, which keeps it until it is mounted; device_out gets its path. */
static int loop_attach(int file, const char *name, char device_out[32], struct gnx_err *err)
{
	struct loop_config config = {.fd = (unsigned)file,
		.info = {.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR}};
	GNX_CLEAN(gnx_close)
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	GNX_CLEAN(gnx_close)
	int fd = -1;
	int number;

	if (control < 0)
		return gnx_fail_errno(err, "/dev/loop-control");
	number = ioctl(control, LOOP_CTL_GET_FREE);
	if (number < 0)
		return gnx_fail_errno(err, "no free loop device");
	snprintf(device_out, 32, "/dev/loop%d", number);
	fd = open(device_out, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return gnx_fail_errno(err, "%s", device_out);
	strncpy((char *)config.info.lo_file_name, name, LO_NAME_SIZE - 1);
	if (ioctl(fd, LOOP_CONFIGURE, &config) < 0)
		return gnx_fail_errno(err, "%s for %s", device_out, name);
	return STEAL_FD(fd);
}

static char *mount_point(const struct image_part *layer)
{
	return gnx_fmt(LAYERS_DIR "/%.*s", image_layer_stem(layer), layer->name);
}

int layers_mount_file(const char *path, const char *target, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int file = open(path, O_RDONLY | O_CLOEXEC);
	GNX_CLEAN(gnx_close)
	int loop = -1;
	char device[32];

	if (file < 0)
		return gnx_fail_errno(err, "%s", path);
	loop = loop_attach(file, path, device, err);
	if (loop < 0)
		return loop;
	return sys_mount(device, target, "squashfs", MS_RDONLY | MS_NODEV, NULL, err);
}

static int mount_layer(const struct image_part *layer, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", dir, layer->name);
	GNX_CLEAN(gnx_free)
	char *target = mount_point(layer);

	return layers_mount_file(path, target, err);
}

static int mount_overlay(const struct image *image, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf options = {0};
	int rc;

	gnx_buf_str(&options, "upperdir=" LAYERS_RW "/upper,workdir=" LAYERS_RW "/work,lowerdir=");
	for (size_t i = image->nparts, n = 0; i-- > 0;) {
		GNX_CLEAN(gnx_free)
		char *lower = NULL;

		if (!image->parts[i].is_layer)
			continue;
		lower = mount_point(&image->parts[i]);
		gnx_buf_fmt(&options, "%s%s", n++ ? ":" : "", lower);
	}
	if (access(LAYERS_BOOT "/usr", F_OK) == 0)
		gnx_buf_str(&options, ":" LAYERS_BOOT);
	if (options.len >= MOUNT_OPTIONS_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "too many layers for one mount call");
	rc = sys_mount("tmpfs", LAYERS_RW, "tmpfs", 0, "mode=0755", err);
	if (rc >= 0)
		rc = gnx_mkdirs(LAYERS_RW "/upper", err);
	if (rc >= 0)
		rc = gnx_mkdirs(LAYERS_RW "/work", err);
	return rc < 0 ? rc : sys_mount("overlay", LAYERS_ROOT, "overlay", 0, options.data, err);
}

int layers_mount(const struct image *image, const char *dir, struct gnx_err *err)
{
	for (size_t i = 0; i < image->nparts; i++) {
		int rc = image->parts[i].is_layer ? mount_layer(&image->parts[i], dir, err) : 0;

		if (rc < 0)
			return rc;
	}
	return mount_overlay(image, err);
}

void layers_unmount(const struct image *image)
{
	sys_unmount(LAYERS_ROOT);
	sys_unmount(LAYERS_RW);
	for (size_t i = 0; i < image->nparts; i++) {
		GNX_CLEAN(gnx_free)
		char *target = NULL;

		if (!image->parts[i].is_layer)
			continue;
		target = mount_point(&image->parts[i]);
		sys_unmount(target);
	}
}
