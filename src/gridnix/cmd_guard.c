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

static const char *or_none(const char *text)
{
	return *text ? text : "-";
}

static void add_port(struct gnx_strv *cells, const struct gnx_port *p)
{
	gnx_strv_add(cells, gnx_port_bridge(p));
	gnx_strv_add(cells, or_none(gnx_port_network(p)));
	gnx_strv_add(cells, or_none(gnx_port_name(p)));
	gnx_strv_fmt(cells, "%s%s", gnx_port_guarded(p) || !*gnx_port_name(p) ? "" : "would be ",
		or_none(gnx_port_state(p)));
	if (*gnx_port_guest(p))
		gnx_strv_fmt(cells, "%s/%u", gnx_port_guest(p), gnx_port_vif(p));
	else
		gnx_strv_add(cells, "-");
	gnx_strv_fmt(cells, "%" PRIu64, gnx_port_blocked(p));
	gnx_strv_add(cells, or_none(gnx_port_may(p)));
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
	GNX_CLEAN(gnx_free)
	char *shown = out_text(bridge);
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
	if (a->json)
		puts("{}");
	else
		printf("%s: guarded\n", shown);
	return CMD_OK;
}

static enum cmd_status disable(struct gnx_conn *conn, const struct cmd_args *a, const char *bridge)
{
	GNX_CLEAN(gnx_free)
	char *shown = out_text(bridge);
	int r = gnx_guard_disable(conn, bridge);

	if (r < 0)
		return cmd_fail(conn, r);
	if (a->json)
		puts("{}");
	else
		printf("%s: not guarded\n", shown);
	return CMD_OK;
}

static const struct {
	const char *name, *keys; /* of its options */
	enum cmd_status (*each)(struct gnx_conn *conn, const struct cmd_args *a, const char *name);
} actions[] = {
	{"list", "U", list},
	{"enable", "UyX", enable},
	{"disable", "", disable},
};

static bool takes(const char *keys, const struct cmd_args *a)
{
	return (!a->network.uplink || strchr(keys, 'U')) && (!a->yes || strchr(keys, 'y')) &&
		(!a->force || strchr(keys, 'X'));
}

enum cmd_status cmd_guard(struct gnx_conn *conn, const struct cmd_args *a)
{
	struct cmd_args rest = *a;
	const char *what = a->operands_len ? *rest.operands++ : "list";

	rest.operands_len -= a->operands_len > 0;
	for (size_t i = 0; i < GNX_LEN(actions); i++) {
		if (strcmp(what, actions[i].name) != 0)
			continue;
		if (!takes(actions[i].keys, a)) {
			cmd_complain(what, "does not take all of these options");
			return CMD_USAGE;
		}
		if (!rest.operands_len && actions[i].each == list)
			return list(conn, a, NULL);
		if (rest.operands_len)
			return cmd_each(conn, &rest, actions[i].each);
		cmd_complain(what, "a bridge is missing");
		return CMD_USAGE;
	}
	cmd_complain(what, "list, enable or disable is wanted here");
	return CMD_USAGE;
}
