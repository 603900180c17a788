/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory budget against boots that were measured in QEMU. */
#include "build/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define MIB (UINT64_C(1) << 20)

/* Debian's kernels: 6.12 of trixie, 6.1 of bookworm; packed as shipped, or the ELF inside. */
#define K612	 12171200, 57646496, 0x1000000, 0x4200000, 0x400000
#define K612_ELF 56626536, 0, 0x1000000, 0x4200000, 0x400000
#define K61	 8200000, 65900000, 0x1000000, 0x4a00000, 0x400000
#define K61_ELF	 65900000, 0, 0x1000000, 0x4a00000, 0x400000
#define TRIM_ELF 40391568, 0, 0x1000000, 0x3e00000, 0 /* 6.12 without .init.scratch */
#define TRIM_XZ	 9783268, 40391568, 0x1000000, 0x3e00000, 0

/* Booted on a machine of boots MiB, by BIOS, and not on one of fails; dom0_mem was small enough to
 * play no part. 0: not measured. loose: the model may ask for one step of 8 MiB more. */
static const struct row {
	struct budget_kernel kernel;
	uint64_t initrd;
	uint32_t boots, fails;
	uint32_t loose;
} rows[] = {
	{{K612}, 4096, 344, 336, 0},
	{{K612}, 951355, 352, 344, 0},
	{{K612}, 24 * MIB, 368, 0, 0},
	{{K612}, 28 * MIB, 0, 368, 0},
	{{K612_ELF}, 4096, 328, 320, 0},
	{{K612_ELF}, 24 * MIB, 352, 0, 0},
	{{K612_ELF}, 40 * MIB, 368, 0, 0},
	{{K61}, 4096, 352, 344, 0},
	{{K61}, 16300000, 368, 360, 0},
	{{K61_ELF}, 4096, 336, 328, 0},
	{{TRIM_ELF}, 951355, 176, 168, 8},
	{{TRIM_XZ}, 951355, 208, 192, 0},
};

static void measured_machines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct budget_in in = {.kernel = rows[i].kernel, .initrd = rows[i].initrd};
		struct budget_out out;
		struct gnx_err err = GNX_ERR_INIT;

		assert_int_equal(budget_compute(&in, 0, &out, &err), 0);
		if (rows[i].boots)
			assert_true(out.machine_mib <= rows[i].boots + rows[i].loose);
		assert_true(out.machine_mib > rows[i].fails);
	}
}

/* dom0_mem and the MemTotal that it gave, D12 and D13, MiB. The model may ask for more dom0_mem
 * than was needed, by one step and the few MiB that a kernel frees beyond the model; never for
 * less. */
static void measured_dom0(void **state)
{
	static const struct {
		struct budget_kernel kernel;
		uint32_t swiotlb, dom0, total;
	} seen[] = {
		{{K61}, 512, 176, 125},
		{{K61}, 512, 192, 141},
		{{K61}, 512, 208, 154},
		{{K61}, 512, 224, 173},
		{{K61}, 512, 256, 200},
		{{K612}, 32768, 320, 209},
		{{TRIM_ELF}, 512, 128, 83},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		struct budget_in in = {.kernel = seen[i].kernel,
			.swiotlb = seen[i].swiotlb,
			.services = seen[i].total * MIB};
		struct budget_out out;
		struct gnx_err err = GNX_ERR_INIT;

		assert_int_equal(budget_compute(&in, 0, &out, &err), 0);
		assert_in_range(out.dom0_mib, seen[i].dom0 - 4, seen[i].dom0 + 8);
	}
}

static struct budget_in demo(void)
{
	return (struct budget_in){
		.kernel = {K612},
		.initrd = 3 * MIB,
		.initrd_unpacked = 8 * MIB,
		.layers = 30 * MIB,
		.services = 60 * MIB,
		.guest_load = 20 * MIB,
		.swiotlb = 2048,
		.guests = 2,
		.guests_mib = 64,
	};
}

static void each_part_counts(void **state)
{
	struct budget_in in = demo();
	struct budget_out a, b;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(budget_compute(&in, 0, &a, &err), 0);
	assert_true(a.ram_copy_kib >= a.ram_need_kib + 30 * 1024);
	assert_true(a.dom0_copy_mib >= a.dom0_mib + 28);
	in.guests_mib += 256;
	assert_int_equal(budget_compute(&in, 0, &b, &err), 0);
	assert_int_equal(a.dom0_mib, b.dom0_mib);
	assert_true(b.machine_mib > a.machine_mib);
	in = demo();
	in.services += 32 * MIB;
	assert_int_equal(budget_compute(&in, 0, &b, &err), 0);
	assert_true(b.dom0_mib >= a.dom0_mib + 32);
	in = demo();
	in.initrd_kept = 8 * MIB;
	assert_int_equal(budget_compute(&in, 0, &b, &err), 0);
	assert_int_equal(b.ram_need_kib, a.ram_need_kib + 8 * 1024);
	assert_int_equal(b.ram_copy_kib, a.ram_copy_kib + 8 * 1024);
	in = demo();
	in.initrd_unpacked = 200 * MIB;
	assert_int_equal(budget_compute(&in, 0, &b, &err), 0);
	assert_true(b.ram_need_kib >= 400 * 1024);
}

/* The kernel's limit for the initrd's file system is half of what it counts when it starts: without
 * the packed initrd, and without the 4 MiB that it gives back later. */
static void netboot_initrd_fits(void **state)
{
	struct budget_in in = demo(), net;
	struct budget_out medium, out;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	net = budget_netboot(&in);
	assert_int_equal(net.initrd, 33 * MIB);
	assert_int_equal(net.initrd_unpacked, 38 * MIB);
	assert_int_equal(budget_compute(&in, 0, &medium, &err), 0);
	assert_int_equal(budget_compute(&net, 0, &out, &err), 0);
	assert_true((out.ram_need_kib * UINT64_C(1024) - net.initrd - 4 * MIB) / 2 >=
		net.initrd_unpacked);
	assert_true(out.dom0_mib > medium.dom0_mib);
	assert_true(out.machine_mib > medium.machine_mib);
	/* All is in RAM from the start, beside the programs. */
	assert_true(out.ram_need_kib >= medium.ram_copy_kib);
	assert_int_equal(out.dom0_mib, out.dom0_copy_mib);
	/* So it is where the programs need more than the unpacking. */
	in.services = 200 * MIB;
	net = budget_netboot(&in);
	assert_int_equal(budget_compute(&in, 0, &medium, &err), 0);
	assert_int_equal(budget_compute(&net, 0, &out, &err), 0);
	assert_int_equal(out.ram_need_kib, medium.ram_copy_kib);
}

static void too_big_is_refused(void **state)
{
	struct budget_in in = demo();
	struct budget_out out;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(budget_compute(&in, 368, &out, &err), 0);
	assert_int_equal(budget_compute(&in, 256, &out, &err), -GNX_E_TOO_BIG);
	assert_non_null(strstr(err.msg, "256 MiB"));
	in.kernel = (struct budget_kernel){TRIM_XZ};
	assert_int_equal(budget_compute(&in, 256, &out, &err), 0);
	in.kernel.end = in.kernel.start - 1;
	assert_int_equal(budget_compute(&in, 0, &out, &err), -GNX_E_BAD_VALUE);
	in = demo();
	in.layers = UINT64_MAX;
	assert_int_equal(budget_compute(&in, 0, &out, &err), -GNX_E_BAD_VALUE);
}

static void dom0_grows_with_the_machine(void **state)
{
	const struct budget_out b = {.dom0_mib = 132, .dom0_copy_mib = 160, .machine_mib = 216};
	char words[BUDGET_WORDS];

	(void)state;
	budget_dom0_mem(&b, 384, words);
	assert_string_equal(words, "dom0_mem=min:132M,max:384M,24M+50%");
	budget_dom0_mem(&b, 0, words);
	assert_string_equal(words, "dom0_mem=min:132M,max:160M,24M+50%");
}

static void bare_machines(void **state)
{
	const struct budget_kernel debian = {K612};
	const struct budget_kernel guest = {3000000, 16500000, 0x200000, 0x1400000, 0};

	(void)state;
	assert_in_range(budget_bare_mib(&debian, 1 * MIB, 3 * MIB), 128, 192);
	assert_in_range(budget_bare_mib(&guest, 1 * MIB, 3 * MIB), 32, 96);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measured_machines),
		cmocka_unit_test(measured_dom0),
		cmocka_unit_test(each_part_counts),
		cmocka_unit_test(netboot_initrd_fits),
		cmocka_unit_test(too_big_is_refused),
		cmocka_unit_test(dom0_grows_with_the_machine),
		cmocka_unit_test(bare_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
