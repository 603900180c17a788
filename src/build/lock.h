/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lock file: every package of an image by name, version and hash. The same lock file and
 * depot give the same image. Text, one item a line; see gridnix-build(1). For the builder.
 */
#ifndef GNX_BUILD_LOCK_H
#define GNX_BUILD_LOCK_H

#include "base/err.h"
#include "base/str.h"

struct lock_package {
	char *set; /* root, tools, parts */
	char *name, *version, *arch;
	char *source, *source_version;
	char *file; /* name in the depot's pool */
	char *sha256;
	uint64_t size; /* bytes */
};

struct lock {
	uint64_t date; /* seconds since 1970: every time stamp of the image */
	char *suite, *mirror, *security;
	struct lock_package *packages;
	size_t len;
};

void lock_done(struct lock *l);
/* A new, zeroed package at the end; borrowed until the next call. */
struct lock_package *lock_add(struct lock *l);
/* Sorts by set, name, version. */
void lock_sort(struct lock *l);
/* The text, which may be a stranger's, is cut up; path is for messages. */
int lock_parse(struct lock *l, char *text, const char *path, struct gnx_err *err);
int lock_read(struct lock *l, const char *path, struct gnx_err *err);
int lock_write(struct lock *l, const char *path, struct gnx_err *err);

/* NULL: no such package in the set. */
const struct lock_package *lock_find(const struct lock *l, const char *set, const char *name);

#endif
