/* SPDX-License-Identifier: BSD-3-Clause */
/* A running guest of xl's becomes ours: first xl's own process for it ends, so that nobody acts
 * twice. Internal to gridnixd/monitor. */
#ifndef GNX_MONITOR_ADOPT_H
#define GNX_MONITOR_ADOPT_H

#include "base/err.h"
#include "model/guest.h"

struct run;

/* Has the process end that acts when the guest does, if it still runs at another look; that the
 * guest is to be ours is in the state before. 1: there is none, or none any more; 0: it is about to
 * end: ask again. -EBUSY: it can't be told which process it is; -GNX_E_STATE: the guest has stopped
 * meanwhile, and that process acts. */
int adopt_alone(struct run *r, const struct guest *g, struct gnx_err *err);

#endif
