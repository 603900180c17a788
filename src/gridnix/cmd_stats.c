/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix stats: what guests have used until now. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/figures.h"
#include "gridnix/out.h"

#include <inttypes.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
	const struct gnx_figures *one = *(const struct gnx_figures *const *)a;
	const struct gnx_figures *two = *(const struct gnx_figures *const *)b;
	int r = strcmp(gnx_figures_text(one, "name"), gnx_figures_text(two, "name"));

	return r ? r : strcmp(gnx_figures_text(one, "uuid"), gnx_figures_text(two, "uuid"));
}

static void add_guest(struct gnx_strv *cells, const struct gnx_figures *g)
{
	gnx_strv_add(cells, gnx_figures_text(g, "name"));
	gnx_strv_add(cells, gnx_figures_text(g, "state"));
	cell_cpu(cells, figure(g, "cpu_ns"));
	cell_bytes(cells, figure(g, "memory_kib") * 1024);
	cell_bytes(cells, figure_sum(g, "vifs", "rx_bytes"));
	cell_bytes(cells, figure_sum(g, "vifs", "tx_bytes"));
	gnx_strv_fmt(cells, "%" PRIu64,
		figure_sum(g, "vifs", "rx_drops") + figure_sum(g, "vifs", "tx_drops"));
	cell_bytes(cells, figure_sum(g, "vbds", "read_bytes"));
	cell_bytes(cells, figure_sum(g, "vbds", "write_bytes"));
	cell_up(cells, g);
	gnx_strv_fmt(cells, "%" PRIu64, figure(g, "reboots"));
	gnx_strv_fmt(cells, "%" PRIu64, figure(g, "crashes"));
}

static void print_table(const struct gnx_stats *stats)
{
	static const struct out_column columns[] = {{"NAME", false}, {"STATE", false},
		{"CPU", true}, {"MEMORY", true}, {"RX", true}, {"TX", true}, {"DROPS", true},
		{"READ", true}, {"WRITTEN", true}, {"UP", true}, {"REBOOTS", true},
		{"CRASHES", true}};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};
	size_t n = gnx_stats_count(stats);
	GNX_CLEAN(gnx_free)
	const struct gnx_figures **sorted = gnx_alloc((n + 1) * sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = gnx_stats_at(stats, i);
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n; i++)
		add_guest(&cells, sorted[i]);
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
}

enum cmd_status cmd_stats(struct gnx_conn *conn, const struct cmd_args *a)
{
	GNX_CLEAN(stats_done)
	struct gnx_stats *stats = NULL;
	const char *guest = a->operands_len ? a->operands[0] : NULL;
	int r = guest ? gnx_guest_stats(conn, guest, &stats) : gnx_host_stats(conn, &stats);

	if (r < 0)
		return guest ? cmd_fail_at(conn, r, guest) : cmd_fail(conn, r);
	if (a->json)
		puts(gnx_stats_json(stats));
	else
		print_table(stats);
	return CMD_OK;
}
