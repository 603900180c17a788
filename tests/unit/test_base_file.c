/* SPDX-License-Identifier: BSD-3-Clause */
/* base/file.h, in a directory of its own that goes away with the test. */
#include "base/file.h"
#include "base/clean.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int set_up(void **state)
{
	char *dir = gnx_dup("/tmp/gnx-test-XXXXXX");

	*state = dir;
	return mkdtemp(dir) ? chdir(dir) : -1;
}

static int tear_down(void **state)
{
	int r = gnx_rmtree(*state, NULL);

	free(*state);
	return r;
}

static void write_then_read(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf buf = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(gnx_file_write("f", "one\0two", 7, &err), 0);
	assert_int_equal(gnx_file_write("f", "three", 5, &err), 0);
	gnx_buf_str(&buf, "> ");
	assert_int_equal(gnx_file_read("f", 5, &buf, &err), 0);
	assert_string_equal(buf.data, "> three");
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

static void set_writes_what_is_there_unless_it_says_so(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf buf = {0};

	(void)state;
	assert_int_equal(gnx_file_set("f", "1", NULL), -ENOENT);
	assert_int_equal(gnx_file_write("f", "0\n", 2, NULL), 0);
	assert_int_equal(gnx_file_set("f", "1", NULL), 0);
	assert_int_equal(gnx_file_set("f", "1", NULL), 0);
	assert_int_equal(gnx_file_read("f", 9, &buf, NULL), 0);
	assert_string_equal(buf.data, "1\n");
}

static void empty_file_gives_an_empty_string(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf buf = {0};

	(void)state;
	assert_int_equal(gnx_file_write("f", "", 0, NULL), 0);
	assert_int_equal(gnx_file_read("f", 0, &buf, NULL), 0);
	assert_string_equal(buf.data, "");
}

static void read_refuses_what_is_too_big(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf buf = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(gnx_file_write("f", "12345", 5, &err), 0);
	assert_int_equal(gnx_file_read("f", 4, &buf, &err), -GNX_E_TOO_BIG);
	assert_string_equal(err.msg, "f: larger than 4 bytes");
}

static void read_names_what_it_cannot_read(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf buf = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(gnx_file_read("none", 10, &buf, &err), -ENOENT);
	assert_string_equal(err.msg, "none: No such file or directory");
	assert_int_equal(gnx_file_read(".", 10, &buf, &err), -EISDIR);
}

static void failed_write_leaves_nothing(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(gnx_file_write("none/f", "x", 1, &err), -ENOENT);
	assert_int_equal(mkdir("d", 0755), 0);
	assert_true(gnx_file_write("d", "x", 1, &err) < 0); /* rename over a directory */
	assert_int_equal(rmdir("d"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(*state), 0); /* so no temporary file was left */
}

static void mkdirs(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct stat st;
	GNX_CLEAN(gnx_free)
	char *absolute = gnx_fmt("%s/p/q", (char *)*state);

	assert_int_equal(gnx_mkdirs("a//b/c/", &err), 0);
	assert_int_equal(gnx_mkdirs("a/b/c", &err), 0);
	assert_int_equal(gnx_mkdirs(absolute, &err), 0);
	assert_int_equal(gnx_mkdirs("/", &err), 0);
	assert_int_equal(stat("a/b/c", &st) | stat("p/q", &st), 0);
}

static void mkdirs_refuses(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(gnx_mkdirs("", &err), -ENOENT);
	assert_int_equal(gnx_file_write("f", "", 0, &err), 0);
	assert_int_equal(gnx_mkdirs("f", &err), -EEXIST);
	assert_true(gnx_mkdirs("f/x", &err) < 0);
}

static void rmtree(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(gnx_mkdirs("a/b/c", &err), 0);
	assert_int_equal(gnx_mkdirs("kept", &err), 0);
	assert_int_equal(gnx_file_write("a/b/f", "x", 1, &err), 0);
	assert_int_equal(symlink("../kept", "a/link"), 0);
	assert_int_equal(gnx_rmtree("a", &err), 0);
	assert_int_equal(lstat("a", &st), -1);
	assert_int_equal(stat("kept", &st), 0); /* links are not followed */
	assert_int_equal(gnx_rmtree("a", &err), 0);
	assert_int_equal(gnx_file_write("f", "", 0, &err), 0);
	assert_int_equal(gnx_rmtree("f", &err), 0);
	assert_int_equal(lstat("f", &st), -1);
}

static void write_all_reports_failure(void **state)
{
	GNX_CLEAN(gnx_close)
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_equal(gnx_write_all(full, "x", 1), -ENOSPC);
	assert_int_equal(gnx_write_all(-1, "x", 1), -EBADF);
	assert_int_equal(gnx_write_all(-1, "", 0), 0);
}

static void clock_goes_on(void **state)
{
	long long before = gnx_now_ms();

	(void)state;
	assert_true(gnx_now_ms() >= before);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(write_then_read),
		IN_DIR(set_writes_what_is_there_unless_it_says_so),
		IN_DIR(empty_file_gives_an_empty_string),
		IN_DIR(read_refuses_what_is_too_big),
		IN_DIR(read_names_what_it_cannot_read),
		IN_DIR(failed_write_leaves_nothing),
		IN_DIR(mkdirs),
		IN_DIR(mkdirs_refuses),
		IN_DIR(rmtree),
		cmocka_unit_test(write_all_reports_failure),
		cmocka_unit_test(clock_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
