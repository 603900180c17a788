/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures for people: sums over devices, sizes and times as short words. For src/gridnix. */
#ifndef GNX_GRIDNIX_FIGURES_H
#define GNX_GRIDNIX_FIGURES_H

#include "base/str.h"

#include <gridnix/gridnix.h>

/* A figure, 0 if it is not known. */
uint64_t figure(const struct gnx_figures *f, const char *name);
/* The sum of a figure over a guest's devices, "vifs" or "vbds". */
uint64_t figure_sum(const struct gnx_figures *guest, const char *devices, const char *name);

/* Each adds one cell. Bytes become 999B, 1.5K, 12M, 3.4G and so on. */
void cell_bytes(struct gnx_strv *cells, uint64_t bytes);
/* Seconds with a tenth: "12.3s". */
void cell_cpu(struct gnx_strv *cells, uint64_t ns);
/* A time: "5d02h", "3h05m", "7m12s". */
void cell_time(struct gnx_strv *cells, uint64_t s);
/* The time that something has been up; "-" when it is not known. */
void cell_up(struct gnx_strv *cells, const struct gnx_figures *f);

/* For GNX_CLEAN. */
void stats_done(struct gnx_stats **stats);

#endif
