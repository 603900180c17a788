/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The media: a hybrid ISO that boots by BIOS and UEFI, from CD and from a stick, and the set of
 * files that boots over the network. For the builder.
 *
 * The tools (grub-mkimage, mtools, xorriso, gzip) come from the build chroot. Equal plans give
 * equal bytes: every time stamp is the plan's epoch and every serial number is made from it.
 */
#ifndef GNX_BUILD_MEDIA_H
#define GNX_BUILD_MEDIA_H

#include "build/grubcfg.h"

struct media_file {
	const char *to;	  /* absolute path on the medium */
	const char *from; /* path on the build host */
};

/* All pointers are borrowed. */
struct media_plan {
	const char *work;  /* a directory on the build host for results and what leads to them */
	int64_t epoch;	   /* SOURCE_DATE_EPOCH, 0 or later */
	const char *label; /* of the volume: A-Z 0-9 _, at most 32 */
	const struct media_file *files; /* all but the boot loader's own */
	size_t files_len;
	const struct grubcfg *menu;
	/* The netboot set, whose initrd is larger, has its own words for memory. */
	const struct grubcfg *net_menu;
	const char *net_identity; /* on the build host, its /gridnix/image */
	uint32_t net_need_mib;	  /* its smallest machine, for /gridnix/need */
	/* Runs a tool with work as /build and as its directory, and SOURCE_DATE_EPOCH in the
	 * environment; 0 when it exited with 0. */
	int (*run)(void *ctx, char *const argv[], struct gnx_err *err);
	void *ctx;
};

/* What is made below work. */
#define MEDIA_TREE    "tree"
#define MEDIA_LOADER  "BOOTX64.EFI" /* alone in the ESP */
#define MEDIA_ESP     "esp.img"	    /* the EFI system partition, which is no file of the tree */
#define MEDIA_ISO     "image.iso"
#define MEDIA_NETBOOT "netboot"

/* The boot catalog, which xorriso makes: it is not in the tree. */
#define MEDIA_CATALOG	   "/boot/grub/boot.cat"
#define MEDIA_CATALOG_SIZE 2048 /* bytes */

/* Makes WORK/tree, all files of the ISO but the catalog and SHA256SUMS, and WORK/BOOTX64.EFI.
 * -GNX_E_BAD_VALUE for a bad label, menu or path, -GNX_E_MISSING when the menu names a file that
 * the plan lacks. */
int media_tree(const struct media_plan *p, struct gnx_err *err);

/* Makes WORK/image.iso of WORK/tree, to which it adds the checksums. */
int media_iso(const struct media_plan *p, struct gnx_err *err);

/* Makes WORK/netboot/: xen, vmlinuz, initrd.img with all of /gridnix inside (/gridnix/image is
 * its last entry, and /gridnix/need stands before everything large), boot.ipxe, grub.cfg, and the
 * GRUB loaders grub.0 (BIOS) and grubx64.efi. */
int media_netboot(const struct media_plan *p, struct gnx_err *err);

#endif
