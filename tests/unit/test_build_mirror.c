/* SPDX-License-Identifier: BSD-3-Clause */
/* Mirrors: what apt prints, lists of mirrors, and what may stand in an image. */
#include "base/clean.h"
#include "base/file.h"
#include "build/mirror.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void line_is(const char *line, bool security, const char *wanted)
{
	GNX_CLEAN(gnx_free)
	char *uri = mirror_of_line(line, security);

	if (wanted)
		assert_string_equal(uri, wanted);
	else
		assert_null(uri);
}

static void lines_of_apt(void **state)
{
	static const char index[] =
		"'http://m.example/debian/dists/trixie/main/binary-amd64/Packages.xz' f 0 ";
	static const char fixes[] =
		"'http://m.example/s/dists/bookworm-security/main/binary-amd64/Packages.xz' f 0 ";

	(void)state;
	line_is(index, false, "http://m.example/debian/");
	line_is(index, true, NULL);
	line_is(fixes, true, "http://m.example/s/");
	line_is(fixes, false, NULL);
	line_is("'mirror+file:/etc/l/dists/trixie/main/binary-amd64/Packages.xz' f 0 ", false,
		"mirror+file:/etc/l/");
	line_is("'http://m/dists/d/dists/sid/main/binary-amd64/Packages.xz' f 0", false,
		"http://m/dists/d/");
	/* Others' archives, and indexes that tell nothing. */
	line_is("'http://m/dists/trixie-updates/main/binary-amd64/Packages.xz' f 0", false, NULL);
	line_is("'http://m/dists/trixie/stable/binary-amd64/Packages.xz' f 0", false, NULL);
	line_is("'http://m/dists/trixie/InRelease' f 0", false, NULL);
	line_is("'cdrom:[Debian]/dists/trixie/main/binary-amd64/Packages.xz' f 0", false, NULL);
	line_is("'http://m/main/binary-amd64/Packages/dists/trixie' f 0", false, NULL);
	line_is("", false, NULL);
}

static void resolves(const char *uri, const char *wanted)
{
	GNX_CLEAN(gnx_free)
	char *out = NULL;
	struct gnx_err err = GNX_ERR_INIT;

	assert_int_equal(mirror_resolve(uri, &out, &err), 0);
	assert_string_equal(out, wanted);
}

static void refused(const char *uri, const char *words)
{
	char *out = NULL;
	struct gnx_err err = GNX_ERR_INIT;

	assert_int_equal(mirror_resolve(uri, &out, &err), -GNX_E_BAD_VALUE);
	assert_null(out);
	assert_non_null(strstr(err.msg, words));
}

static void lists(void **state)
{
	static const char text[] =
		"# ours\n\nfile:/srv/debian\tpriority:1\n\thttps://a.example/debian priority:2\n"
		"http://b.example/debian/\n";
	char dir[] = "/tmp/test-mirror-XXXXXX";
	GNX_CLEAN(gnx_free)
	char *path = NULL;
	GNX_CLEAN(gnx_free)
	char *uri = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = gnx_fmt("%s/list", dir);
	uri = gnx_fmt("mirror+file:%s/", path);
	assert_int_equal(gnx_file_write(path, text, strlen(text), NULL), 0);
	resolves(uri, "https://a.example/debian/");
	assert_int_equal(gnx_file_write(path, "ftp://c\n", 8, NULL), 0);
	refused(uri, "names none by http");
	refused("mirror+https://a.example/list/", "name one in [mirror]");
	assert_int_equal(gnx_rmtree(dir, NULL), 0);
}

static void what_stands_in_an_image(void **state)
{
	(void)state;
	resolves("http://m.example/debian/", "http://m.example/debian/");
	resolves("http://m.example/~me@home/debian/", "http://m.example/~me@home/debian/");
	refused("http://me:secret@m.example/debian/", "\"@m.example\"");
	refused("https://me@m.example/", "apt_auth.conf(5)");
	assert_true(mirror_is_local("http://localhost:3142/debian/"));
	assert_true(mirror_is_local("http://127.0.0.1/"));
	assert_true(mirror_is_local("file:/srv/debian/"));
	assert_false(mirror_is_local("https://m.example/localhost/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_apt),
		cmocka_unit_test(lists),
		cmocka_unit_test(what_stands_in_an_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
