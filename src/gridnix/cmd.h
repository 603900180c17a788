/* SPDX-License-Identifier: BSD-3-Clause */
/* Subcommands of the command line gridnix: one cmd_VERB.c each, and the table in main.c. */
#ifndef GNX_GRIDNIX_CMD_H
#define GNX_GRIDNIX_CMD_H

#include <gridnix/gridnix.h>
#include <stdbool.h>

/* Exit statuses; documented in gridnix(1). */
enum cmd_status { CMD_OK, CMD_FAILED, CMD_USAGE, CMD_UNREACHABLE };

#define CMD_PATIENCE_MS 30000 /* a daemon that says nothing for so long is as good as none */

/* What was said on the command line. Borrowed from it. */
struct cmd_args {
	const char *socket;	   /* NULL: the default */
	const char *kinds, *guest; /* NULL: all */
	uint64_t since;
	unsigned limit; /* 0: none */
	bool since_given, json;
};

enum cmd_status cmd_list(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_events(struct gnx_conn *conn, const struct cmd_args *a);
enum cmd_status cmd_watch(struct gnx_conn *conn, const struct cmd_args *a);

/* Says on standard error what was wrong with a call that returned code: the exit status. */
enum cmd_status cmd_fail(const struct gnx_conn *conn, int code);

/* Prints an event, for people or as JSON. */
void cmd_print(const struct cmd_args *a, const struct gnx_event *e);

#endif
