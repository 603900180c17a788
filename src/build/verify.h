/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Verifying an image: what it was made from stands on the medium itself, and is built again and
 * compared. Internal to src/build.
 */
#ifndef GNX_BUILD_VERIFY_H
#define GNX_BUILD_VERIFY_H

#include "base/err.h"
#include "base/str.h"

/* Takes one file (its path on the medium, no leading slash) of at most max bytes out of an ISO. */
int verify_take(
	const char *iso, const char *name, size_t max, struct gnx_buf *out, struct gnx_err *err);

/* Unpacks what gzip packed, at most max bytes. */
int verify_unpack(const struct gnx_buf *in, size_t max, struct gnx_buf *out, struct gnx_err *err);

/* 0 when the files have the same bytes; -GNX_E_DIFFERS, naming the first that differs. */
int verify_compare(const char *a, const char *b, struct gnx_err *err);

#endif
