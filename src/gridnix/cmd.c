/* SPDX-License-Identifier: BSD-3-Clause */
/* What subcommands share: see cmd.h. */
#include "gridnix/cmd.h"
#include "base/clean.h"
#include "gridnix/out.h"

#include <errno.h>

enum cmd_status cmd_fail(const struct gnx_conn *conn, int code)
{
	GNX_CLEAN(gnx_free)
	char *words = out_text(gnx_conn_words(conn));

	fprintf(stderr, "gridnix: %s\n", words);
	switch (-code) {
	case GNX_ERR_UNREACHABLE:
		fputs("gridnix: is gridnixd running? 'sv up gridnixd' starts it in a Gridnix "
		      "image, 'systemctl start gridnixd' on other hosts\n",
			stderr);
		return CMD_UNREACHABLE;
	case EACCES:
	case ETIMEDOUT:
		return CMD_UNREACHABLE;
	case EINVAL:
		return CMD_USAGE;
	default:
		return CMD_FAILED;
	}
}

void cmd_print(const struct cmd_args *a, const struct gnx_event *e)
{
	if (a->json)
		puts(gnx_event_json(e));
	else
		out_event(e);
}
