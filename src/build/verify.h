/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Verifying an image: what it was made from stands on the medium itself, and is built again and
 * compared. Internal to src/build.
 */
#ifndef GNX_BUILD_VERIFY_H
#define GNX_BUILD_VERIFY_H

#include "base/err.h"
#include "base/str.h"

/* What an ISO says of itself, read without rights, for it may be anybody's: the name of the image
 * and the hash of the source tree that it was made from, which the caller frees, and its lock file.
 */
int verify_read(const char *path, char **name_out, char **source_out, struct gnx_buf *lock,
	struct gnx_err *err);

/* 0 when the files have the same bytes; -GNX_E_DIFFERS, naming the first that differs. */
int verify_compare(const char *a, const char *b, struct gnx_err *err);

#endif
