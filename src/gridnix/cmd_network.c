/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix network: networks that guests are on. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"

#include <errno.h>
#include <string.h>

void cmd_networks_done(struct gnx_networks **list)
{
	gnx_networks_free(*list);
}

/* --- What it is to be */

static void add_key(struct gnx_buf *text, const char *key, const char *value)
{
	if (value)
		gnx_buf_fmt(text, "%s = %s\n", key, value);
}

static void add_list(
	struct gnx_buf *text, const char *key, const char *const *values, const char *comma)
{
	if (*values)
		gnx_buf_fmt(text, "%s =", key);
	for (; *values; values++)
		gnx_buf_fmt(text, " %s%s", *values, values[1] ? comma : "\n");
}

static void describe(const struct cmd_network *n, const char *name, struct gnx_buf *text)
{
	gnx_buf_str(text, "[network]\n");
	add_key(text, "name", name);
	add_key(text, "kind", n->kind);
	add_key(text, "uplink", n->uplink);
	add_key(text, "bridge", n->bridge);
	add_key(text, "vlan", n->vlan);
	add_key(text, "dom0", n->dom0);
	add_key(text, "mtu", n->mtu);
	add_list(text, "ranges", n->ranges, "");
	add_list(text, "gateways", n->gateways, "");
	add_list(text, "forward", n->forwards, ",");
	add_key(text, "dhcp", n->dhcp);
	add_list(text, "dns", n->dns, "");
	add_key(text, "domain", n->domain);
}

/* A line of the text that nobody has seen is of no interest. */
static enum cmd_status refused(const struct gnx_conn *conn, int code, const char *name)
{
	const char *words = gnx_conn_words(conn), *key = strchr(words, '[');

	if (code != -EINVAL || !gnx_starts(words, "definition:") || !key)
		return cmd_fail_named(conn, code, name);
	cmd_complain(name, key);
	return CMD_FAILED;
}

static enum cmd_status made(const struct cmd_args *a, const struct gnx_networks *list)
{
	const struct gnx_network *n = gnx_networks_at(list, 0);
	GNX_CLEAN(gnx_free)
	char *name = out_text(gnx_network_name(n));
	GNX_CLEAN(gnx_free)
	char *bridge = out_text(gnx_network_bridge(n));

	if (a->json)
		puts(gnx_networks_json(list));
	else
		printf("%s: defined, bridge %s\n", name, bridge);
	return CMD_OK;
}

static enum cmd_status create(struct gnx_conn *conn, const struct cmd_args *a, const char *name)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(cmd_networks_done)
	struct gnx_networks *list = NULL;
	int r;

	describe(&a->network, name, &text);
	r = gnx_network_create(conn, GNX_FORM_INI, text.data, &list);
	return r < 0 ? refused(conn, r, name) : made(a, list);
}

static enum cmd_status define(struct gnx_conn *conn, const struct cmd_args *a, const char *file)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(cmd_networks_done)
	struct gnx_networks *list = NULL;
	int r;

	file = cmd_read_definition(file, &text);
	if (!file)
		return CMD_FAILED;
	r = gnx_network_define(conn, cmd_form(text.data), text.data, &list);
	return r < 0 ? cmd_refused(conn, r, file) : made(a, list);
}

/* --- What is there */

static void add_network(struct gnx_strv *cells, const struct gnx_network *n)
{
	gnx_strv_add(cells, gnx_network_name(n));
	gnx_strv_add(cells, gnx_network_kind(n));
	gnx_strv_add(cells, gnx_network_bridge(n));
	gnx_strv_add(cells, *gnx_network_words(n) ? "down" : "up");
	gnx_strv_add(cells, out_or_dash(gnx_network_uplink(n)));
	if (gnx_network_vlan(n))
		gnx_strv_fmt(cells, "%u", gnx_network_vlan(n));
	else
		gnx_strv_add(cells, "-");
	gnx_strv_fmt(cells, "%u", gnx_network_mtu(n));
	gnx_strv_add(cells, gnx_network_ranges(n));
}

void cmd_print_networks(const struct gnx_networks *networks)
{
	static const struct out_column columns[] = {{"NAME", false}, {"KIND", false},
		{"BRIDGE", false}, {"STATE", false}, {"UPLINK", false}, {"VLAN", true},
		{"MTU", true}, {"RANGES", false}};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};

	for (size_t i = 0; i < gnx_networks_count(networks); i++)
		add_network(&cells, gnx_networks_at(networks, i));
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
}

static enum cmd_status list(struct gnx_conn *conn, const struct cmd_args *a, const char *none)
{
	GNX_CLEAN(cmd_networks_done)
	struct gnx_networks *networks = NULL;
	int r = gnx_network_list(conn, &networks);

	(void)none;
	if (r < 0)
		return cmd_fail(conn, r);
	if (a->json)
		puts(gnx_networks_json(networks));
	else
		cmd_print_networks(networks);
	return CMD_OK;
}

/* As a file that define takes, in which the rest is a comment. */
static enum cmd_status show(struct gnx_conn *conn, const struct cmd_args *a, const char *name)
{
	GNX_CLEAN(cmd_networks_done)
	struct gnx_networks *one = NULL;
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	GNX_CLEAN(gnx_free)
	char *words = NULL;
	int r = gnx_network_get(conn, name, &one);

	if (!r && !a->json)
		r = gnx_network_definition(conn, name, &text);
	if (r < 0)
		return refused(conn, r, name);
	if (a->json) {
		puts(gnx_networks_json(one));
		return CMD_OK;
	}
	words = out_text(gnx_network_words(gnx_networks_at(one, 0)));
	printf("# bridge %s: %s\n%s", gnx_network_bridge(gnx_networks_at(one, 0)),
		*words ? words : "up", text);
	return CMD_OK;
}

static enum cmd_status drop(struct gnx_conn *conn, const struct cmd_args *a, const char *name)
{
	int r = gnx_network_delete(conn, name);

	return r < 0 ? refused(conn, r, name) : cmd_done(a, name, "deleted");
}

static bool has_options(const struct cmd_network *n)
{
	static const struct cmd_network none;

	return memcmp(n, &none, sizeof(none)) != 0;
}

enum cmd_status cmd_network(struct gnx_conn *conn, const struct cmd_args *a)
{
	static const struct cmd_action actions[] = {{"create", CMD_NAMES, create},
		{"define", CMD_NAMES, define}, {"list", CMD_NO_NAME, list},
		{"show", CMD_NAMES, show}, {"delete", CMD_NAMES, drop}};

	if (has_options(&a->network) && strcmp(a->operands[0], "create") != 0) {
		cmd_complain(a->operands[0], "only create says what a network is to be");
		return CMD_USAGE;
	}
	return cmd_act(conn, a, actions, GNX_LEN(actions));
}
