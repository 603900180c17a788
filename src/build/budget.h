/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much memory an image needs: computed from the sizes of its parts, so that the menu can tell
 * a user before the boot fails and the build can refuse what cannot boot. Pure functions; for the
 * builder. The model was fitted to measured boots, which the unit test repeats.
 */
#ifndef GNX_BUILD_BUDGET_H
#define GNX_BUILD_BUDGET_H

#include "base/err.h"

#include <stdint.h>

/* A kernel as the boot loader loads it. Bytes and physical addresses. */
struct budget_kernel {
	uint64_t file;	   /* size of the file */
	uint64_t unpacked; /* what is unpacked from it; 0: it is an uncompressed ELF file */
	uint64_t start;	   /* where its segments lie */
	uint64_t end;
	uint64_t scratch; /* how much of that is of no use once it runs (.init.scratch) */
};

/* Bytes, but for guests_mib. */
struct budget_in {
	struct budget_kernel kernel; /* dom0's */
	uint64_t initrd;	     /* dom0's, packed */
	uint64_t initrd_unpacked;
	uint64_t initrd_kept; /* what of that is never freed */
	uint64_t layers;     /* what is copied to RAM when there is enough: layers, guests' files */
	uint64_t services;   /* what dom0's programs use while all guests run */
	uint64_t guest_load; /* what xl holds while it starts the largest guest: its kernel,
			      * unpacked, and its initrd */
	uint32_t swiotlb;    /* slots, as in dom0's parameter swiotlb= */
	uint32_t guests;     /* how many start by themselves */
	uint32_t guests_mib; /* their memory together */
};

struct budget_out {
	uint32_t ram_need_kib; /* least MemTotal of dom0 at which everything works */
	uint32_t ram_copy_kib; /* the same with the layers in RAM */
	uint32_t dom0_mib;     /* dom0_mem that gives ram_need_kib */
	uint32_t dom0_copy_mib;
	uint32_t machine_mib; /* smallest machine, BIOS */
	uint32_t machine_copy_mib;
};

/* What the same image needs when it is started over the network: layers and guests' files are in
 * the initrd, packed already, and stay in memory. */
struct budget_in budget_netboot(const struct budget_in *in);

/* UEFI firmware keeps more to itself than a BIOS: add this to a machine's size. */
#define BUDGET_UEFI_MIB 32

/* limit_mib is the largest machine that may be asked for; 0: none. -GNX_E_TOO_BIG above it,
 * -GNX_E_BAD_VALUE for sizes that no PC has. */
int budget_compute(const struct budget_in *in, uint32_t limit_mib, struct budget_out *out,
	struct gnx_err *err);

/* Room for the words below. */
#define BUDGET_WORDS 80

/* Xen's parameter dom0_mem=: dom0_mib on the smallest machine, half of what a larger one has more,
 * max_mib at most; 0: dom0_copy_mib. */
void budget_dom0_mem(const struct budget_out *b, uint32_t max_mib, char words[BUDGET_WORDS]);

/* The smallest machine, in MiB, that boots a kernel and its initrd without Xen. */
uint32_t budget_bare_mib(const struct budget_kernel *k, uint64_t initrd, uint64_t initrd_unpacked);

#endif
