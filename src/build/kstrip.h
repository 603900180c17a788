/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dom0's kernel and its modules go without: sections that only debuggers and tracers ask
 * for, chosen by keys of the manifest. Pure; internal to src/build.
 */
#ifndef GNX_BUILD_KSTRIP_H
#define GNX_BUILD_KSTRIP_H

#include "build/hash.h"
#include "build/manifest.h"

/* Adds to a step's key the keys that concern the kernel itself, too. */
void kstrip_key(const struct manifest *m, struct hash_key *k);

/* Appends the names of the sections that the kernel itself goes without. */
void kstrip_sections(const struct manifest *m, struct gnx_strv *names);

/* Whether functions of modules can be traced. If not, notrace_module() must see a module before
 * objcopy does. */
bool kstrip_traced(const struct manifest *m);

/* Appends objcopy's options for a module. */
void kstrip_options(const struct manifest *m, struct gnx_strv *options);

#endif
