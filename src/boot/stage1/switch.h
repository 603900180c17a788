/* SPDX-License-Identifier: BSD-3-Clause */
/* The last steps: from the initrd into the root. */
#ifndef GNX_STAGE1_SWITCH_H
#define GNX_STAGE1_SWITCH_H

#include "base/err.h"

#include <stdbool.h>

/* Whether LAYERS_ROOT holds an init to go to; asked while a rescue is still possible. */
int switch_check(struct gnx_err *err);

/* Moves /dev, /proc, /sys, /run and the medium (when there is one) into LAYERS_ROOT, deletes the
 * initrd's files but keeps /gridnix when keep_files, and executes /sbin/init. Returns only on
 * failure; the caller can't go back then. */
int switch_root(bool keep_files, bool has_medium, struct gnx_err *err);

#endif
