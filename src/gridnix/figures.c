/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures for people: see figures.h. */
#include "gridnix/figures.h"

#include <inttypes.h>

uint64_t figure(const struct gnx_figures *f, const char *name)
{
	uint64_t value = 0;

	gnx_figures_number(f, name, &value);
	return value;
}

uint64_t figure_sum(const struct gnx_figures *guest, const char *devices, const char *name)
{
	const struct gnx_figures *device;
	uint64_t sum = 0;

	for (size_t i = 0; (device = gnx_figures_part(guest, devices, i)); i++)
		sum += figure(device, name);
	return sum;
}

void cell_bytes(struct gnx_strv *cells, uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	uint64_t unit = 1;
	size_t i = 0;

	for (; bytes / unit >= 1000 && i < sizeof(units) - 2; i++)
		unit *= 1024;
	if (i && bytes / unit < 10)
		gnx_strv_fmt(cells, "%" PRIu64 ".%" PRIu64 "%c", bytes / unit,
			bytes % unit * 10 / unit, units[i]);
	else
		gnx_strv_fmt(cells, "%" PRIu64 "%c", bytes / unit, units[i]);
}

void cell_cpu(struct gnx_strv *cells, uint64_t ns)
{
	uint64_t tenths = ns / 100000000;

	gnx_strv_fmt(cells, "%" PRIu64 ".%" PRIu64 "s", tenths / 10, tenths % 10);
}

void cell_time(struct gnx_strv *cells, uint64_t s)
{
	if (s >= 86400)
		gnx_strv_fmt(cells, "%" PRIu64 "d%02uh", s / 86400, (unsigned)(s / 3600 % 24));
	else if (s >= 3600)
		gnx_strv_fmt(cells, "%uh%02um", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
	else
		gnx_strv_fmt(cells, "%um%02us", (unsigned)(s / 60), (unsigned)(s % 60));
}

void cell_up(struct gnx_strv *cells, const struct gnx_figures *f)
{
	uint64_t ms;

	if (gnx_figures_number(f, "up_ms", &ms) < 0)
		gnx_strv_add(cells, "-");
	else
		cell_time(cells, ms / 1000);
}

void stats_done(struct gnx_stats **stats)
{
	gnx_stats_free(*stats);
}
