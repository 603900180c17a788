/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix events: what the journal has. */
#include "gridnix/cmd.h"

enum cmd_status cmd_events(struct gnx_conn *conn, const struct cmd_args *a)
{
	const struct gnx_event *e;
	int r = gnx_event_read(conn, a->since, a->limit, a->kinds, a->guest);

	if (r < 0)
		return cmd_fail(conn, r);
	while ((r = gnx_event_next(conn, CMD_PATIENCE_MS, &e)) > 0)
		cmd_print(a, e);
	return r < 0 ? cmd_fail(conn, r) : CMD_OK;
}
