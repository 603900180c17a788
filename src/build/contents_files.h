/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The contents list's lists of files: an object for each regular file with "path" and "size" in
 * bytes, and, of a layer or an initrd, "files", the list of what is inside. For contents.c.
 */
#ifndef GNX_BUILD_CONTENTS_FILES_H
#define GNX_BUILD_CONTENTS_FILES_H

#include "build/build.h"

#include <jansson.h>

/* Adds all files of DIR/tree, dir being the media step's directory, and the boot catalog. */
int contents_medium(struct build *b, const char *dir, json_t *list, struct gnx_err *err);

/* Adds what is in the EFI system partition. */
int contents_esp(const char *dir, json_t *list, struct gnx_err *err);

#endif
