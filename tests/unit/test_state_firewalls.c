/* SPDX-License-Identifier: BSD-3-Clause */
/* Unit tests: firewalls in the state; a state of the version before them. */
#include "base/clean.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "state_journal.h"

static struct firewall f; /* too large for a stack */

static void put(struct state *s, const char *name, const char *include)
{
	struct event_record e = {.kind = EVENT_firewall_defined};

	firewall_init(&f);
	snprintf(f.name, sizeof(f.name), "%s", name);
	snprintf(f.include, sizeof(f.include), "%s", include);
	assert_int_equal(firewall_check(&f, NULL), 0);
	assert_int_equal(state_firewall_put(s, &f, &e, NULL), 0);
	assert_true(e.seq > 0);
}

/* "name/include" of each, with blanks between. */
static int add_words(void *arg, const struct firewall *found)
{
	struct gnx_buf *to = arg;

	gnx_buf_fmt(to, "%s%s/%s", to->len ? " " : "", found->name, found->include);
	return 0;
}

static void assert_firewalls(struct state *s, const char *words)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf found = {0};

	assert_int_equal(state_firewalls(s, add_words, &found, NULL), 0);
	assert_string_equal(found.len ? found.data : "", words);
}

static int refuse(void *arg, const struct firewall *found)
{
	(void)arg, (void)found;
	return -ECANCELED;
}

static void firewalls_come_change_and_go(void **state)
{
	struct state *s = open_state(*state);
	struct event_record e = {.kind = EVENT_firewall_deleted};

	assert_firewalls(s, "");
	put(s, "web", "");
	put(s, "base", "");
	put(s, "web", "base");
	assert_firewalls(s, "base/ web/base");
	assert_int_equal(state_firewalls(s, refuse, NULL, NULL), -ECANCELED);
	assert_int_equal(state_firewall(s, "web", &f, NULL), 0);
	assert_string_equal(f.include, "base");
	assert_int_equal(state_firewall(s, "nobody", &f, NULL), -ENOENT);
	assert_int_equal(state_firewall_drop(s, "web", &e, NULL), 0);
	assert_int_equal(e.seq, 4);
	state_close(&s);
	s = open_state(*state);
	assert_firewalls(s, "base/");
	state_close(&s);
}

static void what_is_no_firewall_is_an_error(void **state)
{
	struct state *s = open_state(*state);
	struct gnx_err err = GNX_ERR_INIT;

	state_close(&s);
	sql(*state, "INSERT INTO firewalls VALUES ('a', '[firewall]\nname = b b')");
	s = open_state(*state);
	assert_int_equal(state_firewalls(s, add_words, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "state.db:2: [firewall] name:"));
	state_close(&s);
}

/* Version 8 had none. */
static void an_older_one_is_brought_up_to_date(void **state)
{
	struct state *s = open_state(*state);

	add_plain(s, 1);
	state_close(&s);
	make_older(*state, 8);
	s = open_state(*state);
	assert_range(s, 1, 1);
	put(s, "web", "");
	assert_firewalls(s, "web/");
	state_close(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(firewalls_come_change_and_go),
		TEST(what_is_no_firewall_is_an_error),
		TEST(an_older_one_is_brought_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
