/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' devices: those that may have changed are looked at, and what changed is told. See
 * monitor.h. */
#include "gridnixd/monitor/gap.h"
#include "gridnixd/monitor/monitor.h"

#include <stdio.h>

static bool see(void *arg, const struct device_look *l)
{
	const struct monitor *m = arg;

	return device_see(m->devices, l);
}

int devices_read(struct monitor *m)
{
	static bool said;
	struct gnx_err err = GNX_ERR_INIT;
	int r = m->host.ops->devices(m->host.self, m->all_devices, see, m, &err);

	/* What lasts is said once. */
	if (r < 0 && !said)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	said = m->all_devices = r < 0;
	return r;
}

static void tell(void *arg, const struct event_record *e)
{
	monitor_tell(arg, e);
}

static uint64_t origin(void *arg, const uint8_t uuid[GUEST_UUID])
{
	return operate_origin(arg, uuid);
}

void devices_gone(struct monitor *m)
{
	const struct device_teller t = {tell, origin, m};

	device_gone(m->devices, m->guests, &t);
}

void devices_update(struct monitor *m)
{
	const struct device_teller t = {tell, origin, m};

	m->all_devices |= !device_update(m->devices, m->guests, &t);
}

static void note(void *arg, const struct event_record *e)
{
	gap_device(e, arg);
}

/* What was under way before is not known any more. */
static uint64_t no_origin(void *arg, const uint8_t uuid[GUEST_UUID])
{
	(void)arg, (void)uuid;
	return 0;
}

void devices_resume(struct monitor *m, struct gnx_strv *entries)
{
	const struct device_teller t = {note, no_origin, entries};

	device_gone(m->devices, m->guests, &t);
	m->all_devices |= !device_update(m->devices, m->guests, &t);
}

bool devices_look(struct monitor *m)
{
	struct gnx_err err = GNX_ERR_INIT;

	/* A whole look says what is wrong, too. */
	if (monitor_journal(m, &err) < 0 || devices_read(m))
		return false;
	devices_gone(m);
	devices_update(m);
	return monitor_journal(m, &err) == 0;
}
