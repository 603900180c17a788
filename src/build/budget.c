/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory budget: see budget.h. */
#include "build/budget.h"

#include <inttypes.h>
#include <stdio.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

/* Xen at run time: itself, its heap and the table of page frames. 8 MiB were measured on a
 * 400 MiB machine, and the firmware keeps a little. */
#define XEN_RUN (10 * MIB)

/* What must fit above dom0's first block beside the files: Xen, its heap, and what is lost to
 * alignment. When Xen unpacks the kernel it aligns and pads one more area. */
#define XEN_BOOT   (16 * MIB)
#define XEN_UNPACK (5 * MIB)

/* Xen's own cost of a guest: page tables, shadow or HAP pool, grant and event structures. */
#define XEN_GUEST (2 * MIB)

/* What the kernel gives back of its image once it runs (.init sections). */
#define KERNEL_INIT (4 * MIB)

/* The files of an initrd end in the middle of a page; its directories and inodes. */
#define INITRD_PAGES (1 * MIB)

/* One page structure of 64 bytes for each page of 4096. */
#define PAGE_STRUCTS 64

/* A kernel on the bare machine: the first MiB, page tables and decompressor. */
#define BARE_SLACK (24 * MIB)

/* No machine that we could mean has more; keeps sums far from overflow. */
#define SANE (UINT64_C(1) << 40)

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Xen maps dom0's start, from address 0 over the kernel and the first page tables, in units of
 * 4 MiB, and allocates it as one block of 2^n pages at a multiple of its own size. */
static uint64_t first_block(const struct budget_kernel *k)
{
	uint64_t tables = (8 + k->end / (2 * MIB)) * 4 * KIB;
	uint64_t span = round_up(k->end + tables, 4 * MIB);
	uint64_t block = 4 * MIB;

	while (block < span)
		block *= 2;
	return block;
}

/* The block at address 0 is never whole, so the first that can be free is the second; what is
 * loaded lies at the top of memory and must leave it alone. */
static uint64_t machine_for_layout(const struct budget_in *in)
{
	return 2 * first_block(&in->kernel) + in->kernel.file + in->kernel.unpacked + in->initrd +
		XEN_BOOT + (in->kernel.unpacked ? XEN_UNPACK : 0);
}

/* dom0's memory is given out while the kernel's file is still there; the initrd becomes dom0's. */
static uint64_t machine_for_start(const struct budget_in *in, uint64_t dom0)
{
	return dom0 + in->kernel.file + in->kernel.unpacked + XEN_RUN;
}

static uint64_t machine_for_guests(const struct budget_in *in, uint64_t dom0)
{
	return dom0 + in->guests_mib * MIB + in->guests * XEN_GUEST + XEN_RUN;
}

static uint64_t machine_for(const struct budget_in *in, uint64_t dom0)
{
	uint64_t need = max(machine_for_layout(in), machine_for_start(in, dom0));

	return round_up(max(need, machine_for_guests(in, dom0)), 8 * MIB);
}

/* The dom0_mem that leaves total bytes of MemTotal. */
static uint64_t dom0_for(const struct budget_in *in, uint64_t total)
{
	const struct budget_kernel *k = &in->kernel;
	uint64_t span = k->end - k->start - k->scratch;
	uint64_t own = span > KERNEL_INIT ? span - KERNEL_INIT : 0;
	uint64_t need = total + own + in->swiotlb * 2 * KIB;

	need += need / (PAGE_STRUCTS - 1) + 1;
	return round_up(max(need, first_block(k) + in->initrd), 4 * MIB);
}

/* The initrd's file system may hold half of what is left beside the packed initrd and what the
 * kernel has not given back yet. */
static uint64_t total_for_initrd(const struct budget_in *in)
{
	return in->initrd + KERNEL_INIT + 2 * (in->initrd_unpacked + INITRD_PAGES);
}

static int check(const struct budget_in *in, struct gnx_err *err)
{
	const uint64_t sizes[] = {in->kernel.file, in->kernel.unpacked, in->kernel.end, in->initrd,
		in->initrd_unpacked, in->initrd_kept, in->layers, in->services, in->guest_load};

	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i] > SANE)
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"memory budget: a part of %llu bytes",
				(unsigned long long)sizes[i]);
	if (in->kernel.start + in->kernel.scratch > in->kernel.end)
		return gnx_fail(
			err, -GNX_E_BAD_VALUE, "memory budget: the kernel ends before it starts");
	return 0;
}

int budget_compute(
	const struct budget_in *in, uint32_t limit_mib, struct budget_out *out, struct gnx_err *err)
{
	uint64_t run = in->services + in->guest_load + in->initrd_kept;
	uint64_t need = max(run, total_for_initrd(in));
	uint64_t copy = max(run + in->layers, total_for_initrd(in));
	uint64_t dom0, dom0_copy, machine;
	int r = check(in, err);

	if (r < 0)
		return r;
	dom0 = dom0_for(in, need);
	dom0_copy = dom0_for(in, copy);
	machine = machine_for(in, dom0) / MIB;
	if (limit_mib && machine > limit_mib)
		return gnx_fail(err, -GNX_E_TOO_BIG,
			"the image needs a machine with %llu MiB of memory; its limit is %u MiB "
			"(dom0 %llu, its kernel's first block %llu, guests %u)",
			(unsigned long long)machine, limit_mib, (unsigned long long)(dom0 / MIB),
			(unsigned long long)(first_block(&in->kernel) / MIB), in->guests_mib);
	*out = (struct budget_out){
		.ram_need_kib = (uint32_t)(need / KIB + 1),
		.ram_copy_kib = (uint32_t)(copy / KIB + 1),
		.dom0_mib = (uint32_t)(dom0 / MIB),
		.dom0_copy_mib = (uint32_t)(dom0_copy / MIB),
		.machine_mib = (uint32_t)machine,
		.machine_copy_mib = (uint32_t)(machine_for(in, dom0_copy) / MIB),
	};
	return 0;
}

struct budget_in budget_netboot(const struct budget_in *in)
{
	struct budget_in net = *in;

	net.initrd += in->layers;
	net.initrd_unpacked += in->layers;
	net.services += in->layers;
	net.layers = 0;
	return net;
}

void budget_dom0_mem(const struct budget_out *b, uint32_t max_mib, char words[BUDGET_WORDS])
{
	uint32_t half = b->machine_mib / 2;
	uint32_t base = b->dom0_mib > half ? b->dom0_mib - half : 0;

	if (!max_mib)
		max_mib = b->dom0_copy_mib;
	if (max_mib < b->dom0_mib)
		max_mib = b->dom0_mib;
	snprintf(words, BUDGET_WORDS,
		"dom0_mem=min:%" PRIu32 "M,max:%" PRIu32 "M,%" PRIu32 "M+50%%", b->dom0_mib,
		max_mib, base);
}

uint32_t budget_bare_mib(const struct budget_kernel *k, uint64_t initrd, uint64_t initrd_unpacked)
{
	uint64_t load = k->end + k->file + k->unpacked + initrd;
	uint64_t run = k->end + initrd + 2 * initrd_unpacked;

	return (uint32_t)(round_up(max(load, run) + BARE_SLACK, 8 * MIB) / MIB);
}
