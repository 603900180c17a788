/* SPDX-License-Identifier: BSD-3-Clause */
/* The guests started at boot: names and order from definitions, addresses from a file. */
#include "base/clean.h"
#include "base/file.h"
#include "boot/guests.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

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

/* A definition of the name, with more keys. */
static void define(const char *dir, const char *file, const char *name, const char *keys)
{
	GNX_CLEAN(gnx_free)
	char *text = gnx_fmt("[guest]\nname = %s\nmemory = 32M\nkernel = /k\n%s\n", name, keys);

	put(dir, file, text);
}

static void order_and_addresses(void **state)
{
	GNX_CLEAN(boot_guests_done)
	struct boot_guests g = {0};
	GNX_CLEAN(gnx_free)
	char *dir = temp_dir();
	GNX_CLEAN(gnx_free)
	char *hosts = gnx_fmt("%s/hosts", dir);
	struct gnx_err err;

	(void)state;
	define(dir, "b.ini", "web", "autostart = yes\norder = 2");
	define(dir, "c.ini", "tiny", "autostart = yes\norder = 1");
	define(dir, "a.ini", "other", "autostart = yes");
	define(dir, "d.ini", "later", "order = 1");
	define(dir, "notes.txt", "none", "autostart = yes");
	put(dir, "hosts",
		"# a comment\n00:16:3e:53:00:0c,10.86.83.12,web\n"
		"00:16:3e:53:00:0b, 10.86.83.11, tiny\nbroken\n1,no-address,other\n");
	assert_int_equal(boot_guests_read(&g, dir, hosts, &err), 0);
	assert_null(g.trouble);
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
	struct boot_guests g = {0};
	struct gnx_err err;

	(void)state;
	assert_int_equal(
		boot_guests_read(&g, "/nonexistent/guests", "/nonexistent/hosts", &err), 0);
	assert_int_equal(g.len, 0);
	boot_guests_done(&g);
}

static void no_definition(void **state)
{
	GNX_CLEAN(gnx_free)
	char *dir = temp_dir();
	GNX_CLEAN(boot_guests_done)
	struct boot_guests g = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	put(dir, "10-a.ini", "[guest]\nmemory = 32M\n");
	put(dir, "20-b.ini", "");
	define(dir, "30-c.ini", "web", "autostart = yes");
	assert_int_equal(boot_guests_read(&g, dir, "/nonexistent", &err), 0);
	assert_int_equal(g.len, 1);
	assert_string_equal(g.list[0].name, "web");
	assert_non_null(strstr(g.trouble, "10-a.ini"));
	assert_int_equal(gnx_rmtree(dir, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_and_addresses),
		cmocka_unit_test(nothing_there),
		cmocka_unit_test(no_definition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
