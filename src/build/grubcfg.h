/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boot menu: GRUB's configuration for the medium and for network boot, and the iPXE script,
 * made from a list of entries. Pure text; for the builder.
 *
 * The menu shows on the screen (VGA or UEFI) and on the first serial line at once, and works
 * without a serial port. An entry that knows how much memory it needs tells the user when the
 * machine has less (by SMBIOS, where the answer is certain) and lets him go on all the same.
 */
#ifndef GNX_BUILD_GRUBCFG_H
#define GNX_BUILD_GRUBCFG_H

#include "base/err.h"
#include "base/str.h"

/* How an entry is loaded. */
enum grubcfg_kind {
	GRUBCFG_XEN,	 /* hypervisor, dom0's kernel, dom0's initrd */
	GRUBCFG_LINUX,	 /* a Linux kernel on the bare machine */
	GRUBCFG_BARE,	 /* dom0's kernel, in the form for Xen, on the bare machine (boot/bare) */
	GRUBCFG_MEMTEST, /* memtest86+, by BIOS or UEFI */
	GRUBCFG_FLOPPY,	 /* a floppy image, by memdisk; BIOS only */
	GRUBCFG_ISO,	 /* an ISO image: its own GRUB menu, else memdisk (BIOS only) */
};

/* All strings are borrowed; NULL stands for none. Paths are absolute paths on the medium. */
struct grubcfg_entry {
	enum grubcfg_kind kind;
	const char *title;
	const char *kernel;	 /* XEN, LINUX, BARE: the kernel; FLOPPY, ISO: the image */
	const char *initrd;	 /* XEN, LINUX, BARE */
	const char *xen_args;	 /* XEN: words for the hypervisor */
	const char *kernel_args; /* all but FLOPPY, ISO: words for the kernel */
	unsigned int need_mib;	 /* smallest machine with a BIOS; 0: not checked */
};

struct grubcfg {
	const struct grubcfg_entry *entries;
	size_t len;
	size_t chosen;	      /* index of the entry that starts by itself */
	unsigned int timeout; /* seconds; 0: at once */
};

/* Paths on the medium that the menu relies on. */
#define GRUBCFG_XEN_PATH     "/boot/xen.xz"	/* GRUB unpacks it */
#define GRUBCFG_KERNEL_PATH  "/boot/vmlinux.xz" /* for Xen and BARE: see xenkernel.h */
#define GRUBCFG_INITRD_PATH  "/boot/initrd.img"
#define GRUBCFG_GUEST_KERNEL "/gridnix/guests/vmlinuz"
#define GRUBCFG_BARE_PATH    "/boot/bare"
#define GRUBCFG_MEMDISK_PATH "/boot/memdisk"
#define GRUBCFG_MEMTEST_PC   "/boot/memtest/memtest86+x64.bin.gz"
#define GRUBCFG_MEMTEST_EFI  "/boot/memtest/memtest86+x64.efi.gz"

/* The standard entry of that name (demo, testing, rescue, rescue-guest, memtest); false when there
 * is none of that name. What the image decides is for the caller to add: need_mib, dom0_mem, and
 * the initrd and the words of those whose name begins with rescue. */
bool grubcfg_standard(const char *name, struct grubcfg_entry *out);

/* Checks what the text could not carry: -GNX_E_BAD_VALUE with words for an entry without title
 * or kernel, a path that is not absolute or holds characters outside A-Z a-z 0-9 . _ + - /, a
 * line break or other control character in a title or argument, no entries, or chosen past the
 * end. */
int grubcfg_check(const struct grubcfg *m, struct gnx_err *err);

/* Appends the medium's menu. m was checked. */
void grubcfg_medium(const struct grubcfg *m, struct gnx_buf *out);

/* The names of the files of the netboot set, which lie in one directory. */
#define GRUBCFG_NET_XEN	   "xen" /* not gzipped: iPXE cannot unpack it */
#define GRUBCFG_NET_KERNEL "vmlinuz"
#define GRUBCFG_NET_INITRD "initrd.img"

/* Appends GRUB's menu for network boot: the entries of kind XEN. */
void grubcfg_netboot(const struct grubcfg *m, struct gnx_buf *out);

/* Appends the iPXE script: the chosen entry, or the first of kind XEN when that is of another
 * kind; nothing when there is none. */
void grubcfg_ipxe(const struct grubcfg *m, struct gnx_buf *out);

#endif
