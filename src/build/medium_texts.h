/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The texts at the top of the medium: README, COPYRIGHT, BUILT, guide, lock file. Internal to
 * src/build.
 */
#ifndef GNX_BUILD_MEDIUM_TEXTS_H
#define GNX_BUILD_MEDIUM_TEXTS_H

#include "build/build.h"

/* Writes them into dir. machine_mib: the smallest machine, in MiB. */
int medium_texts_write(
	struct build *b, const char *dir, unsigned int machine_mib, struct gnx_err *err);

#endif
