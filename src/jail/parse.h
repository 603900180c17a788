/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Foreign bytes are parsed in a child that has no rights: nobody's user, no way to get others back,
 * no file to write. What it finds out comes back through a pipe, bounded.
 */
#ifndef GNX_JAIL_PARSE_H
#define GNX_JAIL_PARSE_H

#include "base/err.h"
#include "base/str.h"

/* Calls parse(arg, out, err) in the child, which has the caller's open files, and gives what that
 * added to out, at most max bytes. 0; what parse returned, with its words; -GNX_E_TOO_BIG;
 * -GNX_E_CHILD when the child was killed; -errno when it could not be made or lose its rights. */
int jail_parse(int (*parse)(void *arg, struct gnx_buf *out, struct gnx_err *err), void *arg,
	size_t max, struct gnx_buf *out, struct gnx_err *err);

#endif
