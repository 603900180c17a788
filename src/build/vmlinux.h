/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Linux kernel images: the compressed ELF file inside a bzImage, where an ELF file's segments
 * lie, and a tighter form of it for Xen. Pure; for the builder.
 *
 * Xen starts dom0 from an ELF file, plain or compressed, as well as from a bzImage. As an ELF file
 * of its own, compressed with xz, Debian's kernel is a fifth smaller; and packed as below it needs
 * half the memory to start.
 */
#ifndef GNX_BUILD_VMLINUX_H
#define GNX_BUILD_VMLINUX_H

#include "base/err.h"
#include "base/str.h"
#include "build/budget.h"

/* The payload of a bzImage. */
struct vmlinux_payload {
	const void *data; /* borrowed from the image */
	size_t len;
	uint32_t unpacked; /* its size, unpacked */
	const char *tool;  /* the program that unpacks it with -dc: gzip, xz or zstd */
};

/* -GNX_E_BAD_VALUE when image is no bzImage or its compression is unknown. file is its name, for
 * messages. */
int vmlinux_payload(const char *file, const void *image, size_t len, struct vmlinux_payload *out,
	struct gnx_err *err);

/* Where the segments of an x86-64 kernel's ELF file lie; fills start, end and scratch, and file
 * with len. -GNX_E_BAD_VALUE when it is not one. */
int vmlinux_measure(const char *file, const void *elf, size_t len, struct budget_kernel *out,
	struct gnx_err *err);

/* Overwrites with zeros the sections of these names, so that they cost nothing once compressed;
 * names that the file does not have do no harm. The file keeps its shape. */
int vmlinux_blank(
	const char *file, void *elf, size_t len, const struct gnx_strv *names, struct gnx_err *err);

/* Appends the same kernel as a smaller ELF file: segments without the gaps between them and the
 * zeros at their ends, no section headers, and without .init.scratch, work space for encrypting
 * the kernel in place, which no Xen domain does. Code and data are Debian's, bit for bit. What
 * this is for: without .init.scratch Debian's 6.12 ends below 64 MiB, so that Xen wants a block
 * of 64 MiB for dom0 instead of one of 128. */
int vmlinux_pack(
	const char *file, const void *elf, size_t len, struct gnx_buf *out, struct gnx_err *err);

#endif
