/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The block devices there are, what they hold, and what the search for the medium made of them.
 */
#ifndef GNX_STAGE1_DEVICES_H
#define GNX_STAGE1_DEVICES_H

#include "boot/stage1/fsprobe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device {
	char *name; /* as in /sys/class/block */
	char *key;  /* changes when another disk sits in the same drive */
	char model[64];
	uint64_t bytes;
	bool is_partition;
	int read_error; /* errno of the last try to read it; 0: probe holds */
	struct fsprobe probe;
	char *verdict; /* why it is not the medium; NULL: not tried yet */
};

/* Whole disks before partitions, each in the order of their names. */
struct devices {
	struct device *items;
	size_t len;
};

/* Looks again: adds what is new and reads its first bytes, drops what is gone, keeps the rest.
 * RAM disks, loop devices and floppies are passed over. */
void devices_refresh(struct devices *devices);
void devices_done(struct devices *devices);

/* The table of them on all consoles. */
void devices_report(const struct devices *devices);

#endif
