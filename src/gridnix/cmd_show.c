/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix show: all that is known of one guest. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/figures.h"
#include "gridnix/out.h"

#include <errno.h>
#include <inttypes.h>

static void print_text(const char *title, const char *value)
{
	GNX_CLEAN(gnx_free)
	char *text = out_text(value);

	if (*value)
		printf("%-12s  %s\n", title, text);
}

/* Cells on one line, behind a title; they are taken away. */
static void print_cells(const char *title, struct gnx_strv *cells)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};

	gnx_buf_str(&line, "");
	for (size_t i = 0; i < cells->len; i++)
		gnx_buf_fmt(&line, "%s%s", i ? " " : "", cells->items[i]);
	print_text(title, line.data);
	gnx_strv_done(cells);
}

static void add_memory(struct gnx_strv *cells, const struct gnx_figures *g)
{
	cell_bytes(cells, figure(g, "memory_kib") * 1024);
	if (figure(g, "memory_max_kib")) {
		gnx_strv_add(cells, "of at most");
		cell_bytes(cells, figure(g, "memory_max_kib") * 1024);
	}
}

/* "12 of 1000"; nothing of what is not known. */
static void add_quota(struct gnx_strv *cells, const struct gnx_figures *g, const char *used,
	const char *max, const char *what)
{
	uint64_t n;

	if (gnx_figures_number(g, used, &n) < 0)
		return;
	gnx_strv_fmt(cells, "%s%" PRIu64 " %s", cells->len ? "and " : "", n, what);
	if (gnx_figures_number(g, max, &n) == 0)
		gnx_strv_fmt(cells, "of %" PRIu64, n);
}

/* Of its domain. */
static void print_domain(const struct gnx_figures *g, uint64_t domid)
{
	struct gnx_strv cells = {0};

	printf("%-12s  %" PRIu64 ", incarnation %" PRIu64 "\n", "domain", domid,
		figure(g, "incarnation"));
	add_memory(&cells, g);
	print_cells("memory", &cells);
	gnx_strv_fmt(&cells, "%" PRIu64, figure(g, "vcpus"));
	if (figure(g, "vcpus_max"))
		gnx_strv_fmt(&cells, "of at most %" PRIu64, figure(g, "vcpus_max"));
	print_cells("processors", &cells);
	cell_cpu(&cells, figure(g, "cpu_ns"));
	print_cells("cpu time", &cells);
	cell_up(&cells, g);
	print_cells("up", &cells);
	add_quota(&cells, g, "xenstore_nodes", "xenstore_nodes_max", "nodes");
	add_quota(&cells, g, "xenstore_watches", "xenstore_watches_max", "watches");
	print_cells("xenstore", &cells);
}

static void print_vif(const struct gnx_figures *vif)
{
	const struct gnx_figures *says = gnx_figures_part(vif, "reported", 0);
	GNX_CLEAN(gnx_free)
	char *title = gnx_fmt("vif %" PRIu64, figure(vif, "number"));
	struct gnx_strv cells = {0};

	if (*gnx_figures_text(vif, "name"))
		gnx_strv_fmt(&cells, "%s:", gnx_figures_text(vif, "name"));
	cell_bytes(&cells, figure(vif, "rx_bytes"));
	gnx_strv_fmt(&cells, "received, %" PRIu64 " packets dropped;", figure(vif, "rx_drops"));
	cell_bytes(&cells, figure(vif, "tx_bytes"));
	gnx_strv_fmt(&cells, "sent, %" PRIu64 " dropped", figure(vif, "tx_drops"));
	print_cells(title, &cells);
	print_text("  it says", gnx_figures_text(says, "ipv4"));
	print_text("  it says", gnx_figures_text(says, "ipv6"));
}

static void print_vbd(const struct gnx_figures *vbd)
{
	GNX_CLEAN(gnx_free)
	char *title = gnx_fmt("disk %s", gnx_figures_text(vbd, "name"));
	struct gnx_strv cells = {0};

	cell_bytes(&cells, figure(vbd, "read_bytes"));
	gnx_strv_fmt(&cells, "read by %" PRIu64 " requests;", figure(vbd, "reads"));
	cell_bytes(&cells, figure(vbd, "write_bytes"));
	gnx_strv_fmt(&cells, "written by %" PRIu64 ", %" PRIu64 " flushes", figure(vbd, "writes"),
		figure(vbd, "flushes"));
	print_cells(title, &cells);
}

/* What the guest says of itself. */
static void print_reported(const struct gnx_figures *says)
{
	struct gnx_strv cells = {0};
	uint64_t free_kib, total_kib;

	if (!says)
		return;
	puts("\nWhat the guest says of itself:");
	print_text("system", gnx_figures_text(says, "os"));
	print_text("distribution", gnx_figures_text(says, "distro"));
	print_text("kernel", gnx_figures_text(says, "kernel"));
	if (gnx_figures_number(says, "memory_total_kib", &total_kib) == 0)
		cell_bytes(&cells, total_kib * 1024);
	if (gnx_figures_number(says, "memory_free_kib", &free_kib) == 0) {
		gnx_strv_add(&cells, "free:");
		cell_bytes(&cells, free_kib * 1024);
	}
	print_cells("memory", &cells);
}

static void leases_done(struct gnx_leases **leases)
{
	gnx_leases_free(*leases);
}

static void print_leases(const struct gnx_leases *leases)
{
	for (size_t i = 0; i < gnx_leases_count(leases); i++) {
		const struct gnx_lease *l = gnx_leases_at(leases, i);

		printf("%-12s  %s, vif %u on %s%s\n", "address", gnx_lease_address(l),
			gnx_lease_vif(l), gnx_lease_network(l),
			gnx_lease_given(l) ? ", from its ranges" : "");
	}
}

static void print_guest(
	const struct gnx_figures *g, const struct gnx_leases *leases, const char *definition)
{
	const struct gnx_figures *device;
	uint64_t domid;

	print_text("name", gnx_figures_text(g, "name"));
	print_text("uuid", gnx_figures_text(g, "uuid"));
	print_text("state", gnx_figures_text(g, "state"));
	if (gnx_figures_number(g, "domid", &domid) == 0)
		print_domain(g, domid);
	printf("%-12s  %" PRIu64 " reboots, %" PRIu64 " crashes\n", "seen", figure(g, "reboots"),
		figure(g, "crashes"));
	print_leases(leases);
	for (size_t i = 0; (device = gnx_figures_part(g, "vbds", i)); i++)
		print_vbd(device);
	for (size_t i = 0; (device = gnx_figures_part(g, "vifs", i)); i++)
		print_vif(device);
	print_reported(gnx_figures_part(g, "reported", 0));
	printf("\n%s%s",
		definition ? "Definition:\n" : "It has no definition: others started it.\n",
		definition ? definition : "");
}

/* The guest by its UUID, so that both answers are of the same one. *definition_out is NULL when it
 * has none. */
static int ask(struct gnx_conn *conn, const struct cmd_args *a, struct gnx_stats **stats_out,
	struct gnx_leases **leases_out, char **definition_out)
{
	int r = gnx_guest_stats(conn, a->operands[0], stats_out);
	const char *uuid = gnx_figures_text(gnx_stats_at(*stats_out, 0), "uuid");

	if (!r)
		r = gnx_lease_list(conn, uuid, leases_out);
	if (r < 0)
		return r;
	r = gnx_guest_definition(
		conn, uuid, a->json ? GNX_FORM_JSON : GNX_FORM_INI, definition_out);
	return r == -ENOENT ? 0 : r;
}

enum cmd_status cmd_show(struct gnx_conn *conn, const struct cmd_args *a)
{
	GNX_CLEAN(stats_done)
	struct gnx_stats *stats = NULL;
	GNX_CLEAN(leases_done)
	struct gnx_leases *leases = NULL;
	GNX_CLEAN(gnx_free)
	char *definition = NULL;
	int r = ask(conn, a, &stats, &leases, &definition);

	if (r < 0)
		return cmd_fail_at(conn, r, a->operands[0]);
	if (a->json)
		printf("{\"stats\":%s,\"addresses\":%s,\"definition\":%s}\n", gnx_stats_json(stats),
			gnx_leases_json(leases), definition ? gnx_trim(definition) : "null");
	else
		print_guest(gnx_stats_at(stats, 0), leases, definition);
	return CMD_OK;
}
