/* SPDX-License-Identifier: BSD-3-Clause */
/* The guests started at boot: names from xl.cfg text, order and addresses from files. */
#include "base/clean.h"
#include "base/file.h"
#include "boot/guests.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void names(void **state)
{
	static const struct {
		const char *cfg, *name;
	} cases[] = {
		{"name = \"tiny\"\n", "tiny"},
		{"# name = \"no\"\n\tname='web'", "web"},
		{"type = \"pvh\"\nname=\"a-b.c\" # words\n", "a-b.c"},
		{"named = \"x\"\n", NULL},
		{"name = tiny\n", NULL},
		{"name = \"tiny\n", NULL},
		{"name = \"tiny'\n", NULL},
		{"name = \"\"\n", NULL},
		{"name", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_free)
		char *name = guests_cfg_name(cases[i].cfg);

		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
		else
			assert_null(name);
	}
}

static char *temp_dir(void)
{
	char *dir = gnx_dup("/tmp/gridnix-guests.XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static void put(const char *dir, const char *name, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", dir, name);

	assert_int_equal(gnx_file_write(path, text, strlen(text), NULL), 0);
}

static void order_and_addresses(void **state)
{
	GNX_CLEAN(guests_done)
	struct guests g = {0};
	GNX_CLEAN(gnx_free)
	char *dir = temp_dir();
	GNX_CLEAN(gnx_free)
	char *hosts = gnx_fmt("%s/hosts", dir);
	struct gnx_err err;

	(void)state;
	put(dir, "20-b.cfg", "name = \"web\"\n");
	put(dir, "10-a.cfg", "name = \"tiny\"\n");
	put(dir, "30-c.cfg", "name = \"other\"\n");
	put(dir, "notes.txt", "name = \"none\"\n");
	put(dir, "hosts",
		"# a comment\n00:16:3e:53:00:0c,10.86.83.12,web\n"
		"00:16:3e:53:00:0b, 10.86.83.11, tiny\nbroken\n1,no-address,other\n");
	assert_int_equal(guests_read(&g, dir, hosts, &err), 0);
	assert_int_equal(g.len, 3);
	assert_string_equal(g.list[0].name, "tiny");
	assert_int_equal(g.list[0].addr.s_addr, inet_addr("10.86.83.11"));
	assert_string_equal(g.list[1].name, "web");
	assert_int_equal(g.list[1].addr.s_addr, inet_addr("10.86.83.12"));
	assert_string_equal(g.list[2].name, "other");
	assert_int_equal(g.list[2].addr.s_addr, 0);
	assert_int_equal(gnx_rmtree(dir, &err), 0);
}

static void nothing_there(void **state)
{
	struct guests g = {0};
	struct gnx_err err;

	(void)state;
	assert_int_equal(guests_read(&g, "/nonexistent/auto", "/nonexistent/hosts", &err), 0);
	assert_int_equal(g.len, 0);
	guests_done(&g);
}

static void nameless(void **state)
{
	GNX_CLEAN(gnx_free)
	char *dir = temp_dir();
	GNX_CLEAN(guests_done)
	struct guests g = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	put(dir, "10-a.cfg", "memory = 32\n");
	put(dir, "20-b.cfg", "");
	put(dir, "30-c.cfg", "name = \"web\"\n");
	assert_int_equal(guests_read(&g, dir, "/nonexistent", &err), 0);
	assert_int_equal(g.len, 1);
	assert_string_equal(g.list[0].name, "web");
	assert_non_null(strstr(g.trouble, "10-a.cfg"));
	assert_int_equal(gnx_rmtree(dir, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(order_and_addresses),
		cmocka_unit_test(nothing_there),
		cmocka_unit_test(nameless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
