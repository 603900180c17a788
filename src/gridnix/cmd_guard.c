/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix guard: what becomes of the frames of bridges' ports. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void ports_done(struct gnx_ports **list)
{
	gnx_ports_free(*list);
}

static void add_port(struct gnx_strv *cells, const struct gnx_port *p)
{
	gnx_strv_add(cells, gnx_port_bridge(p));
	gnx_strv_add(cells, out_or_dash(gnx_port_network(p)));
	gnx_strv_add(cells, out_or_dash(gnx_port_name(p)));
	gnx_strv_fmt(cells, "%s%s", gnx_port_guarded(p) || !*gnx_port_name(p) ? "" : "would be ",
		out_or_dash(gnx_port_state(p)));
	if (*gnx_port_guest(p))
		gnx_strv_fmt(cells, "%s/%u", gnx_port_guest(p), gnx_port_vif(p));
	else
		gnx_strv_add(cells, "-");
	gnx_strv_fmt(cells, "%" PRIu64, gnx_port_blocked(p));
	gnx_strv_add(cells, out_or_dash(gnx_port_may(p)));
	gnx_strv_add(cells, gnx_port_why(p));
}

static void print_ports(const struct cmd_args *a, const struct gnx_ports *list)
{
	static const struct out_column columns[] = {{"BRIDGE", false}, {"NETWORK", false},
		{"PORT", false}, {"STATE", false}, {"GUEST", false}, {"BLOCKED", true},
		{"MAY", false}, {"", false}};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};

	if (a->json) {
		puts(gnx_ports_json(list));
		return;
	}
	for (size_t i = 0; i < gnx_ports_count(list); i++)
		add_port(&cells, gnx_ports_at(list, i));
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
}

/* Of one bridge, or of all that are guarded: NULL. */
static enum cmd_status list(struct gnx_conn *conn, const struct cmd_args *a, const char *bridge)
{
	GNX_CLEAN(ports_done)
	struct gnx_ports *ports = NULL;
	int r = gnx_guard_list(conn, bridge, a->network.uplink, &ports);

	if (r < 0)
		return cmd_fail(conn, r);
	print_ports(a, ports);
	return CMD_OK;
}

/* Without --yes it is only said what would be. */
static enum cmd_status enable(struct gnx_conn *conn, const struct cmd_args *a, const char *bridge)
{
	enum cmd_status status;
	int r;

	if (!a->yes) {
		status = list(conn, a, bridge);
		if (status == CMD_OK && !a->json)
			printf("\nNothing was changed. So it will be with --yes.\n");
		return status;
	}
	r = gnx_guard_enable(conn, bridge, a->network.uplink, a->force);
	if (r < 0) {
		status = cmd_fail(conn, r);
		if (r == -GNX_ERR_STATE && !a->force)
			fputs("Name what is to stay open by --uplink; --force cuts the others off.\n",
				stderr);
		return status;
	}
	return cmd_done(a, bridge, "guarded");
}

static enum cmd_status disable(struct gnx_conn *conn, const struct cmd_args *a, const char *bridge)
{
	int r = gnx_guard_disable(conn, bridge);

	return r < 0 ? cmd_fail(conn, r) : cmd_done(a, bridge, "not guarded");
}

enum cmd_status cmd_guard(struct gnx_conn *conn, const struct cmd_args *a)
{
	static const struct cmd_action actions[] = {{"list", CMD_ANY_NAMES, list},
		{"enable", CMD_NAMES, enable}, {"disable", CMD_NAMES, disable}};
	const char *what = a->operands_len ? a->operands[0] : "list";

	if (((a->yes || a->force) && strcmp(what, "enable") != 0) ||
		(a->network.uplink && !strcmp(what, "disable"))) {
		cmd_complain(what, "does not take all of these options");
		return CMD_USAGE;
	}
	return a->operands_len ? cmd_act(conn, a, actions, GNX_LEN(actions)) : list(conn, a, NULL);
}
