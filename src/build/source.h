/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Gridnix's own part in an image: which paths of the source tree shape it, and a hash that names
 * them, for what a lock file cannot say. Internal to src/build.
 */
#ifndef GNX_BUILD_SOURCE_H
#define GNX_BUILD_SOURCE_H

#include "build/hash.h"

/* What the packages in the image are made of, and nothing more: a change elsewhere must not make
 * them anew. Relative to the tree; ends with NULL. */
extern const char *const source_programs[];

/* Adds the files at these paths of the tree to a key; a path that is not there, by its name. */
int source_key(const char *tree, const char *const *paths, struct hash_key *k, struct gnx_err *err);

/* The hash of all that shapes an image, its manifest and recipes aside. */
int source_hash(const char *tree, char hex[HASH_HEX], struct gnx_err *err);

#endif
