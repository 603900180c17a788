/* SPDX-License-Identifier: BSD-3-Clause */
/* state/state.h: devices of which something was told, together with the events, and over restarts.
 */
#include "base/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "state_journal.h"

static struct device_told device(enum device_type type, int domid, uint32_t number, bool attached)
{
	return (struct device_told){.type = type,
		.domid = domid,
		.number = number,
		.attached = attached,
		.failed = !attached,
		.uuid = {(uint8_t)domid},
		.incarnation = UINT64_MAX,
		.name = "web",
		.detail = "{\"number\":0}"};
}

/* Adds an event with the changes of devices. */
static int put(struct state *s, const struct device_told *devices, size_t n)
{
	const struct device_told *changes[8];
	const struct state_seen seen = {.devices = changes, .devices_len = n};
	struct event_record e = {.kind = EVENT_vif_attached};

	for (size_t i = 0; i < n; i++)
		changes[i] = &devices[i];
	return state_add(s, &e, 1, &seen, NULL);
}

static void add_words(void *arg, const struct device_told *d)
{
	assert_true(d->attached != d->failed);
	assert_int_equal(d->uuid[0], d->domid % 256);
	assert_true(d->incarnation == UINT64_MAX);
	assert_string_equal(d->name, "web");
	assert_string_equal(d->detail, "{\"number\":0}");
	gnx_buf_fmt(arg, "%s%s %d %u;", d->failed ? "!" : "", device_type_name(d->type), d->domid,
		d->number);
}

static void assert_devices(struct state *s, const char *words)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf found = {0};

	assert_int_equal(state_devices(s, add_words, &found, NULL), 0);
	assert_string_equal(found.data ? found.data : "", words);
}

static void devices_come_change_and_go(void **state)
{
	struct state *s = open_state(*state);
	struct device_told d[] = {device(DEVICE_vif, 32751, DEVICE_ANY - 1, true),
		device(DEVICE_vbd, 1, 51712, false), device(DEVICE_qdisk, 1, 51712, true)};

	assert_devices(s, "");
	assert_int_equal(put(s, d, 3), 0);
	assert_devices(s, "qdisk 1 51712;!vbd 1 51712;vif 32751 4294967294;");
	d[1].attached = true;
	d[1].failed = d[2].attached = false;
	assert_int_equal(put(s, d, 3), 0);
	state_close(&s);
	s = open_state(*state);
	assert_devices(s, "vbd 1 51712;vif 32751 4294967294;");
	assert_range(s, 1, 2);
	assert_int_equal(state_forget_devices(s, NULL), 0);
	assert_devices(s, "");
	state_close(&s);
}

/* The one of the event and of the devices is not without the other. */
static void they_are_of_one_transaction(void **state)
{
	struct state *s = open_state(*state);
	struct device_told d[] = {device(DEVICE_vif, 1, 0, true), device(DEVICE_vif, 2, 0, true)};

	d[1].name = NULL; /* which the table takes for nothing */
	assert_true(put(s, d, 2) < 0);
	assert_range(s, 0, 0);
	assert_devices(s, "");
	assert_int_equal(put(s, d, 1), 0);
	assert_range(s, 1, 1);
	assert_devices(s, "vif 1 0;");
	state_close(&s);
}

static void what_does_not_fit_is_an_error(void **state)
{
	static const char *const bad[] = {"domid = 0", "domid = -1", "type = 'pci'", "number = -1",
		"number = 4294967295", "attached = 2", "failed = -1", "uuid = x''",
		"name = hex(zeroblob(64))", "detail = hex(zeroblob(1025))"};

	for (size_t i = 0; i < GNX_LEN(bad); i++) {
		GNX_CLEAN(gnx_free)
		char *text = gnx_fmt(
			"DELETE FROM devices WHERE domid <> 1; UPDATE devices SET %s", bad[i]);
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf found = {0};
		struct device_told d = device(DEVICE_vif, 1, 0, true);
		struct state *s = open_state(*state);
		struct gnx_err err = GNX_ERR_INIT;

		assert_int_equal(put(s, &d, 1), 0);
		state_close(&s);
		sql(*state, text);
		s = open_state(*state);
		assert_int_equal(state_devices(s, add_words, &found, &err), -GNX_E_SYNTAX);
		assert_non_null(strstr(err.msg, "a device has a bad "));
		assert_null(found.data);
		state_close(&s);
		sql(*state, "DELETE FROM devices");
	}
}

/* Version 4 had none. */
static void an_older_one_is_brought_up_to_date(void **state)
{
	struct state *s = open_state(*state);
	struct device_told d = device(DEVICE_vif, 1, 0, true);

	add_plain(s, 1);
	state_close(&s);
	make_older(*state, 4);
	s = open_state(*state);
	assert_range(s, 1, 1);
	assert_devices(s, "");
	assert_int_equal(put(s, &d, 1), 0);
	assert_devices(s, "vif 1 0;");
	state_close(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices_come_change_and_go),
		TEST(they_are_of_one_transaction),
		TEST(what_does_not_fit_is_an_error),
		TEST(an_older_one_is_brought_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
