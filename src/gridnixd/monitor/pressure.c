/* SPDX-License-Identifier: BSD-3-Clause */
/* dom0's memory: told when it runs short, and when it does no more. See monitor.h. */
#include "gridnixd/monitor/monitor.h"

#include <inttypes.h>
#include <stdio.h>

static void tell(struct monitor *m, const struct host_memory *now, bool pressed)
{
	char detail[80];

	snprintf(detail, sizeof(detail),
		"{\"total_kib\":%" PRIu64 ",\"available_kib\":%" PRIu64 "}", now->total_kib,
		now->available_kib);
	look_tell(m, EVENT_memory_pressure, pressed ? "begins" : "ends", detail);
	m->pressed = pressed;
}

void pressure_look(struct monitor *m)
{
	static bool said;
	uint64_t low = m->settings.memory_low;
	struct host_memory now;
	struct gnx_err err = GNX_ERR_INIT;
	int r = m->host.ops->memory(m->host.self, &now, &err);

	/* What lasts is said once. */
	if (r < 0 && !said)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	said = r < 0;
	if (r < 0)
		return;
	if (!m->pressed && now.available_kib * 100 < now.total_kib * low)
		tell(m, &now, true);
	else if (m->pressed && now.available_kib * 100 >= now.total_kib * low * 2)
		tell(m, &now, false);
}
