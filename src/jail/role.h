/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Starting one of our own long-running processes: an executable of its own, exact descriptors,
 * another user, an empty environment. For programs that consist of several processes.
 */
#ifndef GNX_JAIL_ROLE_H
#define GNX_JAIL_ROLE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How many descriptors it can be given. */
#define JAIL_ROLE_FDS 4

/* What to start, and with what. */
struct jail_role {
	const char *path;	/* the executable; borrowed */
	char *const *argv;	/* NULL: the path alone; borrowed */
	bool tied;		/* is killed when the caller ends */
	const char *user;	/* its user and that user's group; NULL: the caller's; borrowed */
	int fds[JAIL_ROLE_FDS]; /* become 3, 4 and so on; borrowed */
	size_t fds_len;		/* of fds */
	uint32_t caps;		/* capabilities, by their bits, that it has beside its user's; with
				 * any, what it starts may have more rights than itself */
};

/* Starts it: *pid_out, to be waited for. -ENOENT: there is no such user or executable. It begins in
 * / with no groups, nothing of the environment, and the caller's stderr. */
int jail_role_start(const struct jail_role *role, pid_t *pid_out, struct gnx_err *err);

#endif
