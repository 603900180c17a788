/* SPDX-License-Identifier: BSD-3-Clause */
/* Kinds of events: the table is sound, and names lead to kinds and back. */
#include "base/clean.h"
#include "model/event.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	enum event_kind kind;
	const char *id, *name, *known, *doc;
} table[] = {
#define X(id, name, known, doc) {EVENT_##id, #id, name, #known, doc},
#include "model/event.def"
#undef X
};

static void names(void **state)
{
	(void)state;
	assert_int_equal(GNX_LEN(table), EVENT_COUNT);
	for (size_t i = 0; i < EVENT_COUNT; i++) {
		assert_int_equal(table[i].kind, i);
		assert_string_equal(event_kind_name(table[i].kind), table[i].name);
		assert_int_equal(event_kind_by_name(table[i].name), i);
	}
}

/* The name is the identifier with hyphens, so that neither has to be looked up. */
static void names_and_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVENT_COUNT; i++) {
		assert_int_equal(strlen(table[i].id), strlen(table[i].name));
		assert_int_equal(strspn(table[i].name, "abcdefghijklmnopqrstuvwxyz-"),
			strlen(table[i].name));
		for (const char *id = table[i].id, *name = table[i].name; *id; id++, name++)
			assert_int_equal(*name, *id == '_' ? '-' : *id);
	}
}

static void no_names(void **state)
{
	static const char *const bad[] = {"", "start", "startedx", "Started", " started",
		"started ", "host_started", "host started", "destroyed,started"};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(bad); i++)
		assert_int_equal(event_kind_by_name(bad[i]), -EINVAL);
}

static void known(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVENT_COUNT; i++) {
		const char *is = event_kind_known(table[i].kind);
		const char *upper = !strcmp(is, "watched") ? "WATCHED"
			: !strcmp(is, "polled")		   ? "POLLED"
							   : "OWN";

		assert_string_equal(upper, table[i].known);
	}
	assert_string_equal(event_kind_known(EVENT_gap), "own");
	assert_string_equal(event_kind_known(EVENT_crashed), "watched");
	assert_string_equal(event_kind_known(EVENT_paused), "polled");
}

static void of_guests(void **state)
{
	struct event_record host = {.kind = EVENT_gap};
	struct event_record defined = {.kind = EVENT_defined, .guest = {.uuid = {[15] = 1}}};
	struct event_record nameless = {.kind = EVENT_started, .guest = {.incarnation = 1}};

	(void)state;
	assert_false(event_of_guest(&host));
	assert_true(event_of_guest(&defined));
	assert_true(event_of_guest(&nameless));
}

static void documented(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVENT_COUNT; i++) {
		size_t len = strlen(table[i].doc);

		assert_true(len > 20 && table[i].doc[len - 1] == '.');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(names_and_ids),
		cmocka_unit_test(no_names),
		cmocka_unit_test(known),
		cmocka_unit_test(of_guests),
		cmocka_unit_test(documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
