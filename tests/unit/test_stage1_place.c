/* SPDX-License-Identifier: BSD-3-Clause */
/* RAM or medium, and what a disk's first bytes say. */
#include "base/clean.h"
#include "base/str.h"
#include "boot/stage1/fsprobe.h"
#include "boot/stage1/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void ram_or_medium(void **state)
{
	/* 40 MiB to copy; the copy is worth it from 200 MiB. */
	static const struct image image = {
		.ram_copy_kib = 200 << 10, .nparts = 1, .parts = {{.bytes = 40 << 20}}};
	static const struct {
		const char *run;
		uint64_t total_mib, available_mib;
		enum place place;
		bool explained;
	} cases[] = {
		{"auto", 200, 150, PLACE_RAM, false},
		{"auto", 199, 150, PLACE_MEDIUM, true},
		{"auto", 8000, 56, PLACE_RAM, false},
		{"auto", 8000, 55, PLACE_MEDIUM, true},
		{"ram", 100, 56, PLACE_RAM, false},
		{"ram", 100, 55, PLACE_MEDIUM, true},
		{"ram", 0, 0, PLACE_MEDIUM, true},
		{"medium", 8000, 7000, PLACE_MEDIUM, false},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		const char *why;

		assert_int_equal(place_choose(cases[i].run, &image, cases[i].total_mib << 10,
					 cases[i].available_mib << 10, &why),
			cases[i].place);
		assert_int_equal(why != NULL, cases[i].explained);
	}
}

static void probes(void **state)
{
	GNX_CLEAN(gnx_free)
	uint8_t *disk = gnx_alloc(FSPROBE_BYTES);
	struct fsprobe probe = fsprobe(disk, FSPROBE_BYTES);

	(void)state;
	assert_null(probe.fstype);
	assert_string_equal(probe.label, "");
	memcpy(disk + 510, "\x55\xaa", 2);
	assert_string_equal(fsprobe(disk, 512).words, "MBR partition table");
	assert_null(fsprobe(disk, 511).fstype);
	memcpy(disk + 0x438, "\x53\xef", 2);
	memcpy(disk + 0x478, "root", 4);
	probe = fsprobe(disk, FSPROBE_BYTES);
	assert_string_equal(probe.fstype, "ext4");
	assert_string_equal(probe.options, "noload");
	assert_string_equal(probe.label, "root");
	/* A hybrid image: the ISO counts. */
	memcpy(disk + 0x8001, "CD001", 5);
	memcpy(disk + 0x8028, "GRIDNIX_DEMO\x1b\xff                  ", 32);
	probe = fsprobe(disk, FSPROBE_BYTES);
	assert_string_equal(probe.fstype, "iso9660");
	assert_string_equal(probe.label, "GRIDNIX_DEMO");
	/* Cut off before its label's end, it is not taken for one. */
	assert_string_equal(fsprobe(disk, 0x8047).fstype, "ext4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram_or_medium),
		cmocka_unit_test(probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
