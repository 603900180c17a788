/* SPDX-License-Identifier: BSD-3-Clause */
/* What a block device holds: see fsprobe.h. */
#include "boot/stage1/fsprobe.h"

#include "base/clean.h"
#include "base/str.h"

#include <string.h>

/* Debian's code page and character set for it are modules, which the driver asks for by name. */
#define VFAT "nls_cp437 nls_ascii vfat"

/* The first that fits counts: a hybrid image also has partition tables. */
static const struct kind {
	const char *words, *fstype, *options, *modules;
	const char *magic;
	uint32_t magic_len, magic_at;
	uint32_t label_len, label_at;
} kinds[] = {
	{"iso9660", "iso9660", NULL, "isofs", "CD001", 5, 0x8001, 32, 0x8028},
	{"vfat", "vfat", NULL, VFAT, "FAT", 3, 0x36, 11, 0x2b},
	{"vfat", "vfat", NULL, VFAT, "FAT32", 5, 0x52, 11, 0x47},
	/* Read-only is not enough: without noload the journal would be replayed. */
	{"ext2/3/4", "ext4", "noload", "crc32c_generic ext4", "\x53\xef", 2, 0x438, 16, 0x478},
	{"exfat", NULL, NULL, NULL, "EXFAT   ", 8, 3, 0, 0},
	{"NTFS", NULL, NULL, NULL, "NTFS    ", 8, 3, 0, 0},
	{"XFS", NULL, NULL, NULL, "XFSB", 4, 0, 12, 108},
	{"btrfs", NULL, NULL, NULL, "_BHRfS_M", 8, 0x10040, 0, 0},
	{"squashfs", NULL, NULL, NULL, "hsqs", 4, 0, 0, 0},
	{"swap", NULL, NULL, NULL, "SWAPSPACE2", 10, 4086, 0, 0},
	{"LUKS", NULL, NULL, NULL, "LUKS\xba\xbe", 6, 0, 0, 0},
	{"LVM", NULL, NULL, NULL, "LVM2 001", 8, 536, 0, 0},
	{"Linux RAID", NULL, NULL, NULL, "\xfc\x4e\x2b\xa9", 4, 4096, 0, 0},
	{"GPT partition table", NULL, NULL, NULL, "EFI PART", 8, 512, 0, 0},
	{"MBR partition table", NULL, NULL, NULL, "\x55\xaa", 2, 510, 0, 0},
};

static void take_label(char out[33], const uint8_t *from, size_t len)
{
	char text[33] = "";

	for (size_t i = 0; i < len && from[i]; i++)
		text[i] = (char)(from[i] > ' ' && from[i] < 0x7f ? from[i] : ' ');
	strcpy(out, gnx_trim(text));
}

struct fsprobe fsprobe(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < GNX_LEN(kinds); i++) {
		const struct kind *k = &kinds[i];
		struct fsprobe found = {.words = k->words,
			.fstype = k->fstype,
			.options = k->options,
			.modules = k->modules};

		if (k->magic_at + k->magic_len > len || k->label_at + k->label_len > len ||
			memcmp(data + k->magic_at, k->magic, k->magic_len) != 0)
			continue;
		take_label(found.label, data + k->label_at, k->label_len);
		return found;
	}
	return (struct fsprobe){.words = "nothing that is known"};
}
