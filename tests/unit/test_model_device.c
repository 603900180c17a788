/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests' devices: what is told of each, when, and what is remembered.
 *
 * A look is written as words. A domain is 5a: its number, and its guest by a letter. A device is
 * 5v0:4: domain, v vif, b vbd or q qdisk, number, Xen's state or x for none; behind it - when it is
 * being taken away, ! when its hotplug program has failed. 5v* stands for all of a domain, * for
 * all. What is told is written as a1:vif-failed/hotplug: guest, incarnation, kind, reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clean.h"
#include "base/str.h"
#include "model/device.h"

#define DOMAINS_MAX 16

/* Tables under test, and what they told in the last look. */
struct world {
	struct guests *guests;
	struct device_table *devices;
	uint64_t operation; /* under way */
	struct gnx_buf told;
	struct event_record last;
	unsigned whole; /* back ends that were read to the end */
	bool clear;	/* what the last update has returned */
};

static int setup(void **state)
{
	struct world *w = gnx_alloc(sizeof(*w));

	w->guests = guests_new();
	w->devices = device_table_new();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	guests_free(&w->guests);
	device_table_free(&w->devices);
	gnx_buf_done(&w->told);
	free(w);
	return 0;
}

static void hear(void *arg, const struct event_record *e)
{
	struct world *w = arg;

	assert_int_equal(e->before, e->guest.state);
	gnx_buf_fmt(&w->told, "%s%c%d:%s%s%s", w->told.len ? " " : "", e->guest.uuid[0],
		(int)e->guest.incarnation, event_kind_name(e->kind), *e->reason ? "/" : "",
		e->reason);
	w->last = *e;
}

static void ignore(void *arg, const struct event_record *e)
{
	(void)arg, (void)e;
}

static uint64_t origin(void *arg, const uint8_t uuid[GUEST_UUID])
{
	const struct world *w = arg;

	(void)uuid;
	return w->operation;
}

static void look_at_domains(struct world *w, const char *words)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv v = {0};
	struct guest_look looks[DOMAINS_MAX];

	gnx_strv_split(&v, words, " ");
	for (size_t i = 0; i < v.len; i++) {
		char *end;

		looks[i] = (struct guest_look){
			.domid = (int)strtol(v.items[i], &end, 10), .cpu_ns = 1};
		memset(looks[i].uuid, *end, GUEST_UUID);
		snprintf(looks[i].name, sizeof(looks[i].name), "guest-%c", *end);
	}
	guests_update(w->guests, looks, v.len, 0, ignore, NULL);
}

static struct device_look parse(const char *word)
{
	struct device_look l = {.online = true};
	char *at;

	if (*word == '*') {
		l.number = DEVICE_ANY;
		return l;
	}
	l.domid = (int)strtol(word, &at, 10);
	l.type = *at == 'v' ? DEVICE_vif : *at == 'b' ? DEVICE_vbd : DEVICE_qdisk;
	l.number = at[1] == '*' ? DEVICE_ANY : (uint32_t)strtoul(at + 1, &at, 10);
	if (l.number == DEVICE_ANY || at[1] == 'x')
		return l;
	l.there = true;
	l.state = (uint32_t)(at[1] - '0');
	l.online = at[2] != '-';
	l.refused = at[2] == '!';
	strcpy(l.texts[l.type == DEVICE_vif ? DEVICE_mac : DEVICE_name], "some");
	return l;
}

/* As a host tells it: the state first. */
static void see(struct world *w, struct device_look l)
{
	if (!device_see(w->devices, &l))
		return;
	w->whole++;
	l.whole = true;
	assert_false(device_see(w->devices, &l));
}

static void look_at_devices(struct world *w, const char *words)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv v = {0};

	gnx_strv_split(&v, words, " ");
	for (size_t i = 0; i < v.len; i++)
		see(w, parse(v.items[i]));
}

static void finish(struct world *w, const char *domains)
{
	const struct device_teller t = {hear, origin, w};

	gnx_buf_done(&w->told);
	device_gone(w->devices, w->guests, &t);
	look_at_domains(w, domains);
	w->clear = device_update(w->devices, w->guests, &t);
}

/* One look, what must be told, and nothing more when it is taken in again. */
static void look(struct world *w, const char *domains, const char *devices, const char *want)
{
	look_at_devices(w, devices);
	finish(w, domains);
	assert_string_equal(w->told.data ? w->told.data : "", want);
	device_remembered(w->devices);
	look_at_devices(w, devices);
	finish(w, domains);
	assert_null(w->told.data);
	device_remembered(w->devices);
}

static void one_is_attached_once(void **state)
{
	struct world *w = *state;

	look(w, "5a", "5v0:1", "");
	look(w, "5a", "5v0:2 5b51712:4", "a1:vbd-attached");
	look(w, "5a", "5v0:4", "a1:vif-attached");
	/* Its guest does what it can. */
	look(w, "5a", "5v0:5", "");
	look(w, "5a", "5v0:6", "");
	look(w, "5a", "5v0:2", "");
	look(w, "5a", "5v0:4", "");
	look(w, "5a", "5v0:5-", "");
	look(w, "5a", "5v0:x", "a1:vif-detached");
	look(w, "5a", "5v0:4", "a1:vif-attached");
	look(w, "", "5v0:x 5b51712:x", "a1:vif-detached a1:vbd-detached");
}

static void one_fails_once(void **state)
{
	struct world *w = *state;

	look(w, "5a", "5v0:2!", "a1:vif-failed/hotplug");
	look(w, "5a", "5v0:5!", "");
	look(w, "5a", "5v0:x", "");
	look(w, "5a", "5b1:6 5q2:6", "a1:vbd-failed/closed"); /* QEMU's closes otherwise */
	look(w, "5a", "5b1:2", "");
	look(w, "5a", "5b1:5", "");
	look(w, "5a", "5b1:4", "a1:vbd-attached");
	look(w, "5a", "5b1:5", "");
	look(w, "5a", "5b1:x", "a1:vbd-detached");
}

/* A guest that is destroyed, or never took its device, is no failure of it. */
static void what_is_taken_away_did_not_fail(void **state)
{
	struct world *w = *state;

	look(w, "5a", "5v0:2 5b1:2", "");
	look(w, "5a", "5v0:5- 5b1:6-", "");
	look(w, "5a", "5v0:x 5b1:x", "");
	look(w, "5a", "5v0:x", "");
}

static void one_waits_for_its_guest(void **state)
{
	struct world *w = *state;

	look(w, "4b", "5v0:4", "");
	look(w, "4b", "", "");
	look(w, "4b 5a", "", "a1:vif-attached");
	look(w, "4b", "", "");
	look(w, "4b", "5v0:x", "a1:vif-detached");
	assert_string_equal(w->last.guest.name, "guest-a");
	assert_int_equal(w->last.guest.state, GUEST_gone);
	assert_int_equal(w->last.guest.domid, -1);
	/* One that nobody comes for is forgotten when it goes. */
	look(w, "4b", "6v0:4", "");
	look(w, "4b", "6v0:x", "");
	look(w, "4b 6c", "", "");
}

static void a_number_that_another_guest_has(void **state)
{
	struct world *w = *state;

	look(w, "5a", "5v0:4 5b1:2!", "a1:vif-attached a1:vbd-failed/hotplug");
	look(w, "5b", "5v0:1 5b1:1", "a1:vif-detached");
	look(w, "5b", "5v0:4 5b1:2!", "b1:vif-attached b1:vbd-failed/hotplug");
	/* In one go. */
	look(w, "6c", "5v0:x 6v0:4", "b1:vif-detached c1:vif-attached");
	/* It is connected already when it is seen: all are to be looked at. */
	assert_true(w->clear);
	look_at_devices(w, "6v0:4");
	finish(w, "6d");
	assert_string_equal(w->told.data, "c1:vif-detached");
	assert_false(w->clear);
	device_remembered(w->devices);
	look(w, "6d", "* 6v0:4 5b1:2", "d1:vif-attached");
	assert_true(w->clear);
}

/* What was lost and is found again has not gone, though it may be another one's. */
static void several_may_have_changed(void **state)
{
	struct world *w = *state;

	look(w, "5a 6b", "5v0:4 5v1:4 5b0:4 6v0:4",
		"a1:vif-attached a1:vif-attached a1:vbd-attached b1:vif-attached");
	look(w, "5a 6b", "5v* 5v1:2", "a1:vif-detached");
	look(w, "5a 6b", "* 5v1:4 5b0:4 6v0:4", "");
	look(w, "5a 6c", "* 5b0:4 6v0:4", "a1:vif-detached b1:vif-detached c1:vif-attached");
	look(w, "", "*", "a1:vbd-detached c1:vif-detached");
}

static void the_whole_is_read_when_it_is_needed(void **state)
{
	struct world *w = *state;

	look_at_devices(w, "5v0:2 5v0:4");
	finish(w, "5a");
	assert_int_equal(w->whole, 2);
	look_at_devices(w, "5v0:5 5v0:6 5v0:4");
	assert_int_equal(w->whole, 2);
	look_at_devices(w, "5v0:2 5v0:4 5v0:x");
	assert_int_equal(w->whole, 3);
	look_at_devices(w, "5v0:4");
	assert_int_equal(w->whole, 4);
}

/* It is told with what it was, though another one is there already. */
static void what_goes_is_told_as_it_was(void **state)
{
	struct world *w = *state;
	struct device_look l = parse("5v0:4"), other = parse("5v0:1");

	strcpy(other.texts[DEVICE_mac], "other");
	see(w, l);
	finish(w, "5a");
	device_remembered(w->devices);
	see(w, other);
	finish(w, "5b");
	assert_string_equal(w->told.data, "a1:vif-detached");
	assert_string_equal(w->last.detail, "{\"number\":0,\"mac\":\"some\"}");
	look(w, "5b", "5v0:x", "");
	see(w, l);
	finish(w, "5b");
	device_remembered(w->devices);
	/* Its own may change, and what went wrong before is over. */
	other = parse("5v0:2");
	strcpy(other.texts[DEVICE_mac], "other");
	strcpy(other.texts[DEVICE_error], "over");
	see(w, other);
	finish(w, "5b");
	look(w, "5b", "5v0:x", "b1:vif-detached");
	assert_string_equal(w->last.detail, "{\"number\":0,\"mac\":\"other\"}");
}

static void operations_are_those_of_the_first_look(void **state)
{
	struct world *w = *state;

	w->operation = 7;
	look(w, "5a", "5v0:1", "");
	w->operation = 8;
	look(w, "5a", "5v0:4", "a1:vif-attached");
	assert_int_equal(w->last.operation, 7);
	look(w, "5a", "5v0:x", "a1:vif-detached");
	assert_int_equal(w->last.operation, 0); /* the monitor knows */
}

static struct device_look taken(enum device_type type, const char *const *nodes)
{
	struct device_look l = {.type = type, .domid = 5, .number = 3, .whole = true};

	for (; *nodes; nodes += 2)
		device_take(&l, nodes[0], nodes[1]);
	return l;
}

/* That this is the detail of a device with these nodes. */
static void assert_detail(enum device_type type, const char *const *nodes, const char *want)
{
	void *state;
	struct world *w;

	setup(&state);
	w = state;
	see(w, taken(type, nodes));
	finish(w, "5a");
	assert_string_equal(w->last.detail, want);
	teardown(&state);
}

static void details_are_what_back_ends_say(void **state)
{
	char longest[DEVICE_TEXT_MAX + 2] = "/", path[DEVICE_TEXT_MAX + 40];

	(void)state;
	assert_detail(DEVICE_vif,
		(const char *const[]){
			"state", "4", "mac", "00:16:3e:00:00:01", "bridge", "br0", NULL},
		"{\"number\":3,\"mac\":\"00:16:3e:00:00:01\",\"bridge\":\"br0\"}");
	assert_detail(DEVICE_qdisk,
		(const char *const[]){
			"state", "4", "dev", "xvda", "params", "aio:/d:e", "odd", "1", NULL},
		"{\"number\":3,\"name\":\"xvda\",\"path\":\"/d:e\"}");
	assert_detail(DEVICE_vbd,
		(const char *const[]){"state", "4", "dev", "x\"", "params", "nbd:x", NULL},
		"{\"number\":3}");
	assert_detail(DEVICE_vbd,
		(const char *const[]){"state", "4", "dev", "x\\", "params", "/a\nb", NULL},
		"{\"number\":3}");
	assert_detail(DEVICE_vbd,
		(const char *const[]){"state", "2", "hotplug-status", "busy", "hotplug-error",
			"no \"x\"\tat\\\x7f\xc3", NULL},
		"{\"number\":3,\"error\":\"no 'x' at   \"}");
	memset(longest + 1, 'l', DEVICE_TEXT_MAX - 1);
	snprintf(path, sizeof(path), "{\"number\":3,\"path\":\"%s\"}", longest);
	assert_detail(
		DEVICE_vbd, (const char *const[]){"state", "4", "params", longest, NULL}, path);
	longest[DEVICE_TEXT_MAX] = 'l';
	assert_detail(DEVICE_vbd, (const char *const[]){"state", "4", "params", longest, NULL},
		"{\"number\":3}");
	snprintf(path, sizeof(path), "{\"number\":3,\"error\":\"%.*s\"}", DEVICE_TEXT_MAX, longest);
	assert_detail(DEVICE_vbd,
		(const char *const[]){
			"state", "2", "hotplug-status", "error", "hotplug-error", longest, NULL},
		path);
}

static void states_that_are_none(void **state)
{
	static const char *const bad[] = {"", "-4", "4x", " 4", "44", "0", "4294967300"};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(bad); i++) {
		struct device_look l =
			taken(DEVICE_vif, (const char *const[]){"state", bad[i], NULL});

		assert_true(l.there);
		assert_int_not_equal(l.state, 4);
	}
}

/* A device as a test remembers it. */
struct memory {
	struct device_told rows[64];
	char names[64][GUEST_NAME_MAX + 1], details[64][EVENT_DETAIL_MAX + 1];
	size_t len;
};

/* Makes the changes that the table asks for. */
static void remember(struct world *w, struct memory *m)
{
	const struct device_told *const *changes;
	size_t n = device_changes(w->devices, &changes);

	for (size_t i = 0; i < n; i++) {
		const struct device_told *d = changes[i];
		size_t at = 0;

		while (at < m->len &&
			!(m->rows[at].domid == d->domid && m->rows[at].type == d->type &&
				m->rows[at].number == d->number))
			at++;
		if (at == m->len)
			m->len++;
		assert_true(m->len < GNX_LEN(m->rows));
		m->rows[at] = *d;
		snprintf(m->names[at], sizeof(m->names[at]), "%s", d->name ? d->name : "");
		snprintf(m->details[at], sizeof(m->details[at]), "%s", d->detail);
	}
	device_remembered(w->devices);
	assert_int_equal(device_changes(w->devices, &changes), 0);
}

/* As a daemon that is started again has it. */
static struct device_table *restored(struct memory *m)
{
	struct device_table *t = device_table_new();

	for (size_t i = 0; i < m->len; i++) {
		m->rows[i].name = m->names[i];
		m->rows[i].detail = m->details[i];
		if (m->rows[i].attached || m->rows[i].failed)
			device_restore(t, &m->rows[i]);
	}
	return t;
}

static void what_was_told_is_remembered(void **state)
{
	struct world *w = *state;
	struct memory m = {0};

	look_at_devices(w, "5v0:4 5v1:2! 5b1:2 6v0:4 6v1:2!");
	finish(w, "5a 6b");
	remember(w, &m);
	assert_int_equal(m.len, 4);
	look_at_devices(w, "6v1:x");
	finish(w, "5a 6b");
	remember(w, &m);
	device_table_free(&w->devices);
	w->devices = restored(&m);
	/* Nothing was told of the one, another was, one has gone, one is another guest's. */
	look(w, "5a 7c", "* 5b1:4 5v1:2! 7v0:4",
		"a1:vif-detached b1:vif-detached a1:vbd-attached "
		"c1:vif-attached");
	assert_string_equal(w->last.detail, "{\"number\":0,\"mac\":\"some\"}");
}

/* What could not be looked at to the end is not judged. */
static void a_look_that_broke_off(void **state)
{
	struct world *w = *state;
	struct memory m = {0};

	look(w, "5a", "5v0:4 5v1:4", "a1:vif-attached a1:vif-attached");
	look_at_devices(w, "* 5v0:4");
	remember(w, &m);
	look(w, "5a", "* 5v0:4 5v1:4", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_is_attached_once),
		TEST(one_fails_once),
		TEST(what_is_taken_away_did_not_fail),
		TEST(one_waits_for_its_guest),
		TEST(a_number_that_another_guest_has),
		TEST(several_may_have_changed),
		TEST(the_whole_is_read_when_it_is_needed),
		TEST(what_goes_is_told_as_it_was),
		TEST(operations_are_those_of_the_first_look),
		TEST(details_are_what_back_ends_say),
		TEST(states_that_are_none),
		TEST(what_was_told_is_remembered),
		TEST(a_look_that_broke_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
