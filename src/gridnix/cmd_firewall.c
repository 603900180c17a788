/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix firewall: firewalls that guests have. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"

#include <errno.h>
#include <string.h>

static void firewalls_done(struct gnx_firewalls **list)
{
	gnx_firewalls_free(*list);
}

/* --- What it is to be */

static enum cmd_status define_by(struct gnx_conn *conn, const struct cmd_args *a, const char *file,
	int (*how)(struct gnx_conn *conn, enum gnx_form form, const char *text,
		struct gnx_firewalls **list_out))
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(firewalls_done)
	struct gnx_firewalls *list = NULL;
	GNX_CLEAN(gnx_free)
	char *name = NULL;
	int r;

	file = cmd_read_definition(file, &text);
	if (!file)
		return CMD_FAILED;
	r = how(conn, cmd_form(text.data), text.data, &list);
	if (r < 0)
		return cmd_refused(conn, r, file);
	name = out_text(gnx_firewall_name(gnx_firewalls_at(list, 0)));
	if (a->json)
		puts(gnx_firewalls_json(list));
	else
		printf("%s: defined\n", name);
	return CMD_OK;
}

static enum cmd_status create(struct gnx_conn *conn, const struct cmd_args *a, const char *file)
{
	return define_by(conn, a, file, gnx_firewall_create);
}

static enum cmd_status define(struct gnx_conn *conn, const struct cmd_args *a, const char *file)
{
	return define_by(conn, a, file, gnx_firewall_define);
}

/* --- What is there */

static enum cmd_status list(struct gnx_conn *conn, const struct cmd_args *a, const char *none)
{
	static const struct out_column columns[] = {{"NAME", false}, {"IN", false}, {"OUT", false},
		{"REPLIES", false}, {"RULES", true}, {"INCLUDES", false}};
	GNX_CLEAN(firewalls_done)
	struct gnx_firewalls *firewalls = NULL;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};
	int r = gnx_firewall_list(conn, &firewalls);

	(void)none;
	if (r < 0)
		return cmd_fail(conn, r);
	if (a->json) {
		puts(gnx_firewalls_json(firewalls));
		return CMD_OK;
	}
	for (size_t i = 0; i < gnx_firewalls_count(firewalls); i++) {
		const struct gnx_firewall *f = gnx_firewalls_at(firewalls, i);

		gnx_strv_add(&cells, gnx_firewall_name(f));
		gnx_strv_add(&cells, gnx_firewall_in(f));
		gnx_strv_add(&cells, gnx_firewall_out(f));
		gnx_strv_add(&cells, gnx_firewall_replies(f) ? "yes" : "no");
		gnx_strv_fmt(&cells, "%u", gnx_firewall_rule_count(f));
		gnx_strv_add(&cells, out_or_dash(gnx_firewall_include(f)));
	}
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
	return CMD_OK;
}

/* What is decided without a rule: one row of the table. */
static void add_line(struct gnx_strv *cells, const char *direction, const char *from,
	const char *action, const char *what)
{
	const char *row[] = {direction, from, action, what, "", "", "", "", ""};

	for (size_t i = 0; i < GNX_LEN(row); i++)
		gnx_strv_add(cells, row[i]);
}

static void add_rule(
	struct gnx_strv *cells, const struct gnx_firewall *f, const struct gnx_firewall_rule *rule)
{
	gnx_strv_add(cells, gnx_firewall_rule_direction(rule));
	gnx_strv_fmt(cells, "%s %u", gnx_firewall_name(f), gnx_firewall_rule_number(rule));
	gnx_strv_add(cells, gnx_firewall_rule_action(rule));
	gnx_strv_add(cells, gnx_firewall_rule_protocol(rule));
	gnx_strv_add(cells, gnx_firewall_rule_ports(rule));
	gnx_strv_add(cells, gnx_firewall_rule_source_ports(rule));
	gnx_strv_add(cells, gnx_firewall_rule_from(rule));
	gnx_strv_add(cells, gnx_firewall_rule_to(rule));
	gnx_strv_add(cells, gnx_firewall_rule_state(rule));
}

/* The rules of one direction, in the order in which they are looked at. */
static void add_rules(struct gnx_strv *cells, const struct gnx_firewalls *l, const char *direction)
{
	const struct gnx_firewall *first = gnx_firewalls_at(l, 0);
	bool in = !strcmp(direction, "in");

	if (gnx_firewall_replies(first))
		add_line(cells, direction, "replies", "accept", "any");
	for (size_t i = 0; i < gnx_firewalls_count(l); i++) {
		const struct gnx_firewall *f = gnx_firewalls_at(l, i);
		const struct gnx_firewall_rule *rule;

		for (size_t j = 0; (rule = gnx_firewall_rule_at(f, j)); j++)
			if (!strcmp(gnx_firewall_rule_direction(rule), direction))
				add_rule(cells, f, rule);
	}
	add_line(cells, direction, "else", in ? gnx_firewall_in(first) : gnx_firewall_out(first),
		"any");
}

static void print_users(const struct gnx_firewall *f)
{
	GNX_CLEAN(gnx_free)
	char *users = out_text(gnx_firewall_users(f));

	if (gnx_firewall_guests(f))
		printf("\n%u guest%s: %s\n", gnx_firewall_guests(f),
			gnx_firewall_guests(f) == 1 ? "" : "s", users);
	else
		puts("\nno guest");
}

static enum cmd_status show(struct gnx_conn *conn, const struct cmd_args *a, const char *name)
{
	static const struct out_column columns[] = {{"", false}, {"RULE", false}, {"ACTION", false},
		{"PROTOCOL", false}, {"PORTS", false}, {"SOURCE PORTS", false}, {"FROM", false},
		{"TO", false}, {"STATE", false}};
	GNX_CLEAN(firewalls_done)
	struct gnx_firewalls *l = NULL;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};
	int r = gnx_firewall_get(conn, name, &l);

	if (r < 0)
		return cmd_fail_named(conn, r, name);
	if (a->json) {
		puts(gnx_firewalls_json(l));
		return CMD_OK;
	}
	add_rules(&cells, l, "in");
	add_rules(&cells, l, "out");
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
	print_users(gnx_firewalls_at(l, 0));
	return CMD_OK;
}

static enum cmd_status definition(struct gnx_conn *conn, const struct cmd_args *a, const char *name)
{
	GNX_CLEAN(firewalls_done)
	struct gnx_firewalls *l = NULL;
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	int r = a->json ? gnx_firewall_get(conn, name, &l)
			: gnx_firewall_definition(conn, name, &text);

	if (r < 0)
		return cmd_fail_named(conn, r, name);
	if (a->json)
		puts(gnx_firewalls_json(l));
	else
		fputs(text, stdout);
	return CMD_OK;
}

static enum cmd_status drop(struct gnx_conn *conn, const struct cmd_args *a, const char *name)
{
	int r = gnx_firewall_delete(conn, name);

	return r < 0 ? cmd_fail_named(conn, r, name) : cmd_done(a, name, "deleted");
}

enum cmd_status cmd_firewall(struct gnx_conn *conn, const struct cmd_args *a)
{
	static const struct cmd_action actions[] = {{"create", CMD_NAMES, create},
		{"define", CMD_NAMES, define}, {"list", CMD_NO_NAME, list},
		{"show", CMD_NAMES, show}, {"definition", CMD_NAMES, definition},
		{"delete", CMD_NAMES, drop}};

	return cmd_act(conn, a, actions, GNX_LEN(actions));
}
