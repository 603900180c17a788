/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cleanup attributes: a resource is released when its variable goes out of scope, unless it
 * was handed on with STEAL(). Every room may use this.
 *
 *	GNX_CLEAN(gnx_free) char *name = NULL;
 *	GNX_CLEAN(gnx_close) int fd = -1;
 */
#ifndef GNX_BASE_CLEAN_H
#define GNX_BASE_CLEAN_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* unused: clang warns of variables that are there only to be cleaned up, gcc does not. */
#define GNX_CLEAN(fn) __attribute__((cleanup(fn), unused))

/* Takes a pointer out of its variable and leaves NULL. */
#define STEAL(p)                                                                                   \
	({                                                                                         \
		__typeof__(p) stolen_ = (p);                                                       \
		(p) = NULL;                                                                        \
		stolen_;                                                                           \
	})

/* Takes a file descriptor out of its variable and leaves -1. */
#define STEAL_FD(fd)                                                                               \
	({                                                                                         \
		int stolen_ = (fd);                                                                \
		(fd) = -1;                                                                         \
		stolen_;                                                                           \
	})

static inline void gnx_free(void *p)
{
	free(*(void **)p);
}

static inline void gnx_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void gnx_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void gnx_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* The number of elements of an array; a must be one, no pointer. */
#define GNX_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
