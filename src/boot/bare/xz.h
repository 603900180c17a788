/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unpacks an .xz file from memory to memory: one block, filters x86 and LZMA2, check CRC32 or
 * none, which is what Xen takes as well. Needs no library, so that it runs without a system.
 */
#ifndef GNX_BOOT_BARE_XZ_H
#define GNX_BOOT_BARE_XZ_H

#include <stddef.h>
#include <stdint.h>

/* out has room for exactly out_len bytes, the unpacked size. in may be followed by other bytes.
 * 0, or -1 when the input is damaged, of another size, or uses anything else. */
int xz_unpack(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len);

#endif
