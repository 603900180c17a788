/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether a disk may be given to a guest: what one writes, nobody else may use. Between the look
 * and what follows from it, the lock of Xen's own script is held. Internal to hotplug.
 */
#ifndef GNX_HOTPLUG_SHARE_H
#define GNX_HOTPLUG_SHARE_H

#include "xen/hotplug/hotplug.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Waits for the lock: its descriptor. path: of its file; the directory is made. */
int share_lock(const char *path, struct gnx_err *err);
void share_unlock(const char *path, int fd);

/* path: a block device or a file, st what stat() says of it; h: the guest's own back end. -EBUSY:
 * it may not be given, and the words tell who has it. */
int share_check(struct hotplug *h, const char *path, const struct stat *st, bool readonly,
	struct gnx_err *err);

#endif
