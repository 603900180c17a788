/* SPDX-License-Identifier: BSD-3-Clause */
/* Unit tests: definitions and operations in the state; a state of the version before them. */
#include "base/clean.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "state_journal.h"

static struct definition definition(uint8_t number, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *text = gnx_fmt("[guest]\nname = %s\nmemory = 64M\nkernel = /boot/k\n", name);
	struct gnx_err err = GNX_ERR_INIT;
	struct definition d;

	if (definition_parse(&d, text, strlen(text), "test", &err) < 0)
		fail_msg("%s", err.msg);
	d.uuid[0] = number;
	return d;
}

static int define(struct state *s, uint8_t number, const char *name)
{
	struct definition d = definition(number, name);
	struct event_record e = {.kind = EVENT_defined};
	int r = state_define(s, &d, NULL, &e, NULL);

	assert_int_equal(r == 0, e.seq != 0);
	return r;
}

/* "name/want" of each, with blanks between. */
static void add_words(void *arg, const struct definition *d, enum state_want want)
{
	static const char *const wants[] = {"off", "on", "restart"};
	struct gnx_buf *to = arg;

	gnx_buf_fmt(to, "%s%s/%s", to->len ? " " : "", d->name, wants[want]);
}

static void assert_definitions(struct state *s, const char *words)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf found = {0};

	assert_int_equal(state_definitions(s, add_words, &found, NULL), 0);
	assert_string_equal(found.len ? found.data : "", words);
}

static void definitions_come_change_and_go(void **state)
{
	GNX_CLEAN(state_close)
	struct state *s = open_state(*state);
	struct event_record e = {.kind = EVENT_undefined};
	struct definition d;

	assert_definitions(s, "");
	assert_int_equal(define(s, 2, "b"), 0);
	assert_int_equal(define(s, 1, "a"), 0);
	assert_int_equal(state_want(s, (uint8_t[GUEST_UUID]){2}, STATE_WANT_restart, NULL), 0);
	assert_int_equal(define(s, 3, "a"), -EEXIST);
	assert_int_equal(define(s, 2, "c"), 0);
	assert_definitions(s, "a/off c/restart");
	assert_int_equal(state_definition(s, (uint8_t[GUEST_UUID]){2}, &d, NULL), 0);
	assert_string_equal(d.name, "c");
	assert_int_equal(d.memory_kib, 65536);
	assert_int_equal(state_undefine(s, (uint8_t[GUEST_UUID]){2}, &e, NULL), 0);
	assert_int_equal(e.seq, 4);
	assert_int_equal(state_definition(s, (uint8_t[GUEST_UUID]){2}, &d, NULL), -ENOENT);
	state_close(&s);
	s = open_state(*state);
	assert_definitions(s, "a/off");
}

static void operations(void **state)
{
	GNX_CLEAN(state_close)
	struct state *s = open_state(*state);
	struct operation one = {.verb = VERB_reboot, .uuid = {7}, .began_ms = 5}, two = one, found;

	assert_int_equal(state_operation_put(s, &one, NULL), 0);
	assert_int_equal(state_operation_put(s, &two, NULL), 0);
	assert_int_equal(one.id, 1);
	assert_int_equal(two.id, 2);
	one.state = OPERATION_failed;
	one.ended_ms = 9;
	strcpy(one.words, "why");
	assert_int_equal(state_operation_put(s, &one, NULL), 0);
	assert_int_equal(state_operations_lost(s, 11, NULL), 0);
	assert_int_equal(state_operation(s, 1, &found, NULL), 0);
	assert_memory_equal(&found, &one, sizeof(one));
	assert_int_equal(state_operation(s, 2, &found, NULL), 0);
	assert_int_equal(found.state, OPERATION_unknown);
	assert_int_equal(found.ended_ms, 11);
	assert_int_equal(state_operation(s, 3, &found, NULL), -ENOENT);
	assert_int_equal(state_operation(s, UINT64_MAX, &found, NULL), -ENOENT);
}

static void old_operations_are_forgotten(void **state)
{
	GNX_CLEAN(state_close)
	struct state *s = open_state(*state);
	struct operation found;

	for (size_t i = 0; i <= STATE_OPERATIONS_MAX; i++) {
		struct operation o = {.verb = VERB_start};

		assert_int_equal(state_operation_put(s, &o, NULL), 0);
	}
	assert_int_equal(state_operation(s, 1, &found, NULL), -ENOENT);
	assert_int_equal(state_operation(s, 2, &found, NULL), 0);
}

static int take_operation(void *arg, const struct event_record *e)
{
	*(uint64_t *)arg = e->operation;
	return 0;
}

/* Version 1 had the journal and the guests alone. */
static void an_older_one_is_brought_up_to_date(void **state)
{
	struct event_record e = {.kind = EVENT_gap, .operation = 3};
	GNX_CLEAN(state_close)
	struct state *s = open_state(*state);
	uint64_t operation = 1;

	assert_int_equal(state_add(s, &e, 1, &(struct state_seen){0}, NULL), 0);
	state_close(&s);
	make_older(*state, 1);
	s = open_state(*state);
	assert_int_equal(state_events(s, 0, 1, take_operation, &operation, NULL), 0);
	assert_int_equal(operation, 0);
	assert_int_equal(define(s, 1, "a"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {TEST(definitions_come_change_and_go),
		TEST(operations), TEST(old_operations_are_forgotten),
		TEST(an_older_one_is_brought_up_to_date)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
