/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dom0's kernel in the form that Xen likes best: taken out of Debian's bzImage, packed
 * (vmlinux.h) and compressed with xz, which Xen unpacks itself. Smaller on the medium and in
 * memory; on a bare machine boot/bare starts it. For the builder.
 */
#ifndef GNX_BUILD_XENKERNEL_H
#define GNX_BUILD_XENKERNEL_H

#include "base/str.h"
#include "build/budget.h"

/* As in struct media_plan: work is a directory of the build host that run's tools see as /build
 * and are started in. Uses the names vmlinux and vmlinux.xz in it; only vmlinux.xz stays.
 * image is the path of the bzImage on the build host, blank names sections to fill with zeros
 * (vmlinux_blank()). Fills out for the budget. */
int xenkernel_make(const char *work, const char *image, const struct gnx_strv *blank,
	int (*run)(void *ctx, char *const argv[], struct gnx_err *err), void *ctx,
	struct budget_kernel *out, struct gnx_err *err);

#endif
