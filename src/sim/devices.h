/* SPDX-License-Identifier: BSD-3-Clause */
/* Back ends of simulated domains' devices, as lines say them: see sim.h. For this room alone. */
#ifndef GNX_SIM_DEVICES_H
#define GNX_SIM_DEVICES_H

#include "base/str.h"
#include "model/device.h"

/* One of them. */
struct sim_device {
	struct device_look look;
	bool changed; /* and not told since */
};

/* All of them; all zero is none. */
struct sim_devices {
	struct sim_device *items; /* in no order */
	size_t len;		  /* of items */
};

void sim_devices_done(struct sim_devices *d);
/* Takes in the words of a line. -EINVAL for what is none. */
int sim_devices_take(struct sim_devices *d, const struct gnx_strv *w);
/* Tells all, or those that have changed, as the operation of struct host_ops does. */
void sim_devices_tell(struct sim_devices *d, bool all,
	bool (*tell)(void *arg, const struct device_look *l), void *arg);

#endif
