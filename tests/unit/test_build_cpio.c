/* SPDX-License-Identifier: BSD-3-Clause */
/* The initramfs writer: what libarchive reads back, order, sameness, refusals. */
#include "base/clean.h"
#include "base/file.h"
#include "build/cpio.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <cmocka.h>

static char dir[] = "/tmp/test-cpio-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
	(void)state;
	return gnx_rmtree(dir, NULL);
}

static char *in_dir(const char *name)
{
	return gnx_fmt("%s/%s", dir, name);
}

/* One line per entry: name, mode, mtime, owner, node or content. */
static char *listing(const char *path)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	struct gnx_buf out = {0};

	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, path, 10240), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		mode_t mode = archive_entry_mode(e);
		char data[64] = "";

		gnx_buf_fmt(&out, "%s %o %lld %d:%d", archive_entry_pathname(e), mode,
			(long long)archive_entry_mtime(e), (int)archive_entry_uid(e),
			(int)archive_entry_gid(e));
		if (S_ISLNK(mode))
			gnx_buf_fmt(&out, " -> %s", archive_entry_symlink(e));
		if (S_ISCHR(mode))
			gnx_buf_fmt(&out, " %u:%u", major(archive_entry_rdev(e)),
				minor(archive_entry_rdev(e)));
		if (S_ISREG(mode) && archive_read_data(a, data, sizeof(data) - 1) > 0)
			gnx_buf_fmt(&out, " %s", data);
		gnx_buf_str(&out, "\n");
	}
	archive_read_free(a);
	return out.data;
}

static void fill(struct cpio *c, bool backwards)
{
	GNX_CLEAN(gnx_free)
	char *from = in_dir("from");

	assert_int_equal(gnx_file_write(from, "from disk", 9, NULL), 0);
	for (int i = 0; i < 5; i++) {
		switch (backwards ? 4 - i : i) {
		case 0:
			assert_int_equal(
				cpio_add_data(c, "/gridnix/image", 0644, "id", 2, NULL), 0);
			break;
		case 1:
			assert_int_equal(cpio_add_file(c, "./init", 0755, from, NULL), 0);
			break;
		case 2:
			assert_int_equal(cpio_add_link(c, "bin", "usr/bin", NULL), 0);
			break;
		case 3:
			assert_int_equal(
				cpio_add_node(c, "dev/console", S_IFCHR | 0600, 5, 1, NULL), 0);
			break;
		case 4:
			assert_int_equal(cpio_add_dir(c, "root/", 0700, NULL), 0);
			break;
		}
	}
	assert_int_equal(cpio_set_last(c, "gridnix/image", NULL), 0);
}

static void round_trip(void **state)
{
	GNX_CLEAN(cpio_done)
	struct cpio c = CPIO_INIT;
	GNX_CLEAN(gnx_free)
	char *out = in_dir("out");
	GNX_CLEAN(gnx_free)
	char *got = NULL;

	(void)state;
	fill(&c, false);
	assert_int_equal(cpio_write(&c, out, 1700000000, NULL), 0);
	got = listing(out);
	assert_string_equal(got,
		"bin 120777 1700000000 0:0 -> usr/bin\n"
		"dev 40755 1700000000 0:0\n"
		"dev/console 20600 1700000000 0:0 5:1\n"
		"gridnix 40755 1700000000 0:0\n"
		"init 100755 1700000000 0:0 from disk\n"
		"root 40700 1700000000 0:0\n"
		"gridnix/image 100644 1700000000 0:0 id\n");
}

static void same_bytes_in_any_order(void **state)
{
	struct gnx_buf bytes[2] = {0};
	GNX_CLEAN(gnx_free)
	char *out = in_dir("order");

	(void)state;
	for (int i = 0; i < 2; i++) {
		GNX_CLEAN(cpio_done)
		struct cpio c = CPIO_INIT;

		fill(&c, i == 1);
		assert_int_equal(cpio_write(&c, out, 0, NULL), 0);
		assert_int_equal(gnx_file_read(out, 1 << 20, &bytes[i], NULL), 0);
	}
	assert_int_equal(bytes[0].len, bytes[1].len);
	assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].len);
	gnx_buf_done(&bytes[0]);
	gnx_buf_done(&bytes[1]);
}

static void directories_again(void **state)
{
	GNX_CLEAN(cpio_done)
	struct cpio c = CPIO_INIT;
	GNX_CLEAN(gnx_free)
	char *out = in_dir("dirs");
	GNX_CLEAN(gnx_free)
	char *got = NULL;

	(void)state;
	assert_int_equal(cpio_add_data(&c, "tmp/a", 0644, "", 0, NULL), 0);
	assert_int_equal(cpio_add_dir(&c, "tmp", 01777, NULL), 0);
	assert_int_equal(cpio_write(&c, out, 1, NULL), 0);
	got = listing(out);
	assert_string_equal(got, "tmp 41777 1 0:0\ntmp/a 100644 1 0:0\n");
}

static void refusals(void **state)
{
	static const char *const bad[] = {
		"", "/", ".", "./", "..", "a/../b", "a//b", "a/./b", "a/.."};
	GNX_CLEAN(cpio_done)
	struct cpio c = CPIO_INIT;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(bad); i++)
		assert_int_equal(cpio_add_data(&c, bad[i], 0644, "", 0, &err), -EINVAL);
	assert_int_equal(c.len, 0);
	assert_int_equal(cpio_add_data(&c, "a", 0644, "", 0, &err), 0);
	assert_int_equal(cpio_add_data(&c, "./a", 0644, "", 0, &err), -EEXIST);
	assert_string_equal(err.msg, "\"a\" comes twice");
	assert_int_equal(cpio_add_dir(&c, "a", 0755, &err), -EEXIST);
	assert_int_equal(cpio_add_data(&c, "a/b", 0644, "", 0, &err), -ENOTDIR);
	assert_int_equal(cpio_set_last(&c, "b", &err), -ENOENT);
}

static void nothing_left_after_a_failure(void **state)
{
	GNX_CLEAN(cpio_done)
	struct cpio c = CPIO_INIT;
	GNX_CLEAN(gnx_free)
	char *out = in_dir("failed");
	GNX_CLEAN(gnx_free)
	char *missing = in_dir("missing");
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(cpio_add_data(&c, "a", 0644, "", 0, &err), 0);
	assert_int_equal(cpio_add_file(&c, "b", 0644, missing, &err), 0);
	assert_int_equal(cpio_write(&c, out, 0, &err), -ENOENT);
	assert_non_null(strstr(err.msg, missing));
	assert_int_equal(access(out, F_OK), -1);
}

/* A limit on file sizes stands for a full disk. */
static void full_disk(void **state)
{
	GNX_CLEAN(cpio_done)
	struct cpio c = CPIO_INIT;
	struct gnx_err err = GNX_ERR_INIT;
	GNX_CLEAN(gnx_free)
	char *out = in_dir("full");
	GNX_CLEAN(gnx_free)
	char *much = gnx_alloc(1 << 20);
	struct rlimit old, small;

	(void)state;
	assert_int_equal(cpio_add_data(&c, "a", 0644, much, 1 << 20, &err), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){.rlim_cur = 4096, .rlim_max = old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(cpio_write(&c, out, 0, &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(access(out, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(same_bytes_in_any_order),
		cmocka_unit_test(directories_again),
		cmocka_unit_test(refusals),
		cmocka_unit_test(nothing_left_after_a_failure),
		cmocka_unit_test(full_disk),
	};

	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
