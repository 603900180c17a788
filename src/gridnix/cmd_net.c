/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix net: how this host is on the network. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/figures.h"
#include "gridnix/out.h"

#include <inttypes.h>
#include <string.h>

static const char *text_of(const struct gnx_figures *f, const char *name)
{
	return out_or_dash(gnx_figures_text(f, name));
}

/* --- Interfaces */

static void add_what(struct gnx_strv *cells, const struct gnx_figures *l)
{
	const char *guest = gnx_figures_text(l, "guest"), *uuid = gnx_figures_text(l, "uuid");
	const char *kind = gnx_figures_text(l, "kind"), *on = gnx_figures_text(l, "on");
	const char *network = gnx_figures_text(l, "network");

	if (*uuid)
		gnx_strv_fmt(cells, "%s/%" PRIu64, *guest ? guest : uuid, figure(l, "vif"));
	else if (figure(l, "vlan"))
		gnx_strv_fmt(
			cells, "%s %" PRIu64 " of %s", kind, figure(l, "vlan"), out_or_dash(on));
	else if (*on)
		gnx_strv_fmt(cells, "%s of %s", kind, on);
	else if (*network && !strcmp(kind, "bridge"))
		gnx_strv_fmt(cells, "bridge of %s", network);
	else
		gnx_strv_add(cells, kind);
}

static void add_state(struct gnx_strv *cells, const struct gnx_figures *l)
{
	const char *state = gnx_figures_text(l, "state");
	uint64_t mbit = figure(l, "speed_mbit");

	if (mbit && mbit % 1000 == 0)
		gnx_strv_fmt(cells, "%s, %" PRIu64 "G", state, mbit / 1000);
	else if (mbit)
		gnx_strv_fmt(cells, "%s, %" PRIu64 "M", state, mbit);
	else
		gnx_strv_add(cells, state);
}

/* Of a bridge, what is not as it should be. */
static void add_guard(struct gnx_strv *cells, const struct gnx_figures *l)
{
	if (figure(l, "unarmed"))
		gnx_strv_fmt(cells, "%" PRIu64 " unarmed", figure(l, "unarmed"));
	else
		gnx_strv_add(cells, figure(l, "guarded") ? "guarded" : text_of(l, "guard"));
}

static void add_guests(struct gnx_strv *cells, const struct gnx_figures *l)
{
	if (figure(l, "ports"))
		gnx_strv_fmt(cells, "%" PRIu64, figure(l, "ports"));
	else
		gnx_strv_add(cells, "-");
}

static void add_link(struct gnx_strv *cells, const struct gnx_figures *l)
{
	gnx_strv_add(cells, gnx_figures_text(l, "name"));
	add_what(cells, l);
	add_state(cells, l);
	gnx_strv_add(cells, text_of(l, "master"));
	add_guard(cells, l);
	add_guests(cells, l);
	gnx_strv_fmt(cells, "%" PRIu64, figure(l, "mtu"));
	gnx_strv_add(cells, text_of(l, "mac"));
}

/* Its own addresses are of no use to others. */
static bool is_idle(const struct gnx_figures *l)
{
	return !strcmp(gnx_figures_text(l, "kind"), "loopback") &&
		!gnx_figures_part(l, "addresses", 0);
}

static void print_links(const struct gnx_stats *net, bool all)
{
	static const struct out_column columns[] = {{"NAME", false}, {"WHAT", false},
		{"STATE", false}, {"PORT OF", false}, {"GUARD", false}, {"GUESTS", true},
		{"MTU", true}, {"MAC", false}};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};

	for (size_t i = 0; i < gnx_stats_count(net); i++)
		if (all || !is_idle(gnx_stats_at(net, i)))
			add_link(&cells, gnx_stats_at(net, i));
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
}

/* --- Addresses and routes */

static void add_address(
	struct gnx_strv *cells, const struct gnx_figures *a, const struct gnx_figures *l)
{
	uint64_t s;

	gnx_strv_add(cells, gnx_figures_text(a, "address"));
	gnx_strv_add(cells, gnx_figures_text(l, "name"));
	if (gnx_figures_number(a, "valid_s", &s) == 0)
		cell_time(cells, s);
	else
		gnx_strv_add(cells, "forever");
	gnx_strv_add(cells, gnx_figures_text(a, "state"));
}

/* Each interface has one of those that are of its own wire alone. */
static void add_addresses(struct gnx_strv *cells, const struct gnx_figures *l, bool all)
{
	const struct gnx_figures *a;

	for (size_t i = 0; (a = gnx_figures_part(l, "addresses", i)); i++)
		if (all || !gnx_starts(gnx_figures_text(a, "address"), "fe80:"))
			add_address(cells, a, l);
	if (figure(l, "addresses_more")) {
		gnx_strv_fmt(cells, "and %" PRIu64 " more", figure(l, "addresses_more"));
		gnx_strv_add(cells, gnx_figures_text(l, "name"));
		gnx_strv_add(cells, "");
		gnx_strv_add(cells, "");
	}
}

static void add_routes(struct gnx_strv *cells, const struct gnx_figures *l)
{
	const struct gnx_figures *r;

	for (size_t i = 0; (r = gnx_figures_part(l, "routes", i)); i++) {
		gnx_strv_add(cells, gnx_figures_text(r, "family"));
		gnx_strv_add(cells, text_of(r, "via"));
		gnx_strv_add(cells, gnx_figures_text(l, "name"));
		gnx_strv_fmt(cells, "%" PRIu64, figure(r, "metric"));
	}
}

static void print_table(const struct out_column *columns, size_t n, const struct gnx_strv *cells)
{
	putchar('\n');
	out_table(columns, n, cells, out_columns());
}

static void print_inet(const struct gnx_stats *net, bool all)
{
	static const struct out_column addresses[] = {
		{"ADDRESS", false}, {"ON", false}, {"VALID", true}, {"", false}};
	static const struct out_column routes[] = {
		{"DEFAULT", false}, {"ROUTER", false}, {"ON", false}, {"METRIC", true}};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv has = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv ways = {0};

	for (size_t i = 0; i < gnx_stats_count(net); i++) {
		add_addresses(&has, gnx_stats_at(net, i), all);
		add_routes(&ways, gnx_stats_at(net, i));
	}
	print_table(addresses, GNX_LEN(addresses), &has);
	print_table(routes, GNX_LEN(routes), &ways);
}

static void print_host(const struct gnx_figures *host)
{
	static const char *const passes[] = {"nothing", "IPv4", "IPv6", "IPv4 IPv6"};
	const struct gnx_figures *s;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};

	gnx_buf_str(&line, "Name servers:");
	for (size_t i = 0; (s = gnx_figures_part(host, "servers", i)); i++)
		gnx_buf_fmt(&line, " %s", gnx_figures_text(s, "address"));
	if (!gnx_figures_part(host, "servers", 0))
		gnx_buf_str(&line, " none");
	putchar('\n');
	out_line(line.data, 0);
	printf("Passes on: %s\n",
		passes[!!figure(host, "forwards4") + 2 * !!figure(host, "forwards6")]);
}

/* --- All of it */

static void print_net(
	const struct gnx_stats *net, const struct gnx_networks *networks, const struct cmd_args *a)
{
	print_links(net, a->all);
	print_inet(net, a->all);
	print_host(gnx_stats_host(net));
	if (gnx_networks_count(networks)) {
		putchar('\n');
		cmd_print_networks(networks);
	}
}

enum cmd_status cmd_net(struct gnx_conn *conn, const struct cmd_args *a)
{
	GNX_CLEAN(stats_done)
	struct gnx_stats *net = NULL;
	GNX_CLEAN(cmd_networks_done)
	struct gnx_networks *networks = NULL;
	int r = gnx_net(conn, a->all || a->json, NULL, 0, &net);

	if (!r)
		r = gnx_network_list(conn, &networks);
	if (r < 0)
		return cmd_fail(conn, r);
	if (a->json)
		printf("{\"net\":%s,\"networks\":%s}\n", gnx_stats_json(net),
			gnx_networks_json(networks));
	else
		print_net(net, networks, a);
	return CMD_OK;
}
