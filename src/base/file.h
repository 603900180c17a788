/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files: whole reads with a limit, writes that appear under their name only when they are
 * complete, directories made and removed. For programs; every room but src/lib may use this.
 */
#ifndef GNX_BASE_FILE_H
#define GNX_BASE_FILE_H

#include "base/err.h"
#include "base/str.h"

/* Reads a whole file of at most max bytes into *out (appended); -GNX_E_TOO_BIG above that. */
int gnx_file_read(const char *path, size_t max, struct gnx_buf *out, struct gnx_err *err);

/* Writes path through a temporary file beside it, fsync and rename. */
int gnx_file_write(const char *path, const void *data, size_t len, struct gnx_err *err);

/* Has a file that is there hold this, such as a switch of the kernel's; one that does is not
 * written to. -ENOENT: it is not there. */
int gnx_file_set(const char *path, const char *value, struct gnx_err *err);

/* Adds the files of dir whose names end with suffix and begin with no dot, as paths, sorted. A
 * directory that is not there has none. */
int gnx_dir_files(const char *dir, const char *suffix, struct gnx_strv *out, struct gnx_err *err);

/* mkdir -p; existing directories are fine. */
int gnx_mkdirs(const char *path, struct gnx_err *err);

/* rm -rf, not across mount points; a missing path is fine. */
int gnx_rmtree(const char *path, struct gnx_err *err);

/* Writes all of data to fd, through short writes and EINTR. -errno on failure. */
int gnx_write_all(int fd, const void *data, size_t len);

/* CLOCK_MONOTONIC in milliseconds. */
long long gnx_now_ms(void);

#endif
