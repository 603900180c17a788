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
	.operation = INT64_MAX,
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
	const struct msg_host host = {"boot", 3, INT64_MAX, 5, INT64_MAX, {"", "the disk is full"}};
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

static void consoles(void **state)
{
	static const struct msg_console in = {
		true, false, true, false, true, .since = UINT64_MAX, .lines = 1};
	struct msg_console out = {0}, bad = {.write = true};
	struct wire w;

	(void)state;
	wire_begin(&w, 1);
	msg_put_console(&w, &in);
	msg_get_console(&w, &out);
	assert_int_equal(wire_end(&w), 0);
	assert_true(out.stream && !out.follow && out.write && !out.steal && out.placed);
	assert_true(out.since == in.since && out.lines == in.lines);
	/* Nobody writes to a log. */
	wire_begin(&w, 1);
	msg_put_console(&w, &bad);
	msg_get_console(&w, &out);
	assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);
}

static const struct operation operation = {
	.id = INT64_MAX,
	.verb = VERB_unpause,
	.uuid = {1, 2, 255},
	.state = OPERATION_failed,
	.began_ms = 1795650000123,
	.ended_ms = 1795650000124,
	.words = "not enough memory",
};

static void operations(void **state)
{
	struct operation out = {0};
	struct wire w;

	(void)state;
	wire_begin(&w, MSG_OPERATION);
	msg_put_operation(&w, &operation);
	msg_get_operation(&w, &out);
	assert_int_equal(wire_end(&w), 0);
	assert_memory_equal(&out, &operation, sizeof(out));
}

static int pass_work(const struct msg_work *work, struct msg_work *out)
{
	struct wire w;

	wire_begin(&w, MSG_WORK);
	msg_put_work(&w, work);
	msg_get_work(&w, out);
	return wire_end(&w);
}

static void work(void **state)
{
	static struct msg_work sent = {.verb = VERB_save,
		.guest = {.name = "web", .vcpus = 1, .vcpus_max = 1},
		.domid = 32751};
	static struct msg_work out;

	(void)state;
	assert_int_equal(pass_work(&sent, &out), 0);
	assert_memory_equal(&out, &sent, sizeof(out));
	for (size_t i = 0; i < 3; i++) {
		sent.domid = (const int[]){-2, 0, 32752}[i];
		assert_int_equal(pass_work(&sent, &out), -GNX_E_SYNTAX);
	}
	sent.domid = -1;
	assert_int_equal(pass_work(&sent, &out), 0);
	sent.verb = VERB_COUNT;
	assert_int_equal(pass_work(&sent, &out), -GNX_E_SYNTAX);
}

static int pass_operation(const struct operation *o)
{
	struct operation out;
	struct wire w;

	wire_begin(&w, MSG_OPERATION);
	msg_put_operation(&w, o);
	msg_get_operation(&w, &out);
	assert_true(out.verb < VERB_COUNT && out.state < OPERATION_STATE_COUNT);
	return wire_end(&w);
}

static void bad_operations(void **state)
{
	struct operation o;

	(void)state;
#define BAD(field, value)                                                                          \
	o = operation;                                                                             \
	o.field = value;                                                                           \
	assert_int_equal(pass_operation(&o), -GNX_E_SYNTAX)

	BAD(id, 0);
	BAD(id, UINT64_MAX);
	BAD(verb, VERB_COUNT);
	BAD(state, OPERATION_STATE_COUNT);
	BAD(began_ms, -1);
	BAD(ended_ms, 253402300800000);
#undef BAD
}

/* One with as much in it as there can be: it fits, and comes out as it was put. */
static struct definition largest(void)
{
	struct definition d = {.uuid = {1},
		.type = DEFINITION_pv,
		.memory_kib = UINT64_MAX,
		.memory_max_kib = UINT64_MAX,
		.vcpus = DEFINITION_VCPUS_MAX,
		.vcpus_max = DEFINITION_VCPUS_MAX,
		.autostart = true,
		.order = 99,
		.delay_s = UINT32_MAX,
		.patience_s = UINT32_MAX,
		.on_reboot = DEFINITION_preserve,
		.disks_len = DEFINITION_DISKS_MAX,
		.vifs_len = DEFINITION_VIFS_MAX};

	memset(d.name, 'n', GUEST_NAME_MAX);
	memset(d.kernel, 'k', DEFINITION_PATH_MAX);
	memset(d.initrd, 'i', DEFINITION_PATH_MAX);
	memset(d.cmdline, 'c', DEFINITION_LINE_MAX);
	for (size_t i = 0; i < DEFINITION_DISKS_MAX; i++) {
		memset(d.disks[i].target, 't', DEFINITION_WORD_MAX);
		memset(d.disks[i].path, 'p', DEFINITION_PATH_MAX);
		d.disks[i].readonly = i % 2;
	}
	for (size_t i = 0; i < DEFINITION_VIFS_MAX; i++) {
		memset(d.vifs[i].bridge, 'b', DEFINITION_WORD_MAX);
		d.vifs[i].mac[5] = (uint8_t)i;
		memset(d.vifs[i].address, 'a', DEFINITION_PATH_MAX);
		memset(d.vifs[i].script, 's', DEFINITION_PATH_MAX);
	}
	return d;
}

static void the_largest_definition_fits(void **state)
{
	static struct definition d, out;
	struct wire w;

	(void)state;
	d = largest();
	wire_begin(&w, MSG_ASK_DEFINE);
	wire_put_u32(&w, 1);
	msg_put_definition(&w, &d);
	assert_false(w.bad);
	wire_get_u32(&w);
	msg_get_definition(&w, &out);
	assert_int_equal(wire_end(&w), 0);
	assert_memory_equal(&out, &d, sizeof(out));
}

static int pass_definition(const struct definition *d)
{
	static struct definition out;
	struct wire w;

	wire_begin(&w, MSG_DEFINITION);
	msg_put_definition(&w, d);
	msg_get_definition(&w, &out);
	assert_true(out.disks_len <= DEFINITION_DISKS_MAX && out.vifs_len <= DEFINITION_VIFS_MAX);
	assert_true(out.type < DEFINITION_TYPE_COUNT && out.on_crash < DEFINITION_ACTION_COUNT);
	return wire_end(&w);
}

static void bad_definitions(void **state)
{
	struct definition d;

	(void)state;
#define BAD(field, value)                                                                          \
	definition_init(&d);                                                                       \
	d.field = value;                                                                           \
	assert_int_equal(pass_definition(&d), -GNX_E_SYNTAX)

	BAD(type, DEFINITION_TYPE_COUNT);
	BAD(vcpus, DEFINITION_VCPUS_MAX + 1);
	BAD(vcpus_max, DEFINITION_VCPUS_MAX + 1);
	BAD(on_poweroff, DEFINITION_ACTION_COUNT);
	BAD(on_reboot, DEFINITION_ACTION_COUNT);
	BAD(on_crash, DEFINITION_ACTION_COUNT);
#undef BAD
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
		{.first = 2, .last = 1}, {.first = 1, .last = UINT64_MAX}, {.up_ms = -1}};

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

/* As much of a guest's figures as there can be. */
static struct msg_stats largest_stats(void)
{
	struct msg_stats m = {.guest = sample.guest};
	struct stats *s = &m.stats;

	memset(s, 0xff, sizeof(*s));
	s->vifs_len = STATS_VIFS_MAX;
	s->vbds_len = STATS_VBDS_MAX;
	for (size_t i = 0; i < STATS_VIFS_MAX; i++) {
		s->vifs[i].name[STATS_NAME_MAX] = '\0';
		s->vifs[i].ipv4[STATS_TEXT_MAX] = s->vifs[i].ipv6[STATS_TEXT_MAX] = '\0';
	}
	for (size_t i = 0; i < STATS_REPORTED_COUNT; i++)
		s->reported[i][STATS_TEXT_MAX] = '\0';
	return m;
}

static void the_most_figures_fit(void **state)
{
	static struct msg_stats in, out;
	static struct wire w, again;

	(void)state;
	in = largest_stats();
	wire_begin(&w, MSG_STATS);
	msg_put_stats(&w, &in);
	assert_false(w.bad);
	msg_get_stats(&w, &out);
	assert_int_equal(wire_end(&w), 0);
	wire_begin(&again, MSG_STATS);
	msg_put_stats(&again, &out);
	assert_int_equal(again.len, w.len);
	assert_memory_equal(again.data, w.data, w.len);
}

static void bad_figures(void **state)
{
	static struct msg_stats in, out;
	static struct wire w;

	(void)state;
	for (int which = 0; which < 2; which++) {
		in = largest_stats();
		in.stats.vifs_len = in.stats.vbds_len = 0;
		wire_begin(&w, MSG_STATS);
		msg_put_stats(&w, &in);
		/* The numbers of devices stand behind the guest's figures, with a byte for the
		 * type. */
		struct wire before;
		wire_begin(&before, MSG_STATS);
		msg_put_guest(&before, &in.guest);
		for (int i = 0; i < STATS_GUEST_COUNT; i++)
			wire_put_u64(&before, 0);
		w.data[before.len + (size_t)which * 5 + 1] = 200;
		msg_get_stats(&w, &out);
		assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);
		assert_true(out.stats.vifs_len <= STATS_VIFS_MAX);
		assert_true(out.stats.vbds_len <= STATS_VBDS_MAX);
	}
}

static void figures_of_the_host(void **state)
{
	struct stats_host in = {.xen = "4.20.0"}, out = {0};
	struct wire w;

	(void)state;
	stats_unknown(in.figures, STATS_HOST_COUNT);
	in.figures[STATS_HOST_cpus] = 5;
	wire_begin(&w, MSG_HOST_STATS);
	msg_put_host_stats(&w, &in);
	msg_get_host_stats(&w, &out);
	assert_int_equal(wire_end(&w), 0);
	assert_memory_equal(&out, &in, sizeof(in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_out_as_they_were_put),
		cmocka_unit_test(consoles),
		cmocka_unit_test(operations),
		cmocka_unit_test(work),
		cmocka_unit_test(bad_operations),
		cmocka_unit_test(the_largest_definition_fits),
		cmocka_unit_test(bad_definitions),
		cmocka_unit_test(the_largest_event_fits),
		cmocka_unit_test(bad_events),
		cmocka_unit_test(bad_hosts),
		cmocka_unit_test(cut_events),
		cmocka_unit_test(the_most_figures_fit),
		cmocka_unit_test(bad_figures),
		cmocka_unit_test(figures_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
