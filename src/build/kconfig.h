/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks a kernel's configuration, as Debian ships it in /boot/config-VERSION, for what its place
 * in an image asks of it. Pure; for the builder.
 */
#ifndef GNX_BUILD_KCONFIG_H
#define GNX_BUILD_KCONFIG_H

#include "base/err.h"

enum kconfig_role {
	KCONFIG_DOM0,  /* Xen's privileged domain, with back ends, booted from our layers */
	KCONFIG_GUEST, /* a Xen guest, PV and PVH, that needs no modules to start */
	KCONFIG_BARE,  /* a PC's shell on screen and serial line */
};

/* text is the whole file, file its name for messages. initrd and layers name the compressors of
 * the initrd and of squashfs layers (gzip, xz, zstd, lz4); NULL: not needed. 0, or
 * -GNX_E_MISSING with the options that lack and what for, or -GNX_E_BAD_VALUE for an unknown
 * compressor or a text that is no kernel configuration. */
int kconfig_check(const char *file, const char *text, enum kconfig_role role, const char *initrd,
	const char *layers, struct gnx_err *err);

#endif
