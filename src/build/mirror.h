/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debian's mirrors as this host's apt has them: which of its sources are one, and what of them can
 * be written on a medium, for the image asks the same. For the builder.
 */
#ifndef GNX_BUILD_MIRROR_H
#define GNX_BUILD_MIRROR_H

#include "base/err.h"

#include <stdbool.h>

/* The URI of Debian's mirror, or with security of its security archive, in a line of what "apt-get
 * update --print-uris" prints; NULL: it is neither. The caller frees. */
char *mirror_of_line(const char *line, bool security);

/* Of a list of mirrors ("mirror+file:/PATH") the first one, any other URI as it is; the caller
 * frees *out. -GNX_E_BAD_VALUE: it can't be written into an image, for a password stands in it, or
 * for it is a list from elsewhere or without a mirror. */
int mirror_resolve(const char *uri, char **out, struct gnx_err *err);

/* Whether only this host can reach it. */
bool mirror_is_local(const char *uri);

#endif
