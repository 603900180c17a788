/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dom0's kernel: taken out of Debian's package and put into the form for Xen.
 * Internal to src/build.
 */
#ifndef GNX_BUILD_DOM0KERNEL_H
#define GNX_BUILD_DOM0KERNEL_H

#include "build/budget.h"
#include "build/build.h"

/* Makes DIR/vmlinux.xz and DIR/measure, what the memory budget
 * wants to know of it. Checks the kernel's configuration for what dom0 needs. */
int dom0kernel_make(struct build *b, const char *dir, struct gnx_err *err);

/* Reads the measure that the step dom0 left. */
int dom0kernel_read(const struct build *b, struct budget_kernel *out, struct gnx_err *err);

#endif
