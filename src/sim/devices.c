/* SPDX-License-Identifier: BSD-3-Clause */
/* Back ends of simulated domains' devices: see devices.h. */
#include "sim/devices.h"

#include "base/clean.h"

#include <errno.h>
#include <string.h>

#define DOMID_MAX    32751
#define WORDS_BEFORE 5 /* a line's verb, type, domid, number and state */

void sim_devices_done(struct sim_devices *d)
{
	free(d->items);
}

/* The device that a line is about, with nothing known of it. */
static int parse(const struct gnx_strv *w, struct device_look *out)
{
	uint64_t domid, number;
	int type;

	if (w->len < WORDS_BEFORE || (type = device_type_by_name(w->items[1])) < 0 ||
		gnx_parse_u64(w->items[2], DOMID_MAX, &domid) < 0 || !domid ||
		gnx_parse_u64(w->items[3], DEVICE_ANY - 1, &number) < 0)
		return -EINVAL;
	*out = (struct device_look){
		.type = (enum device_type)type, .domid = (int)domid, .number = (uint32_t)number};
	return 0;
}

static struct sim_device *find(struct sim_devices *d, const struct device_look *l)
{
	for (size_t i = 0; i < d->len; i++) {
		const struct device_look *other = &d->items[i].look;

		if (other->type == l->type && other->domid == l->domid &&
			other->number == l->number)
			return &d->items[i];
	}
	d->items = gnx_room(d->items, d->len, sizeof(*d->items));
	return &d->items[d->len++];
}

int sim_devices_take(struct sim_devices *d, const struct gnx_strv *w)
{
	struct device_look l;

	if (parse(w, &l) < 0)
		return -EINVAL;
	if (strcmp(w->items[4], "gone") != 0)
		device_take(&l, "state", w->items[4]);
	device_take(&l, "online", "1");
	for (size_t i = WORDS_BEFORE; i < w->len; i++) {
		char *value = strchr(w->items[i], '=');

		if (!value)
			return -EINVAL;
		*value = '\0';
		device_take(&l, w->items[i], value + 1);
	}
	*find(d, &l) = (struct sim_device){l, true};
	return 0;
}

static void tell_one(
	struct device_look l, bool (*tell)(void *arg, const struct device_look *l), void *arg)
{
	if (!tell(arg, &l))
		return;
	l.whole = true;
	tell(arg, &l);
}

void sim_devices_tell(struct sim_devices *d, bool all,
	bool (*tell)(void *arg, const struct device_look *l), void *arg)
{
	size_t left = 0;

	if (all)
		tell(arg, &(struct device_look){.number = DEVICE_ANY});
	for (size_t i = 0; i < d->len; i++) {
		if (all || d->items[i].changed)
			tell_one(d->items[i].look, tell, arg);
		d->items[i].changed = false;
		if (d->items[i].look.there)
			d->items[left++] = d->items[i];
	}
	d->len = left;
}
