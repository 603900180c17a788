/* SPDX-License-Identifier: BSD-3-Clause */
/* What dead domains have left is taken away, and told. See monitor.h. */
#include "gridnixd/monitor/monitor.h"

#include <stdio.h>

#define EVERY_MS 60000 /* at least so often */

static void told(void *arg, const char *path)
{
	char detail[256];

	snprintf(detail, sizeof(detail), "{\"path\":\"%s\"}", path);
	look_tell(arg, EVENT_leftover_removed, NULL, detail);
}

void sweep_look(struct monitor *m)
{
	static bool said;
	int64_t now = monitor_ms(), grace = m->settings.xenstore_sweep * INT64_C(1000);
	struct gnx_err err = GNX_ERR_INIT;
	int r;

	if (!grace || now < m->sweep_ms)
		return;
	m->sweep_ms = now + (grace < EVERY_MS ? grace : EVERY_MS);
	r = m->host.ops->sweep(m->host.self, now, grace, told, m, &err);
	/* What lasts is said once. */
	if (r < 0 && !said)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	said = r < 0;
}
