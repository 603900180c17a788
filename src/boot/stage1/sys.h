/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 1: what its parts ask of the kernel: mounts, times, memory, small files. */
#ifndef GNX_STAGE1_SYS_H
#define GNX_STAGE1_SYS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Milliseconds since the kernel's start (CLOCK_BOOTTIME). */
long long sys_boottime_ms(void);

/* Makes the directory target and mounts on it; type, data may be NULL. */
int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const char *data, struct gnx_err *err);

/* Unmounts lazily; a target that is not mounted is fine. */
void sys_unmount(const char *target);

/* One line of /proc/meminfo, such as "MemTotal", in KiB; 0 when it can't be read. */
uint64_t sys_mem_kib(const char *field);

/* The text of a one-line file of /proc or /sys without its newline, cut at size - 1; "" when it
 * can't be read. Returns its length. */
size_t sys_read_line(const char *path, char *out, size_t size);

#endif
