/* SPDX-License-Identifier: BSD-3-Clause */
/* What spawn.c and role.c share on the way from fork to exec. Internal to src/jail. */
#ifndef GNX_JAIL_CHILD_H
#define GNX_JAIL_CHILD_H

#include <stddef.h>

#define JAIL_CHILD_FDS 8 /* as many as a child can be given */

/* In the child: fds[i] becomes descriptor i, whatever numbers they have, and *report the one behind
 * them, which goes away with exec. All others are shut. 0 or -errno. */
int jail_child_fds(const int *fds, size_t n, int *report);

/* In the child: tells the parent why it cannot go on, a negative code, and ends. */
void jail_child_failed(int report, int code) __attribute__((noreturn));

/* In the parent, which has shut its copy of the child's end: waits for exec. 0, or the code of what
 * kept the child from it. */
int jail_child_started(int report);

#endif
