/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Leaves files out of a root by dpkg's own rules, path-exclude and path-include, and records the
 * rules in the root, so that dpkg knows of them: dpkg --verify names what they excluded, and
 * later unpacking obeys them. Internal to src/build.
 */
#ifndef GNX_BUILD_PRUNE_H
#define GNX_BUILD_PRUNE_H

#include "base/err.h"
#include "base/str.h"

/* Whether dpkg would leave path (absolute) out: the last rule that matches decides, excludes
 * first, then includes. */
bool prune_excludes(
	const struct gnx_strv *exclude, const struct gnx_strv *include, const char *path);

/* Removes what the rules exclude from the tree at root, and writes the rules into it. Applied
 * after the packages were configured, since their scripts may need what is left out. */
int prune_tree(const char *root, const struct gnx_strv *exclude, const struct gnx_strv *include,
	struct gnx_err *err);

#endif
