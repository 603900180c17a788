/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Figures of guests' disks and network interfaces, as the back ends in dom0's kernel count them:
 * from sysfs. What a back end elsewhere serves is not there. For the monitor.
 */
#ifndef GNX_XEN_DEVICES_H
#define GNX_XEN_DEVICES_H

#include "model/stats.h"

/* Where the kernel shows them. */
#define DEVICES_PATH "/sys/bus/xen-backend/devices"

#define DEVICES_MAX 200000 /* more are left out */

/* One device. */
struct device {
	int domid;	 /* of the guest */
	bool vif;	 /* a network interface; else a disk */
	uint32_t number; /* of the device, as Xen has it */
};

/* Those that there are. All zero is an empty list. */
struct devices {
	struct device *items; /* by domid, disks first, and number */
	size_t len;	      /* of items */
};

/* Lists them, in place of what was there; none when the directory cannot be read. */
void devices_list(struct devices *d, const char *path);
/* Empties the list. */
void devices_done(struct devices *d);

/* Adds a domain's devices with their figures. */
void devices_stats(const struct devices *d, const char *path, int domid, struct stats *out);

#endif
