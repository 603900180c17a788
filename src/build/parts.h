/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts: packages of which the medium takes single files, without installing them. Internal to
 * src/build.
 */
#ifndef GNX_BUILD_PARTS_H
#define GNX_BUILD_PARTS_H

#include "build/build.h"

struct cpio;

/* Looks whether all packages that the steps and the manifest take files from were chosen: before
 * the long steps begin. Which files a package holds is seen when they are taken. */
int parts_check(const struct build *b, struct gnx_err *err);

/* The package that dom0's kernel is in: the linux-image-VERSION among the parts. */
int parts_kernel(const struct build *b, const struct lock_package **out, struct gnx_err *err);

/* Unpacks it into dir, makes its module index there, and gives its version (caller frees). */
int parts_unpack_kernel(struct build *b, const char *dir, char **version_out, struct gnx_err *err);

/* Copies one file, found by an absolute path pattern, out of a package into a file of the host.
 * Of several that match the first in byte order is taken. */
int parts_take(struct build *b, const char *package, const char *pattern, const char *to,
	struct gnx_err *err);

/* The same from what a manifest names: PACKAGE:/PATTERN, or a path of the build host. */
int parts_copy(struct build *b, const char *source, const char *to, struct gnx_err *err);
/* Adds to an initrd all files that PACKAGE:/PATTERN names, at their own paths. */
int parts_add(struct build *b, const char *source, struct cpio *c, struct gnx_err *err);
/* Adds to a step's key what parts_copy() or parts_add() would read. */
int parts_copy_key(
	const struct build *b, struct hash_key *k, const char *source, struct gnx_err *err);

#endif
