/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which hooks there are: the directory is read, and what is not to be trusted is passed over. For
 * gridnixd-hooks.
 */
#ifndef GNX_GRIDNIXD_HOOKS_CONFIG_H
#define GNX_GRIDNIXD_HOOKS_CONFIG_H

#include "base/str.h"
#include "model/hook.h"

#include <sys/types.h>

/* What was found, by name. */
struct config {
	struct hook items[HOOKS_MAX];
	size_t len;
};

/* Reads the directory; one that is not there has no hooks. owner is whom files may belong to beside
 * root. What was passed over, and why, is added to said, a line each. */
void config_read(const char *dir, uid_t owner, struct config *out, struct gnx_buf *said);

/* Reads one, by its name. -ENOENT: there is none, or it is not to be trusted any more. */
int config_find(const char *dir, uid_t owner, const char *name, struct hook *out);

#endif
