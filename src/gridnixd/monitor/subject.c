/* SPDX-License-Identifier: BSD-3-Clause */
/* Whom a UUID or a name means: see monitor.h. */
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/saved.h"

#include <stdio.h>
#include <string.h>

const struct guest *monitor_guest(const struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	const struct guest *guests;
	size_t low = 0, high = guests_list(m->guests, &guests);

	/* The last of that UUID. */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (memcmp(guests[middle].uuid, uuid, GUEST_UUID) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && !memcmp(guests[low - 1].uuid, uuid, GUEST_UUID) ? &guests[low - 1] : NULL;
}

bool monitor_alone(const struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	const struct guest *guests, *last = monitor_guest(m, uuid);

	guests_list(m->guests, &guests);
	return !last || last == guests || memcmp(last[-1].uuid, uuid, GUEST_UUID) != 0;
}

/* The one guest of that name that has a domain, or NULL; -EINVAL when there are several. */
static int live_by_name(
	const struct monitor *m, const char *name, const struct guest **out, struct gnx_err *err)
{
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests);

	*out = NULL;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(guests[i].name, name) != 0)
			continue;
		if (*out && memcmp((*out)->uuid, guests[i].uuid, GUEST_UUID) != 0)
			return gnx_fail(err, -EINVAL,
				"%s: several guests have this name: say which by its UUID", name);
		*out = &guests[i];
	}
	return 0;
}

int monitor_subject(
	const struct monitor *m, const char *guest, struct subject *out, struct gnx_err *err)
{
	struct subject s = {0};
	int r = 0;

	if (guest_uuid_parse(guest, s.uuid) == 0)
		s.defined = defined_by_uuid(&m->defined, s.uuid);
	else if ((s.defined = defined_by_name(&m->defined, guest)))
		memcpy(s.uuid, s.defined->uuid, GUEST_UUID);
	else if (!(r = live_by_name(m, guest, &s.guest, err)) && s.guest)
		memcpy(s.uuid, s.guest->uuid, GUEST_UUID);
	if (r < 0)
		return r;
	s.guest = monitor_guest(m, s.uuid);
	if (!s.guest && !s.defined)
		return gnx_fail(err, -ENOENT, "%s: there is no such guest", guest);
	snprintf(s.name, sizeof(s.name), "%s", s.defined ? s.defined->name : s.guest->name);
	*out = s;
	return 0;
}

void monitor_off_guest(const struct monitor *m, const struct defined *d, struct guest *out)
{
	*out = (struct guest){.domid = -1,
		.state = saved_there(m, d->uuid) ? GUEST_saved : GUEST_off,
		.memory_kib = d->memory_kib,
		.vcpus = d->vcpus};
	memcpy(out->uuid, d->uuid, sizeof(out->uuid));
	memcpy(out->name, d->name, sizeof(out->name));
}

void monitor_guests(
	const struct monitor *m, void (*tell)(void *arg, const struct guest *g), void *arg)
{
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests);

	for (size_t i = 0; i < n; i++)
		tell(arg, &guests[i]);
	for (size_t i = 0; i < m->defined.len; i++) {
		struct guest g;

		monitor_off_guest(m, &m->defined.items[i], &g);
		if (!monitor_guest(m, g.uuid))
			tell(arg, &g);
	}
}
