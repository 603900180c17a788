/* SPDX-License-Identifier: BSD-3-Clause */
/* What media.c and media_net.c share. Names are relative to the plan's work directory. */
#ifndef GNX_BUILD_MEDIA_PART_H
#define GNX_BUILD_MEDIA_PART_H

#include "build/media.h"

int media_check(const struct media_plan *p, struct gnx_err *err);

/* The path on the build host; the caller frees. */
char *media_path(const struct media_plan *p, const char *name);

/* Where the file with this path on the medium comes from; NULL when the plan lacks it. */
const char *media_find(const struct media_plan *p, const char *to);

/* Copies a file of the build host, making directories as needed. */
int media_copy(const struct media_plan *p, const char *from, const char *name, struct gnx_err *err);
int media_write(const struct media_plan *p, const char *name, const struct gnx_buf *text,
	struct gnx_err *err);

/* Runs a tool; its words are separated by blanks. */
int media_run(const struct media_plan *p, struct gnx_err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
