/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The contents list: every package of an image with version, source, licence and hash, and every
 * file with its size, as JSON. Format: docs/design/image.adoc. Internal to src/build.
 */
#ifndef GNX_BUILD_CONTENTS_H
#define GNX_BUILD_CONTENTS_H

#include "build/build.h"

#define CONTENTS_FILE "contents.json"

/* Writes DIR/contents.json; dir is the media step's, where media_tree() has made what becomes the
 * ISO. */
int contents_write(struct build *b, const char *dir, struct gnx_err *err);

/* The short names of the licences in a Debian copyright file, in the order in which they come,
 * joined by ", "; "see copyright" when the file is not in the machine-readable form. The caller
 * frees. */
char *contents_licence(const char *text);

#endif
