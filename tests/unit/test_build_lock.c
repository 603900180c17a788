/* SPDX-License-Identifier: BSD-3-Clause */
/* Lock files: what is written is read again; foreign text is refused with its line. */
#include "base/clean.h"
#include "base/file.h"
#include "build/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define HEAD "gridnix-lock 1\ndate 7\nsuite s\nmirror http://m\nsecurity http://n\n"
#define SHA  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char path[] = "/tmp/test-lock-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int drop_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int read_text(struct lock *l, const char *text, struct gnx_err *err)
{
	assert_int_equal(gnx_file_write(path, text, strlen(text), NULL), 0);
	return lock_read(l, path, err);
}

static void round_trip(void **state)
{
	GNX_CLEAN(lock_done)
	struct lock l = {0}, again = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;
	static const char text[] = HEAD "package root a 1:2 amd64 sa 2 a_1%3a2_amd64.deb 10 " SHA
					"\npackage tools b 3 all b 3 b_3_all.deb 11 " SHA "\n";

	(void)state;
	assert_int_equal(read_text(&l, text, &err), 0);
	assert_int_equal(l.len, 2);
	assert_string_equal(lock_find(&l, "root", "a")->version, "1:2");
	assert_null(lock_find(&l, "root", "b"));
	assert_int_equal(lock_write(&l, path, &err), 0);
	assert_int_equal(gnx_file_read(path, 10000, &out, &err), 0);
	assert_string_equal(out.data, text);
	assert_int_equal(lock_read(&again, path, &err), 0);
}

static void refused(void **state)
{
	static const char *const texts[] = {
		"gridnix-lock 2\n",
		"",
		HEAD,
		HEAD "rubbish 1\n",
		HEAD "package root a 1 amd64 a 1 ../a.deb 10 " SHA "\n",
		HEAD "package root a 1 amd64 a 1 .a.deb 10 " SHA "\n",
		HEAD "package root a 1 amd64 a 1 a.deb x " SHA "\n",
		HEAD "package root a 1 amd64 a 1 a.deb 10 abc\n",
		HEAD "package root a 1 amd64 a 1 a.deb 10\n",
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(texts); i++) {
		GNX_CLEAN(lock_done)
		struct lock l = {0};
		struct gnx_err err = GNX_ERR_INIT;

		assert_true(read_text(&l, texts[i], &err) < 0);
		assert_non_null(strstr(err.msg, path));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(round_trip), cmocka_unit_test(refused)};

	return cmocka_run_group_tests(tests, make_file, drop_file);
}
