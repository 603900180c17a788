/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boot menu of the image that is being built: what the manifest lists, with the words and the
 * memory that this image needs. How it becomes text: grubcfg.h. Internal to src/build.
 */
#ifndef GNX_BUILD_MENU_H
#define GNX_BUILD_MENU_H

#include "build/build.h"
#include "build/grubcfg.h"

/* What the initramfs step computed. The words are parts of text. */
struct menu_memory {
	struct gnx_buf text;
	uint32_t machine_mib, bare_mib, net_mib;
	const char *dom0_mem, *net_dom0_mem;
};

int menu_read_memory(const struct build *b, struct menu_memory *out, struct gnx_err *err);

/* The menu, and the texts that it borrows. */
struct menu {
	struct grubcfg cfg;
	struct grubcfg_entry *entries;
	struct gnx_strv texts;
};

/* netboot: with the memory that the netboot set needs. mem is borrowed by m. */
int menu_make(const struct build *b, const struct menu_memory *mem, bool netboot, struct menu *m,
	struct gnx_err *err);
void menu_done(struct menu *m);

#endif
