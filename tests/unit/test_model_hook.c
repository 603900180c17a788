/* SPDX-License-Identifier: BSD-3-Clause */
/* model/hook.h: files that declare hooks, and who wants what. */
#include "model/hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int parse(struct hook *h, const char *text, struct gnx_err *err)
{
	hook_init(h, "x.hook");
	return hook_parse(h, text, strlen(text), "x.hook", err);
}

static void defaults(void **state)
{
	struct hook h;

	(void)state;
	assert_int_equal(parse(&h, "[hook]\nprogram = /bin/true\n", NULL), 0);
	assert_string_equal(h.name, "x.hook");
	assert_string_equal(h.program, "/bin/true");
	assert_int_equal(h.mode, HOOK_after);
	assert_string_equal(h.guest, "*");
	assert_string_equal(h.user, "nobody");
	assert_false(h.names_user);
	assert_int_equal(h.timeout, 30);
	assert_int_equal(h.tries, 5);
	assert_int_equal(h.concurrency, 4);
	assert_true(h.mask == UINT64_MAX);
}

static void bad_values(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{"", "x.hook: program: is missing"},
		{"program = /x\n", "x.hook:1: there is only the section [hook]"},
		{"[hooks]\n", "x.hook:1: there is only the section [hook]"},
		{"[hook]\nprogram = x\n", "x.hook:2: program: no value for it"},
		{"[hook]\ncommand = /x\n", "x.hook:2: there is no such key"},
		{"[hook]\nprogram = /x\nmode = during\n", "x.hook:3: mode: no value for it"},
		{"[hook]\nprogram = /x\ntimeout = 0\n", "x.hook:3: timeout: no value for it"},
		{"[hook]\nprogram = /x\ntimeout = 3601\n", "x.hook:3: timeout: no value for it"},
		{"[hook]\nprogram = /x\ntries = 21\n", "x.hook:3: tries: no value for it"},
		{"[hook]\nprogram = /x\nconcurrency = -1\n",
			"x.hook:3: concurrency: no value for it"},
		{"[hook]\nprogram = /x\nuser =\n", "x.hook:3: user: no value for it"},
		{"[hook]\nprogram = /x\nkinds = started start\n",
			"x.hook: kinds: there is no such kind of event"},
		{"[hook]\nprogram = /x\nmode = before\nkinds = started\n",
			"x.hook: kinds: there is no such verb"},
		{"[hook]\nprogram = /x\nmode = before\ntimeout = 61\n",
			"x.hook: timeout: with mode = before at most 60"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct gnx_err err = GNX_ERR_INIT;
		struct hook h;

		assert_true(parse(&h, bad[i].text, &err) < 0);
		assert_string_equal(err.msg, bad[i].words);
	}
}

static void who_wants_what(void **state)
{
	struct guest web = {.uuid = {1}, .name = "web-1"}, db = {.uuid = {2}, .name = "db"};
	struct hook h;

	(void)state;
	parse(&h, "[hook]\nprogram = /x\nkinds = started crashed\nguest = web-*\n", NULL);
	assert_true(hook_wants(&h, EVENT_started, true, &web));
	assert_false(hook_wants(&h, EVENT_paused, true, &web));
	assert_false(hook_wants(&h, EVENT_started, true, &db));
	assert_false(hook_wants(&h, EVENT_started, false, &db));
	assert_false(hook_wants(&h, EVENT_gap, false, &db));
	assert_false(hook_asked(&h, VERB_start, &web));
	parse(&h, "[hook]\nprogram = /x\nguest = 02000000-0000-0000-0000-000000000000\n", NULL);
	assert_true(hook_wants(&h, EVENT_paused, true, &db));
	assert_false(hook_wants(&h, EVENT_paused, true, &web));
	assert_true(hook_wants(&h, EVENT_gap, false, &db));
	assert_false(hook_wants(&h, EVENT_daemon_started, false, &db));
	parse(&h, "[hook]\nprogram = /x\n", NULL);
	assert_true(hook_wants(&h, EVENT_host_started, false, &db));
	parse(&h, "[hook]\nprogram = /x\nkinds = start destroy\nmode = before\n", NULL);
	assert_true(hook_asked(&h, VERB_destroy, &db));
	assert_false(hook_asked(&h, VERB_pause, &db));
	assert_false(hook_wants(&h, EVENT_started, true, &db));
}

static void names(void **state)
{
	(void)state;
	assert_true(hook_good_name("50-mail"));
	assert_true(hook_good_name("a.b_c"));
	assert_false(hook_good_name(""));
	assert_false(hook_good_name(".hidden"));
	assert_false(hook_good_name("a~"));
	assert_false(hook_good_name("a b"));
	assert_false(hook_good_name("../x"));
}

static void delays(void **state)
{
	(void)state;
	assert_int_equal(delivery_delay_ms(1), 1000);
	assert_int_equal(delivery_delay_ms(2), 2000);
	assert_int_equal(delivery_delay_ms(5), 16000);
	assert_int_equal(delivery_delay_ms(20), 300000);
	assert_int_equal(delivery_delay_ms(UINT32_MAX), 300000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(who_wants_what),
		cmocka_unit_test(names),
		cmocka_unit_test(delays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
