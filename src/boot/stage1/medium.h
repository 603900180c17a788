/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding the medium: the device that carries the image which the initrd belongs to. */
#ifndef GNX_STAGE1_MEDIUM_H
#define GNX_STAGE1_MEDIUM_H

#include "boot/stage1/devices.h"
#include "boot/stage1/image_file.h"
#include "boot/stage1/modules.h"

#define MEDIUM_DIR "/run/gridnix/cdrom" /* where it is mounted, read-only */

struct medium {
	char device[40]; /* "/dev/sr0" */
	char label[33];	 /* of its file system; may be empty */
	bool other;	 /* not the one that was asked for: that did not show up */
};

/*
 * Looks at all block devices, and at those that show up later, for at most a minute. prefer is a
 * device or a label to wait for first, or "". On success the medium is mounted on MEDIUM_DIR.
 * -GNX_E_MISSING when there is none; devices then holds what was found instead.
 */
int medium_find(struct medium *out, struct devices *devices, struct modules *modules,
	const struct image *want, const char *prefer, struct gnx_err *err);

#endif
