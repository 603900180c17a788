/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernel modules in the initrd: inserts those that /modules/list names (its form: modlist.h),
 * for every boot and for the devices that are there or show up later. Most are in a squashfs
 * file, which the root has as one of its layers.
 */
#ifndef GNX_STAGE1_MODULES_H
#define GNX_STAGE1_MODULES_H

#include "base/err.h"
#include "base/str.h"
#include "boot/stage1/modlist.h"

struct modules {
	struct modlist list;
	const char *cmdline;  /* borrowed: module parameters */
	struct gnx_strv done; /* modules that were tried */
	struct gnx_strv seen; /* modaliases that were looked up */
	bool is_mounted;      /* the layer of modules; or that was tried, and in vain */
	int uevents;	      /* netlink socket; -1 when the kernel refused one */
};

/* Reads the list and listens to the kernel's device events. */
int modules_open(struct modules *m, const char *cmdline, struct gnx_err *err);

/* Inserts the "load" modules. A module that can't be inserted is named on the consoles; what it
 * was needed for fails later, with its own words. */
void modules_load_listed(struct modules *m);

/* Inserts these, separated by spaces, of which some may not be there. */
void modules_load(struct modules *m, const char *names);

/* Inserts what the devices below /sys/bus ask for, until no new device asks. */
void modules_load_for_devices(struct modules *m);

/* Sleeps until devices came or went, or timeout_ms passed. */
void modules_wait(struct modules *m, int timeout_ms);

#endif
