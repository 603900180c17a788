/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd/msg.h: values come out as they were put, and what is not valid is a bad message. */
#include "gridnixd/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct event_record sample = {
	.seq = 1234567890123,
	.wall_ms = 1795650000123,
	.mono_ms = 5,
	.boot_id = "01234567-89ab-cdef-0123-456789abcdef",
	.kind = EVENT_crashed,
	.reason = "watchdog",
	.guest = {.uuid = {1, 2, 255},
		.incarnation = 3,
		.domid = 32751,
		.state = GUEST_crashed,
		.name = "web \xff",
		.memory_kib = UINT64_MAX,
		.vcpus = UINT32_MAX,
		.cpu_ns = 7},
	.before = GUEST_suspended,
	.detail = "{}",
};

static void values_come_out_as_they_were_put(void **state)
{
	const struct msg_host host = {"boot", 3, INT64_MAX, 5, INT64_MAX};
	struct msg_host host_out = {0};
	struct event_record event_out = {0};
	struct wire w;

	(void)state;
	wire_begin(&w, MSG_HOST);
	msg_put_host(&w, &host);
	msg_get_host(&w, &host_out);
	assert_int_equal(wire_end(&w), 0);
	assert_memory_equal(&host_out, &host, sizeof(host));
	wire_begin(&w, MSG_EVENT);
	msg_put_event(&w, &sample);
	msg_get_event(&w, &event_out);
	assert_int_equal(wire_end(&w), 0);
	assert_memory_equal(&event_out, &sample, sizeof(sample));
}

static void the_largest_event_fits(void **state)
{
	struct event_record e = sample;
	struct wire w;

	(void)state;
	memset(e.detail, 'x', EVENT_DETAIL_MAX);
	memset(e.guest.name, 'x', GUEST_NAME_MAX);
	memset(e.reason, 'x', GUEST_REASON_MAX);
	wire_begin(&w, MSG_EVENT);
	wire_put_u32(&w, 1);
	msg_put_event(&w, &e);
	assert_false(w.bad);
}

static int pass_event(const struct event_record *e)
{
	struct event_record out;
	struct wire w;

	wire_begin(&w, MSG_EVENT);
	msg_put_event(&w, e);
	msg_get_event(&w, &out);
	assert_true(out.kind < EVENT_COUNT && out.before < GUEST_STATE_COUNT);
	assert_true(out.guest.state < GUEST_STATE_COUNT);
	return wire_end(&w);
}

static void bad_events(void **state)
{
	struct event_record e;

	(void)state;
#define BAD(field, value)                                                                          \
	e = sample;                                                                                \
	e.field = value;                                                                           \
	assert_int_equal(pass_event(&e), -GNX_E_SYNTAX)

	BAD(seq, 0);
	BAD(seq, UINT64_MAX);
	BAD(wall_ms, -1);
	BAD(wall_ms, 253402300800000);
	BAD(mono_ms, -1);
	BAD(kind, EVENT_COUNT);
	BAD(before, GUEST_STATE_COUNT);
	BAD(guest.state, GUEST_STATE_COUNT);
	BAD(guest.domid, -2);
	BAD(guest.domid, 32752);
#undef BAD
}

static void bad_hosts(void **state)
{
	static const struct msg_host hosts[] = {
		{"", 2, 1, 0, 0}, {"", 1, UINT64_MAX, 0, 0}, {"", 0, 0, 0, -1}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct msg_host out;
		struct wire w;

		wire_begin(&w, MSG_HOST);
		msg_put_host(&w, &hosts[i]);
		msg_get_host(&w, &out);
		assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);
	}
}

/* Every message that was cut off, at any value. */
static void cut_events(void **state)
{
	struct event_record out;
	struct wire w;

	(void)state;
	wire_begin(&w, MSG_EVENT);
	msg_put_event(&w, &sample);
	for (size_t len = w.at; len < w.len; len++) {
		struct wire cut = w;

		cut.len = len;
		msg_get_event(&cut, &out);
		assert_int_equal(wire_end(&cut), -GNX_E_SYNTAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_out_as_they_were_put),
		cmocka_unit_test(the_largest_event_fits),
		cmocka_unit_test(bad_events),
		cmocka_unit_test(bad_hosts),
		cmocka_unit_test(cut_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
