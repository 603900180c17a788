/* SPDX-License-Identifier: BSD-3-Clause */
/* Pruning: dpkg's rules, the tree that they leave, and the record in it. */
#include "base/clean.h"
#include "base/file.h"
#include "build/contents.h"
#include "build/prune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void put_text(const char *dir, const char *name, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", dir, name);
	GNX_CLEAN(gnx_free)
	char *parent = gnx_fmt("%.*s", (int)(strrchr(path, '/') - path), path);

	assert_int_equal(gnx_mkdirs(parent, NULL), 0);
	assert_int_equal(gnx_file_write(path, text, strlen(text), NULL), 0);
}

static void put(const char *dir, const char *name)
{
	put_text(dir, name, "x");
}

static bool has(const char *dir, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", dir, name);

	return access(path, F_OK) == 0;
}

static void assert_text(const char *dir, const char *name, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", dir, name);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf have = {0};

	assert_int_equal(gnx_file_read(path, 1000, &have, NULL), 0);
	assert_string_equal(have.data ? have.data : "", text);
}

static void tree(void **state)
{
	char dir[] = "/tmp/test-prune-XXXXXX";
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv exclude = {0}, defer = {0}, include = {0};
	const struct prune_rules r = {&exclude, &defer, &include, false};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf rules = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	put(dir, "usr/share/doc/a/copyright");
	put(dir, "usr/share/doc/a/changelog");
	put(dir, "usr/share/doc/b/changelog");
	put(dir, "usr/bin/a");
	put(dir, "usr/lib/py/x.py");
	put(dir, "etc/dpkg/dpkg.cfg.d/other");
	put_text(dir, "var/lib/dpkg/info/py:amd64.list", "/.\n/usr/lib/py/x.py\n");
	put_text(dir, "var/lib/dpkg/info/a.list", "/usr/share/doc/a/changelog\n");
	put_text(dir, "var/lib/dpkg/info/a.md5sums",
		"11  usr/bin/a\n22  usr/share/doc/a/changelog\n33  usr/share/doc/a/copyright\n");
	put_text(dir, "var/lib/dpkg/info/py:amd64.md5sums", "44  usr/lib/py/x.py\n");
	gnx_strv_add(&exclude, "/usr/share/doc/*");
	gnx_strv_add(&include, "/usr/share/doc/*/copyright");
	gnx_strv_add(&defer, "/usr/lib/py/*");
	assert_int_equal(prune_tree(dir, &r, &err), 0);
	assert_false(has(dir, "usr/lib/py/x.py"));
	assert_true(has(dir, "usr/share/doc/a/copyright"));
	assert_false(has(dir, "usr/share/doc/a/changelog"));
	assert_false(has(dir, "usr/share/doc/b"));
	assert_true(has(dir, "usr/bin/a"));

	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/etc/dpkg/dpkg.cfg.d/gridnix-prune", dir);

	assert_int_equal(gnx_file_read(path, 1000, &rules, &err), 0);
	assert_non_null(strstr(rules.data,
		"path-exclude=/usr/share/doc/*\n"
		"path-include=/usr/share/doc/*/copyright\n"));

	GNX_CLEAN(gnx_free)
	char *list = gnx_fmt("%s/usr/share/gridnix/deferred", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf names = {0};

	assert_int_equal(gnx_file_read(list, 1000, &names, &err), 0);
	assert_string_equal(names.data, "py\n");
	assert_text(dir, "var/lib/dpkg/info/a.md5sums",
		"11  usr/bin/a\n33  usr/share/doc/a/copyright\n");
	assert_text(dir, "var/lib/dpkg/info/py:amd64.md5sums", "");
	gnx_rmtree(dir, NULL);
}

/* Debian 12's dpkg has a file of /usr/sbin under /sbin, and another under /usr/sbin. */
static void old_names(void **state)
{
	char dir[] = "/tmp/test-prune-XXXXXX";
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv none = {0}, defer = {0};
	const struct prune_rules r = {&none, &defer, &none, true};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	put(dir, "usr/sbin/ldconfig");
	put(dir, "etc/dpkg/dpkg.cfg.d/other");
	put_text(dir, "var/lib/dpkg/info/libc-bin.list", "/.\n/sbin\n/sbin/ldconfig\n");
	put_text(dir, "var/lib/dpkg/info/other.list", "/usr/share/x\n/sbin/other\n");
	gnx_strv_add(&defer, "/usr/sbin/ldconfig");
	gnx_strv_add(&defer, "/usr/share/doc/*");
	assert_int_equal(prune_tree(dir, &r, &err), 0);
	assert_false(has(dir, "usr/sbin/ldconfig"));
	assert_text(dir, "usr/share/gridnix/deferred", "libc-bin\n");
	assert_text(dir, "etc/dpkg/dpkg.cfg.d/gridnix-deferred",
		"# Left out until needed: see restore-deferred.\n"
		"path-exclude=/usr/sbin/ldconfig\npath-exclude=/sbin/ldconfig\n"
		"path-exclude=/usr/share/doc/*\n");
	gnx_rmtree(dir, NULL);
}

static void licence(void **state)
{
	GNX_CLEAN(gnx_free)
	char *a = contents_licence("Format: x\n\nFiles: *\nLicense: MIT\n\nLicense: GPL-2+\n text\n"
				   "\nLicense: MIT\n");
	GNX_CLEAN(gnx_free)
	char *b = contents_licence("This package is free software.\n");

	(void)state;
	assert_string_equal(a, "MIT, GPL-2+");
	assert_string_equal(b, "see copyright");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree), cmocka_unit_test(old_names), cmocka_unit_test(licence)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
