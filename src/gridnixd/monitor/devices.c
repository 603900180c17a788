/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' devices: those that may have changed are looked at, and what changed is told. See
 * monitor.h. */
#include "gridnixd/monitor/gap.h"
#include "gridnixd/monitor/monitor.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

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

/* Xen's number of xvda to xvdz and of their partitions, or of what is none of these: 0. */
static uint32_t disk_number(const char *target)
{
	uint64_t partition = 0;
	uint32_t disk;

	if (!gnx_starts(target, "xvd") || target[3] < 'a' || target[3] > 'z' ||
		(target[4] && gnx_parse_u64(target + 4, 15, &partition) < 0))
		return 0;
	disk = (uint32_t)(target[3] - 'a');
	return (uint32_t)partition | (disk < 16 ? 202U << 8 | disk << 4 : 1U << 28 | disk << 8);
}

bool devices_has(const struct monitor *m, int domid, enum verb verb, const char *value)
{
	uint64_t number;

	if (verb == VERB_detach_vif)
		return gnx_parse_u64(value, DEFINITION_VIFS_MAX - 1, &number) == 0 &&
			device_there(m->devices, domid, DEVICE_vif, (uint32_t)number);
	number = verb == VERB_detach_disk ? disk_number(value) : 0;
	return number &&
		(device_there(m->devices, domid, DEVICE_vbd, (uint32_t)number) ||
			device_there(m->devices, domid, DEVICE_qdisk, (uint32_t)number));
}
