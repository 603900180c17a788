/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dom0's kernel and its modules go without: sections that only debuggers and tracers ask
 * for, chosen by keys of the manifest. Pure; internal to src/build.
 */
#ifndef GNX_BUILD_KSTRIP_H
#define GNX_BUILD_KSTRIP_H

#include "build/hash.h"
#include "build/manifest.h"

/* Adds the keys to a step's key. */
void kstrip_key(const struct manifest *m, struct hash_key *k);

/* Appends the names of the sections that the kernel itself goes without. */
void kstrip_sections(const struct manifest *m, struct gnx_strv *names);

/* Appends objcopy's options for a module. */
void kstrip_options(const struct manifest *m, struct gnx_strv *options);

#endif
