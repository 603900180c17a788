/* SPDX-License-Identifier: BSD-3-Clause */
/* A process's children, as the kernel lists them. For gridnixd-hooks. */
#ifndef GNX_GRIDNIXD_HOOKS_CHILDREN_H
#define GNX_GRIDNIXD_HOOKS_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

/* Kills all children of this process, which has one thread, but those: how many. */
size_t children_kill(const pid_t *but, size_t n);

#endif
