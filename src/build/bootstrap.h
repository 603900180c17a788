/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes a Debian root with mmdebstrap from one set of the fetched packages, no more and no less.
 * Internal to src/build.
 */
#ifndef GNX_BUILD_BOOTSTRAP_H
#define GNX_BUILD_BOOTSTRAP_H

#include "build/build.h"

/* root: a directory that does not exist yet. Removes what the host or the moment left in it. */
int bootstrap(struct build *b, const char *set, const char *root, struct gnx_err *err);

/* Adds the packages of a set, and mmdebstrap's version of doing things, to a step's key. */
void bootstrap_key(const struct build *b, const char *set, struct hash_key *k);

#endif
