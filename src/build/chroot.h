/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs programs inside a Debian root: own mounts, no network, a fixed environment, so that the
 * build host does not show in what they make. Needs to be root, if only of a user namespace.
 * Internal to src/build.
 */
#ifndef GNX_BUILD_CHROOT_H
#define GNX_BUILD_CHROOT_H

#include "build/build.h"

struct chroot_bind {
	const char *from; /* on the host */
	const char *to;	  /* below the root, with a leading slash; exists */
};

/* binds ends with an entry whose from is NULL; may be NULL. cwd may be NULL. */
int chroot_run(struct build *b, const char *root, const struct chroot_bind *binds, const char *cwd,
	char *const argv[], struct gnx_err *err);

/* The same with standard input and output as descriptors; -1 as in struct jail_cmd. */
int chroot_pipe(struct build *b, const char *root, const struct chroot_bind *binds, int stdin_fd,
	int stdout_fd, char *const argv[], struct gnx_err *err);

/* Runs argv in the build chroot with work, a directory of the host, as /build and as the
 * working directory. */
int chroot_tool(struct build *b, const char *work, char *const argv[], struct gnx_err *err);

/* chroot_tool() for those who are handed a function and its context: ctx is a struct
 * chroot_work. */
struct chroot_work {
	struct build *b;
	const char *dir;
};
int chroot_in_work(void *ctx, char *const argv[], struct gnx_err *err);

#endif
