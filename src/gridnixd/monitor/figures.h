/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures, which are taken when the front asks for them and kept nowhere. Internal to
 * gridnixd/monitor. */
#ifndef GNX_MONITOR_FIGURES_H
#define GNX_MONITOR_FIGURES_H

#include "gridnixd/msg.h"

struct monitor;

/* Tells the figures of a guest, by its name or UUID, or those of a page's for "". -ENOENT: nobody
 * has that name; -EINVAL: several have it. */
int figures_tell(struct monitor *m, const char *guest, const struct msg_page *page,
	void (*tell)(void *arg, const struct msg_stats *s), void *arg, struct gnx_err *err);

/* The host's. */
void figures_host(struct monitor *m, struct stats_host *out);

#endif
