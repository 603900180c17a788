/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests' devices: random stories. Toolstacks make and take devices and domains, guests do to their
 * ends what they can, looks come now and then and see some or all; the daemon is started again.
 * Who reads the events has what the host has, and hears of each device three times at most.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "seeds.h"
#include "base/clean.h"
#include "base/str.h"
#include "model/device.h"

enum { DOMAINS = 4, NUMBERS = 3, DEVICES = DOMAINS * DEVICE_TYPES * NUMBERS, MANY = 20000 };

/* A device of the host, and what the reader has of it. */
struct device {
	struct device_look look;
	bool changed;		/* since the last look */
	bool connected, failed; /* looks saw it so, as its owner's */
	uint32_t owner;
	/* The reader's. */
	bool attached, told_failed;
	uint32_t guest; /* that has it */
};

struct story {
	uint32_t random;
	uint32_t domains[DOMAINS]; /* their guests, each a new one; 0: there is no such domain */
	uint32_t guests_made;
	struct device devices[DEVICES];
	struct guests *guests;
	struct device_table *table;
};

static unsigned pick(struct story *s, unsigned below)
{
	s->random = s->random * 1664525 + 1013904223;
	return (s->random >> 8) % below;
}

static struct device *device(struct story *s, int domid, unsigned i)
{
	return &s->devices[(unsigned)(domid - 1) * DEVICE_TYPES * NUMBERS + i];
}

/* A toolstack makes it anew, whatever was there. */
static void make(struct device *d)
{
	d->look.there = d->look.online = d->changed = true;
	d->look.refused = false;
	d->look.state = 1;
}

/* One domain goes or comes; devices may be left over, and are made again then. */
static void touch_domain(struct story *s)
{
	int domid = 1 + (int)pick(s, DOMAINS);
	uint32_t *guest = &s->domains[domid - 1];
	bool leave = !pick(s, 4);

	*guest = *guest && pick(s, 2) ? 0 : ++s->guests_made;
	for (unsigned i = 0; i < DEVICE_TYPES * NUMBERS; i++) {
		struct device *d = device(s, domid, i);

		if (*guest && d->look.there)
			make(d);
		else if (!*guest && d->look.there && !leave) {
			d->look.there = false;
			d->changed = true;
		}
	}
}

static void touch_device(struct story *s)
{
	struct device *d = &s->devices[pick(s, DEVICES)];

	if (!s->domains[d->look.domid - 1])
		return;
	d->changed = true;
	if (!d->look.there) {
		make(d);
		return;
	}
	switch (pick(s, 8)) {
	case 0:
		d->look.online = false;
		d->look.state = 5;
		break;
	case 1:
		d->look.there = false;
		break;
	case 2:
		d->look.refused = d->look.state < 4;
		break;
	default:
		d->look.state = d->look.refused ? 2 : 2 + pick(s, 5);
	}
}

/* A device by the number in an event's detail, which is unique here. */
static struct device *subject(struct story *s, const struct event_record *e)
{
	unsigned number;

	assert_int_equal(sscanf(e->detail, "{\"number\":%u", &number), 1);
	assert_true(number < DEVICES);
	return &s->devices[number];
}

static void hear(void *arg, const struct event_record *e)
{
	struct story *s = arg;
	struct device *d = subject(s, e);
	uint32_t guest;
	bool vif = d->look.type == DEVICE_vif;

	memcpy(&guest, e->guest.uuid, sizeof(guest));
	assert_int_equal(gnx_starts(event_kind_name(e->kind), "vif"), vif);
	if (d->attached && e->kind != EVENT_vif_detached && e->kind != EVENT_vbd_detached)
		fail_msg("%s after it was attached", event_kind_name(e->kind));
	if (e->kind == EVENT_vif_failed || e->kind == EVENT_vbd_failed) {
		assert_false(d->told_failed && d->guest == guest);
		d->told_failed = true;
	} else if (e->kind == EVENT_vif_attached || e->kind == EVENT_vbd_attached) {
		d->attached = true;
	} else {
		assert_true(d->attached);
		assert_int_equal(d->guest, guest);
		d->attached = d->told_failed = false;
	}
	d->guest = guest;
}

static uint64_t no_origin(void *arg, const uint8_t uuid[GUEST_UUID])
{
	(void)arg, (void)uuid;
	return 0;
}

static void ignore(void *arg, const struct event_record *e)
{
	(void)arg, (void)e;
}

static void look_at_domains(struct story *s)
{
	struct guest_look looks[DOMAINS];
	size_t n = 0;

	for (int i = 0; i < DOMAINS; i++) {
		if (!s->domains[i])
			continue;
		looks[n] = (struct guest_look){.domid = 1 + i, .name = "guest"};
		memcpy(looks[n++].uuid, &s->domains[i], sizeof(s->domains[i]));
	}
	guests_update(s->guests, looks, n, 0, ignore, NULL);
}

/* What a look has seen of it, by which the reader is judged. */
static void judge(struct story *s, struct device *d)
{
	uint32_t guest = s->domains[d->look.domid - 1];
	bool closed = d->look.state == 5 || d->look.state == 6;

	if (!d->look.there || (guest && d->owner != guest))
		d->connected = d->failed = false;
	if (!d->look.there)
		d->told_failed = false;
	d->owner = d->look.there && guest ? guest : d->owner;
	if (!d->look.there || !guest)
		return;
	d->failed |= !d->connected && d->look.state != 4 &&
		(d->look.refused || (closed && d->look.online && d->look.type != DEVICE_qdisk));
	d->connected |= d->look.state == 4;
}

static void compare(struct story *s)
{
	for (size_t i = 0; i < DEVICES; i++) {
		struct device *d = &s->devices[i];
		uint32_t guest = s->domains[d->look.domid - 1];

		judge(s, d);
		if (!d->look.there)
			assert_false(d->attached);
		if (!d->look.there || !guest)
			continue;
		assert_int_equal(d->attached, d->connected);
		if (d->failed)
			assert_true(d->told_failed);
		if (d->attached)
			assert_int_equal(d->guest, guest);
	}
}

/* All, or those that have changed and some more. */
static void look(struct story *s, bool all)
{
	const struct device_teller t = {hear, no_origin, s};

	if (all)
		device_see(s->table, &(struct device_look){.number = DEVICE_ANY});
	for (size_t i = 0; i < DEVICES; i++) {
		struct device *d = &s->devices[i];
		struct device_look l = d->look;

		if (!d->changed && !(all && l.there) && pick(s, 8))
			continue;
		d->changed = false;
		l.whole = false;
		if (device_see(s->table, &l)) {
			l.whole = true;
			device_see(s->table, &l);
		}
	}
	device_gone(s->table, s->guests, &t);
	look_at_domains(s);
	if (device_update(s->table, s->guests, &t))
		compare(s);
	else
		look(s, true);
}

/* What is remembered, as a daemon has it that is started again. */
static void restart(struct story *s, struct device_told *rows, size_t n)
{
	device_table_free(&s->table);
	s->table = device_table_new();
	for (size_t i = 0; i < n; i++) {
		if (rows[i].attached || rows[i].failed)
			device_restore(s->table, &rows[i]);
	}
}

/* Takes the changes in, which must be those of all that was told. */
static void remember(struct story *s, struct device_told rows[DEVICES])
{
	const struct device_told *const *changes;
	size_t n = device_changes(s->table, &changes);

	for (size_t i = 0; i < n; i++) {
		struct device_told *row = &rows[changes[i]->number];

		free(row->name);
		free(row->detail);
		*row = *changes[i];
		row->name = gnx_dup(row->name ? row->name : "");
		row->detail = gnx_dup(row->detail);
	}
	device_remembered(s->table);
}

static void random_story(uint32_t seed)
{
	struct story s = {.random = seed, .guests = guests_new(), .table = device_table_new()};
	struct device_told rows[DEVICES] = {0};

	for (unsigned i = 0; i < DEVICES; i++)
		s.devices[i].look =
			(struct device_look){.domid = 1 + (int)(i / (DEVICES / DOMAINS)),
				.type = i / NUMBERS % DEVICE_TYPES,
				.number = i};
	for (int i = 0; i < 4000; i++) {
		bool again = !pick(&s, 10);

		for (unsigned n = pick(&s, 4); n > 0; n--) {
			if (pick(&s, 8))
				touch_device(&s);
			else
				touch_domain(&s);
		}
		if (again)
			restart(&s, rows, DEVICES);
		look(&s, again || !pick(&s, 10));
		remember(&s, rows);
	}
	for (size_t i = 0; i < DEVICES; i++) {
		free(rows[i].name);
		free(rows[i].detail);
	}
	device_table_free(&s.table);
	guests_free(&s.guests);
}

static void random_stories(void **state)
{
	(void)state;
	with_seeds(random_story);
}

static void count(void *arg, const struct event_record *e)
{
	(void)e;
	++*(unsigned *)arg;
}

/* Twenty thousand devices: one that changes is no more work than one of few. */
static void many(void **state)
{
	unsigned n = 0;
	const struct device_teller t = {count, no_origin, &n};
	struct guests *g = guests_new();
	struct device_table *table = device_table_new();
	GNX_CLEAN(gnx_free)
	struct guest_look *looks = gnx_alloc(MANY / 2 * sizeof(*looks));

	(void)state;
	for (unsigned i = 0; i < MANY / 2; i++) {
		looks[i].domid = 1 + (int)i;
		memcpy(looks[i].uuid, &i, sizeof(i));
	}
	guests_update(g, looks, MANY / 2, 0, ignore, NULL);
	for (unsigned i = 0; i < MANY; i++)
		device_see(table,
			&(struct device_look){.type = i % 2,
				.domid = 1 + (int)(i * 7919 % MANY / 2),
				.there = true,
				.state = 4,
				.whole = true});
	device_update(table, g, &t);
	assert_int_equal(n, MANY);
	device_remembered(table);
	for (int i = 0; i < 100000; i++) {
		device_see(table, &(struct device_look){.domid = 1 + i % 64});
		device_see(table,
			&(struct device_look){
				.domid = 1 + i % 64, .there = true, .state = 4, .whole = true});
		device_gone(table, g, &t);
		device_update(table, g, &t);
		device_remembered(table);
	}
	assert_int_equal(n, MANY);
	device_table_free(&table);
	guests_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_stories),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
