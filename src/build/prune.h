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

struct prune_rules {
	const struct gnx_strv *exclude; /* never wanted: documentation and the like */
	const struct gnx_strv *defer;	/* wanted by packages that are not there yet */
	const struct gnx_strv *include; /* exceptions */
	bool old_names; /* Debian 12: dpkg knows files of /usr/bin and the like as /bin's, too */
};

/* Whether dpkg would leave path (absolute) out. */
bool prune_excludes(const struct prune_rules *rules, const char *path);

/* Removes what the rules exclude from the tree at root, and writes the rules into it, and the
 * list of packages with deferred files, /usr/share/gridnix/deferred. dpkg's checksums of files
 * that are not there go as well: a fifth of a megabyte that cannot be compressed. Applied after the
 * packages were configured, since their scripts may need what is left out. */
int prune_tree(const char *root, const struct prune_rules *rules, struct gnx_err *err);

#endif
