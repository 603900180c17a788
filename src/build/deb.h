/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads the files inside a Debian package (.deb) without unpacking it to disk. For the builder:
 * guests' initrds and other parts that take files but do not install packages.
 */
#ifndef GNX_BUILD_DEB_H
#define GNX_BUILD_DEB_H

#include "base/err.h"
#include "base/str.h"

#include <sys/types.h>

struct archive;
struct cpio;

/* One directory, file or symbolic link of a package. Borrowed, until the visitor returns. */
struct deb_item {
	const char *path;      /* absolute, without "." or ".."; /usr/bin for /bin, and so on */
	const char *target;    /* of a symbolic or hard link; else NULL */
	mode_t mode;	       /* type and permission bits; S_IFREG for a hard link */
	uint64_t size;	       /* of a regular file */
	struct archive *bytes; /* for deb_item_read() only */
};

/* What to do with each item: 0 to go on; a negative value (err set) ends the walk. */
struct deb_visitor {
	int (*visit)(const struct deb_item *item, void *arg, struct gnx_err *err);
	void *arg;
};

/* Visits everything in the package at path, in the package's order. Returns the visitor's failure
 * or its own; the words begin with path. */
int deb_walk(const char *path, const struct deb_visitor *visitor, struct gnx_err *err);

/* Reads the whole of a regular file, at most max bytes of it (-GNX_E_TOO_BIG above); once per
 * visit. Appends to out. */
int deb_item_read(
	const struct deb_item *item, uint64_t max, struct gnx_buf *out, struct gnx_err *err);

/* Adds a file or a symbolic link to an initrd, at its own path. Hard links and special files are
 * refused, -GNX_E_BAD_VALUE. */
int deb_item_add(const struct deb_item *item, struct cpio *c, struct gnx_err *err);

#endif
