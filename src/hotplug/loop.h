/* SPDX-License-Identifier: BSD-3-Clause */
/* Loop devices: files as block devices. Internal to hotplug. */
#ifndef GNX_HOTPLUG_LOOP_H
#define GNX_HOTPLUG_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define LOOP_NODE 32 /* bytes of a node's path, with the NUL */

/* Makes a loop device of the file: the path of its node. */
int loop_attach(const char *path, bool readonly, char node[LOOP_NODE], struct gnx_err *err);

/* Takes it away, at once or when its last user is gone. That it is gone already is fine. */
int loop_detach(const char *node, struct gnx_err *err);

/* Calls tell with each loop device that there is of the file. The first that it returns but 0 ends
 * that, and is returned. */
int loop_each(const struct stat *file, int (*tell)(void *arg, const char *node, dev_t device),
	void *arg, struct gnx_err *err);

#endif
