/* SPDX-License-Identifier: BSD-3-Clause */
/* The check of kernel configurations: see kconfig.h. */
#include "build/kconfig.h"
#include "base/clean.h"
#include "base/str.h"

#include <string.h>

struct option {
	const char *name;
	bool builtin; /* a module will not do */
	const char *what_for;
};

static const struct option dom0[] = {
	{"XEN_PV", true, "Xen"},
	{"XEN_DOM0", true, "Xen's privileged domain"},
	{"HVC_XEN", true, "Xen's console"},
	{"XEN_PRIVCMD", false, "Xen's tools"},
	{"XENFS", false, "Xen's tools"},
	{"XEN_DEV_EVTCHN", false, "Xen's tools"},
	{"XEN_GNTDEV", false, "Xen's tools"},
	{"XEN_GRANT_DEV_ALLOC", false, "Xen's tools"},
	{"XEN_BLKDEV_BACKEND", false, "guests' disks"},
	{"XEN_NETDEV_BACKEND", false, "guests' network"},
	{"BRIDGE", false, "guests' network"},
	{"NF_TABLES", false, "guests' network"},
	{"BLK_DEV_INITRD", true, "the initrd"},
	{"DEVTMPFS", true, "device nodes"},
	{"TMPFS", true, "the writable part of the root"},
	{"OVERLAY_FS", false, "the writable part of the root"},
	{"SQUASHFS", false, "the root's layers"},
	{"BLK_DEV_LOOP", false, "the root's layers"},
	{"ISO9660_FS", false, "the medium"},
};

static const struct option guest[] = {
	{"XEN_PV", true, "PV guests"},
	{"XEN_PVH", true, "PVH guests"},
	{"PVH", true, "PVH guests"},
	{"HVC_XEN", true, "the console"},
	{"XEN_BLKDEV_FRONTEND", true, "disks"},
	{"XEN_NETDEV_FRONTEND", true, "the network"},
	{"BLK_DEV_INITRD", true, "the initrd"},
	{"TMPFS", true, "the root"},
	{"DEVTMPFS", true, "device nodes"},
	{"INET", true, "the network"},
};

static const struct option bare[] = {
	{"BLK_DEV_INITRD", true, "the initrd"},
	{"DEVTMPFS", true, "device nodes"},
	{"SERIAL_8250_CONSOLE", true, "the serial line"},
	{"VT_CONSOLE", true, "the screen"},
	{"VGA_CONSOLE", true, "the screen by BIOS"},
	{"EFI_STUB", true, "starting by UEFI"},
	{"FRAMEBUFFER_CONSOLE", true, "the screen by UEFI"},
};

static const struct {
	const struct option *options;
	size_t len;
} roles[] = {
	[KCONFIG_DOM0] = {dom0, GNX_LEN(dom0)},
	[KCONFIG_GUEST] = {guest, GNX_LEN(guest)},
	[KCONFIG_BARE] = {bare, GNX_LEN(bare)},
};

static const struct {
	const char *name, *initrd, *squashfs;
} compressors[] = {
	{"gzip", "RD_GZIP", "SQUASHFS_ZLIB"},
	{"xz", "RD_XZ", "SQUASHFS_XZ"},
	{"zstd", "RD_ZSTD", "SQUASHFS_ZSTD"},
	{"lz4", "RD_LZ4", "SQUASHFS_LZ4"},
};

/* 'y', 'm', or 'n' when the option is off or unknown. */
static char value_of(const char *text, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *want = gnx_fmt("CONFIG_%s=", name);
	size_t len = strlen(want);

	for (const char *line = text; *line; line += *line == '\n') {
		if (!strncmp(line, want, len))
			return line[len] == 'y' || line[len] == 'm' ? line[len] : 'n';
		line += strcspn(line, "\n");
	}
	return 'n';
}

/* Adds to missing what the text lacks of an option. */
static void look(const char *text, const struct option *o, struct gnx_buf *missing)
{
	char value = value_of(text, o->name);

	if (value == 'y' || (value == 'm' && !o->builtin))
		return;
	gnx_buf_fmt(missing, "%sCONFIG_%s=%s (%s)", missing->len ? ", " : "", o->name,
		o->builtin ? "y" : "y or m", o->what_for);
}

static int look_compressor(const char *text, const char *name, bool squashfs,
	struct gnx_buf *missing, struct gnx_err *err)
{
	for (size_t i = 0; name && i < GNX_LEN(compressors); i++) {
		struct option o = {squashfs ? compressors[i].squashfs : compressors[i].initrd, true,
			squashfs ? "the root's layers" : "the initrd"};

		if (strcmp(compressors[i].name, name))
			continue;
		look(text, &o, missing);
		return 0;
	}
	return name ? gnx_fail(err, -GNX_E_BAD_VALUE, "\"%s\": unknown compressor", name) : 0;
}

int kconfig_check(const char *file, const char *text, enum kconfig_role role, const char *initrd,
	const char *layers, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf missing = {0};
	int r;

	if (value_of(text, "64BIT") != 'y')
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s: not the configuration of a 64-bit kernel", file);
	for (size_t i = 0; i < roles[role].len; i++)
		look(text, &roles[role].options[i], &missing);
	r = look_compressor(text, initrd, false, &missing, err);
	if (!r)
		r = look_compressor(text, layers, true, &missing, err);
	if (!r && missing.len)
		r = gnx_fail(err, -GNX_E_MISSING, "%s: the kernel lacks %s", file, missing.data);
	return r;
}
