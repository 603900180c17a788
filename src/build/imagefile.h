/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The image's identity, /gridnix/image: what stage 1 checks the medium against. Format:
 * docs/design/image.adoc. Internal to src/build.
 */
#ifndef GNX_BUILD_IMAGEFILE_H
#define GNX_BUILD_IMAGEFILE_H

#include "build/budget.h"
#include "build/build.h"

/* The layer that is not mounted at boot, below /gridnix; there when [packages] later is set. */
#define IMAGEFILE_LATER "tools.sqfs"

/* The boot modules: a layer that is in the initrd and not on the medium. */
#define IMAGEFILE_BOOT "boot.sqfs"

/* Hashes the layers and guests' files that the earlier steps made. */
int imagefile_make(
	struct build *b, const struct budget_out *budget, struct gnx_buf *out, struct gnx_err *err);

/* The volume label, GRIDNIX_NAME in capitals; the caller frees. */
char *imagefile_label(const struct build *b);

#endif
