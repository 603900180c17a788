/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets that programs of the host listen on. Every room but src/lib may use this. */
#ifndef GNX_BASE_SOCK_H
#define GNX_BASE_SOCK_H

#include "base/err.h"

/* Listens for streams on a UNIX socket at path, in place of what was there: *fd_out, which does not
 * block. Who may connect, the caller's umask decides. */
int gnx_listen(const char *path, int *fd_out, struct gnx_err *err);

#endif
