/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures of simulated domains, as lines say them: see sim.h. For this room alone. */
#ifndef GNX_SIM_FIGURES_H
#define GNX_SIM_FIGURES_H

#include "base/str.h"
#include "model/stats.h"

/* Takes in the words of a line: "figure", "vif", "vbd" or "says". -EINVAL for what is none. */
int sim_figures_take(const struct gnx_strv *w, struct stats *s);

/* A simulated host's own, of which nothing changes but the time. */
void sim_figures_host(struct stats_host *out);

#endif
