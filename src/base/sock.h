/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets that programs of the host listen on, and connect to. Every room but src/lib may use this.
 */
#ifndef GNX_BASE_SOCK_H
#define GNX_BASE_SOCK_H

#include "base/err.h"

#include <stdint.h>

/* Listens for streams on a UNIX socket at path, in place of what was there: *fd_out, which does not
 * block. Who may connect, the caller's umask decides. */
int gnx_listen(const char *path, int *fd_out, struct gnx_err *err);

/* The same on a TCP port of 127.0.0.1, for anybody on this host. */
int gnx_listen_local(uint16_t port, int *fd_out, struct gnx_err *err);

/* Connects to a UNIX socket: *fd_out, which does not block. -ENOENT: there is none; -ECONNREFUSED:
 * nobody listens any more. */
int gnx_connect(const char *path, int *fd_out, struct gnx_err *err);

#endif
