/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory budget of the image that is being built: measures the parts and has budget.h
 * compute. Internal to src/build.
 */
#ifndef GNX_BUILD_IMAGE_BUDGET_H
#define GNX_BUILD_IMAGE_BUDGET_H

#include "build/budget.h"
#include "build/build.h"

/* Slots of dom0's bounce buffers; goes onto its command line as well. */
#define IMAGE_SWIOTLB 2048

/* kernel: dom0's. initrd: dom0's, in bytes. in: what was measured, for further questions. net: the
 * same for the netboot set. */
int image_budget(struct build *b, const struct budget_kernel *kernel, uint64_t initrd,
	uint64_t initrd_unpacked, struct budget_in *in, struct budget_out *out,
	struct budget_out *net, struct gnx_err *err);

#endif
