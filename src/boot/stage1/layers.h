/* SPDX-License-Identifier: BSD-3-Clause */
/* The layers as one root: squashfs files on loop devices under an overlay that is kept in RAM. */
#ifndef GNX_STAGE1_LAYERS_H
#define GNX_STAGE1_LAYERS_H

#include "boot/stage1/image_file.h"

#define LAYERS_DIR  "/run/gridnix/layers" /* each layer, mounted */
#define LAYERS_RW   "/run/gridnix/rw"	  /* tmpfs with the overlay's upper and work */
#define LAYERS_ROOT "/root"		  /* the overlay; not below /run, which moves into it */

#define LAYERS_BOOT LAYERS_DIR "/boot" /* the initrd's modules: modules.h */

/* Mounts the squashfs file at path on target. */
int layers_mount_file(const char *path, const char *target, struct gnx_err *err);

/* Mounts the layers of image, files in dir, and the overlay on LAYERS_ROOT: of these and,
 * when it is mounted, LAYERS_BOOT. */
int layers_mount(const struct image *image, const char *dir, struct gnx_err *err);

/* Undoes layers_mount(), also one that failed half-way. */
void layers_unmount(const struct image *image);

#endif
