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

/* Two lists in the order of UUIDs, read as one. */
struct merge {
	const struct monitor *m;
	const struct guest *guests;
	size_t guests_len, guest, defined; /* the latter are the next ones */
	struct guest off;
};

/* The next guest, borrowed until the next call; NULL: there are no more. */
static const struct guest *merge_next(struct merge *a)
{
	const struct defined_list *l = &a->m->defined;
	int order;

	if (a->defined == l->len)
		return a->guest < a->guests_len ? &a->guests[a->guest++] : NULL;
	order = a->guest < a->guests_len
		? memcmp(a->guests[a->guest].uuid, l->items[a->defined].uuid, GUEST_UUID)
		: 1;
	/* The definition of one that has a domain is told as that. */
	a->defined += order >= 0;
	if (order <= 0)
		return &a->guests[a->guest++];
	monitor_off_guest(a->m, &l->items[a->defined - 1], &a->off);
	return &a->off;
}

void monitor_guests(const struct monitor *m, const struct msg_page *page,
	void (*tell)(void *arg, const struct guest *g), void *arg)
{
	struct merge a = {.m = m};
	const struct guest *g;
	uint8_t last[GUEST_UUID] = {0};

	a.guests_len = guests_list(m->guests, &a.guests);
	while (page->behind && a.guest < a.guests_len &&
		memcmp(a.guests[a.guest].uuid, page->uuid, GUEST_UUID) <= 0)
		a.guest++;
	while (page->behind && a.defined < m->defined.len &&
		memcmp(m->defined.items[a.defined].uuid, page->uuid, GUEST_UUID) <= 0)
		a.defined++;
	for (uint32_t told = 0; (g = merge_next(&a)); told++) {
		bool next =
			page->max && told >= page->max && memcmp(g->uuid, last, GUEST_UUID) != 0;

		memcpy(last, g->uuid, GUEST_UUID);
		tell(arg, g);
		if (next)
			break;
	}
}
