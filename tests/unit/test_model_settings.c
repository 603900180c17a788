/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd's configuration: defaults, good and bad values, what a reload changes. */
#include "base/clean.h"
#include "model/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static int parse(struct settings *s, const char *text, struct gnx_err *err)
{
	return settings_parse(s, text, strlen(text), "g.conf", err);
}

static void good_values(void **state)
{
	struct settings s;

	(void)state;
	settings_init(&s);
	assert_string_equal(s.state_dir, "/var/lib/gridnix");
	assert_int_equal(s.socket_mode, 0660);
	assert_true(s.guests_autostart);
	assert_int_equal(parse(&s,
				 "# all\n[state]\ndir = /srv/g\njournal = 100\n[guests]\nautostart "
				 "= no\npatience = 86400\n[socket]\ngroup = xen_admin-1\nmode = "
				 "666\n",
				 NULL),
		0);
	assert_string_equal(s.state_dir, "/srv/g");
	assert_int_equal(s.state_journal, 100);
	assert_int_equal(s.guests_patience, 86400);
	assert_int_equal(s.guests_workers, 8);
	assert_int_equal(s.socket_mode, 0666);
	assert_string_equal(s.socket_group, "xen_admin-1");
	assert_false(s.guests_autostart);
	assert_int_equal(s.xenstore_answer, QUOTA_event);
	assert_int_equal(parse(&s, "[xenstore]\nanswer = destroy\nhard = 100\n", NULL), 0);
	assert_int_equal(s.xenstore_answer, QUOTA_destroy);
	assert_string_equal(s.state_saves, "");
	assert_int_equal(parse(&s, "[state]\nsaves = /s\n[guests]\ndir =\n", NULL), 0);
	assert_string_equal(s.state_saves, "/s");
	assert_string_equal(s.guests_dir, "");
	/* The next file counts before it, and may take back what it says. */
	assert_int_equal(parse(&s, "[socket]\ngroup =\n", NULL), 0);
	assert_string_equal(s.socket_group, "");
	assert_string_equal(s.state_dir, "/srv/g");
}

static void bad_values(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"dir = /\n", "g.conf:1: []: there is no key \"dir\""},
		{"[stat]\n", "g.conf:1: there is no section [stat]"},
		{"[state]\nDir = /\n", "g.conf:2: [state]: there is no key \"Dir\""},
		{"[xenstore]\nanswer = tighten\n",
			"g.conf:2: [xenstore] answer: \"tighten\" is none of event, quota, pause"},
		{"[xenstore]\nsoft = 101\n",
			"g.conf:2: [xenstore] soft: \"101\" is no number from 0 to 100"},
		{"[state]\ndir = a\n", "g.conf:2: [state] dir: \"a\" does not begin with \"/\""},
		{"[state]\nsaves = s\n", "g.conf:2: [state] saves: \"s\" does not begin with"},
		{"[state]\ndir =\n", "g.conf:2: [state] dir: \"\" does not begin"},
		{"[state]\ndir = /a\n b\n", "g.conf:3: [state] dir: goes on in a second line"},
		{"[state]\ndir = /a\ndir = /b\n", "g.conf:3: [state] dir: given twice"},
		{"[state]\njournal = 99\n",
			"g.conf:2: [state] journal: \"99\" is no number from 100 to 10000000"},
		{"[guests]\nworkers = 65\n", "g.conf:2: [guests] workers: \"65\" is no number"},
		{"[guests]\ninterval = -1\n", "g.conf:2: [guests] interval: \"-1\" is no number"},
		{"[guests]\nautostart = maybe\n",
			"g.conf:2: [guests] autostart: \"maybe\" is neither"},
		{"[socket]\nmode = 0777\n", "g.conf:2: [socket] mode: \"0777\" is no mode"},
		{"[socket]\nmode = 8\n", "g.conf:2: [socket] mode: \"8\" is no mode"},
		{"[socket]\nmode =\n", "g.conf:2: [socket] mode: \"\" is no mode"},
		{"[socket]\ngroup = a:b\n", "g.conf:2: [socket] group: \"a:b\" is no group"},
		{"[socket]\ngroup = abcdefghijabcdefghijabcdefghijabc\n",
			"g.conf:2: [socket] group: \"abcdefghijabcdefghijabcdefghijabc\" is too"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct settings s, before;
		struct gnx_err err = GNX_ERR_INIT;

		settings_init(&s);
		before = s;
		assert_true(parse(&s, cases[i].text, &err) < 0);
		assert_memory_equal(err.msg, cases[i].words, strlen(cases[i].words));
		assert_memory_equal(&s, &before, sizeof(s));
	}
}

static char told[256];

static void tell(const char *section, const char *key)
{
	strcat(strcat(strcat(strcat(told, section), " "), key), ";");
}

static void reload(void **state)
{
	struct settings s, now;

	(void)state;
	settings_init(&s);
	settings_init(&now);
	assert_int_equal(
		parse(&now, "[state]\ndir = /n\njournal = 200\n[socket]\npath = /s\n", NULL), 0);
	for (int i = 0; i < 2; i++) { /* the second time, too, they are what was asked for */
		*told = '\0';
		settings_reload(&s, &now, tell);
		assert_string_equal(told, "state dir;socket path;");
		assert_string_equal(s.state_dir, "/var/lib/gridnix");
		assert_int_equal(s.state_journal, 200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_values),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
