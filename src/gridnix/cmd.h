/* SPDX-License-Identifier: BSD-3-Clause */
/* Subcommands of the command line gridnix: one cmd_VERB.c each, and the table in main.c. */
#ifndef GNX_GRIDNIX_CMD_H
#define GNX_GRIDNIX_CMD_H

#include "base/err.h"
#include "base/str.h"

#include <gridnix/gridnix.h>
#include <stdbool.h>

/* Exit statuses; documented in gridnix(1). */
enum cmd_status { CMD_OK, CMD_FAILED, CMD_USAGE, CMD_UNREACHABLE };

#define CMD_PATIENCE_MS 30000 /* a daemon that says nothing for so long is as good as none */

#define CMD_LIST_MAX 32 /* forwards of a network, its longest list */

/* What was said of a network; NULL: nothing. */
struct cmd_network {
	const char *kind; /* NULL: private */
	const char *uplink, *bridge, *vlan, *dom0, *mtu, *dhcp, *domain;
	/* NULL at their ends */
	const char *ranges[CMD_LIST_MAX + 1], *gateways[CMD_LIST_MAX + 1];
	const char *forwards[CMD_LIST_MAX + 1], *dns[CMD_LIST_MAX + 1];
};

/* What was said on the command line. Borrowed from it. */
struct cmd_args {
	const char *socket;	   /* NULL: the default */
	const char *kinds, *guest; /* NULL: all */
	uint64_t since;
	unsigned limit;	    /* 0: none */
	unsigned count;	    /* of screens; 0: no end */
	unsigned delay_s;   /* between them; 0: the default */
	char sort;	    /* their order, a key; 0: the default */
	const char *output; /* a file; NULL: standard output */
	bool since_given, json, no_wait, batch, dry_run, all, yes, force, undo;
	uint64_t lines;
	int escape; /* the byte of the escape key; -1: there is none */
	bool lines_given, log, follow, read_only, steal;
	struct cmd_network network;
	const char *from, *until, *month, *by; /* of traffic; NULL: the daemon's defaults */
	bool csv;
	char **operands; /* the words behind the command */
	size_t operands_len;
};

enum cmd_status cmd_list(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_show(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_stats(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_top(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_report(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_events(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_watch(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_define(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_import(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_undefine(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_definition(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_console(struct gnx_conn *conn, const struct cmd_args *a);
/* Its option --log. */
enum cmd_status cmd_console_log(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_hook(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_network(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_firewall(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_guard(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_setup_network(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_traffic(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_net(struct gnx_conn *conn, const struct cmd_args *a);
/* One for each verb: see cmd_do.c. */
#define X(id, name, value, key, doc)                                                               \
	enum cmd_status cmd_##id(struct gnx_conn *conn, const struct cmd_args *a);
#include "model/verb.def"
#undef X

/* Runs one for each word behind the command, until the daemon cannot be reached: the last status
 * that is not CMD_OK. */
enum cmd_status cmd_each(struct gnx_conn *conn, const struct cmd_args *a,
	enum cmd_status (*one)(
		struct gnx_conn *conn, const struct cmd_args *a, const char *operand));

/* What a subcommand can be told to do, by the first word behind it. */
struct cmd_action {
	const char *name;
	enum { CMD_NO_NAME, CMD_NAMES, CMD_ANY_NAMES } takes; /* behind that */
	/* Does it to one, or, without a name, to all: NULL. */
	enum cmd_status (*each)(struct gnx_conn *conn, const struct cmd_args *a, const char *name);
};

/* Does one of n, which the first word names. */
enum cmd_status cmd_act(struct gnx_conn *conn, const struct cmd_args *a,
	const struct cmd_action *actions, size_t n);

/* Prints that something was done to what has the name: "NAME: words". */
enum cmd_status cmd_done(const struct cmd_args *a, const char *name, const char *words);

/* Says on standard error what was wrong with a call that returned code: the exit status. */
enum cmd_status cmd_fail(const struct gnx_conn *conn, int code);

/* The same for one of several things that were named on the command line. */
enum cmd_status cmd_fail_at(const struct gnx_conn *conn, int code, const char *operand);

/* The same for one that is no guest. */
enum cmd_status cmd_fail_named(const struct gnx_conn *conn, int code, const char *name);

/* Adds what is in the file, or comes on standard input, "-": a text. */
int cmd_read_text(const char *file, struct gnx_buf *text, struct gnx_err *err);

/* Says on standard error what is wrong with one of them, or in general: NULL. Both may be any text.
 */
void cmd_complain(const char *operand, const char *words);

/* cmd_read_text() for a definition, and what its file is called in words; NULL: it failed, and that
 * was said. */
const char *cmd_read_definition(const char *file, struct gnx_buf *text);
/* The form that a definition's text is in. */
enum gnx_form cmd_form(const char *text);
/* cmd_fail_at() for a definition of a file: its name stands in front of the line's number. */
enum cmd_status cmd_refused(const struct gnx_conn *conn, int code, const char *file);

/* Prints networks as a table. */
void cmd_print_networks(const struct gnx_networks *networks);
/* gnx_networks_free() for GNX_CLEAN. */
void cmd_networks_done(struct gnx_networks **networks);

/* Whether a daemon that is being restarted fails so. */
bool cmd_passing(int code);

/* Prints an event, for people or as JSON. */
void cmd_print(const struct cmd_args *a, const struct gnx_event *e);

#endif
