/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hotplug/share.h, loop.h and xen/hotplug: who may have a disk. xenstore is played: the functions
 * below take the place of the library's own. Loop devices need root, and are left out without.
 */
#include "hotplug/share.h"
#include "base/clean.h"
#include "base/str.h"
#include "hotplug/loop.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <xenstore.h>

#include <cmocka.h>

#define OWN "backend/vbd/9/51712"

static struct store {
	char path[64], value[64];
} store[64];

static size_t store_len;

static void put(const char *path, const char *value)
{
	struct store *s = &store[store_len++];

	assert_true(store_len <= GNX_LEN(store));
	snprintf(s->path, sizeof(s->path), "%s", path);
	snprintf(s->value, sizeof(s->value), "%s", value);
}

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	return (struct xs_handle *)&store;
}

void xs_close(struct xs_handle *xs)
{
	(void)xs;
}

void *xs_read(struct xs_handle *xs, xs_transaction_t t, const char *path, unsigned int *len)
{
	(void)xs, (void)t, (void)len;
	for (size_t i = 0; i < store_len; i++)
		if (!strcmp(store[i].path, path))
			return gnx_dup(store[i].value);
	errno = ENOENT;
	return NULL;
}

bool xs_write(struct xs_handle *xs, xs_transaction_t t, const char *path, const void *data,
	unsigned int len)
{
	(void)xs, (void)t, (void)path, (void)data, (void)len;
	return true;
}

/* Names of up to 15 bytes, in one piece with their pointers, as the library gives them. */
char **xs_directory(struct xs_handle *xs, xs_transaction_t t, const char *path, unsigned int *n)
{
	char **out = calloc(GNX_LEN(store), sizeof(*out) + 16);
	char *names = (char *)(out + GNX_LEN(store));
	size_t len = strlen(path);

	(void)xs, (void)t;
	*n = 0;
	for (size_t i = 0; i < store_len; i++) {
		char *name = names + (size_t)16 * *n;

		if (strncmp(store[i].path, path, len) || store[i].path[len] != '/')
			continue;
		sscanf(store[i].path + len + 1, "%15[^/]", name);
		if (*n && !strcmp(name, out[*n - 1]))
			continue;
		out[(*n)++] = name;
	}
	if (*n)
		return out;
	free(out);
	errno = ENOENT;
	return NULL;
}

/* A disk of another domain. */
static void put_disk(int domid, const char *vm, dev_t device, const char *mode)
{
	GNX_CLEAN(gnx_free)
	char *base = gnx_fmt("backend/vbd/%d/51728", domid);
	const char *const keys[] = {"physical-device", "mode", "frontend-id"};
	char values[3][16];

	snprintf(values[0], sizeof(values[0]), "%x:%x", major(device), minor(device));
	snprintf(values[1], sizeof(values[1]), "%s", mode);
	snprintf(values[2], sizeof(values[2]), "%d", domid);
	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", base, keys[i]);

		put(path, values[i]);
	}
	if (vm) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("/local/domain/%d/vm", domid);

		put(path, vm);
	}
}

/* A device that nobody has: there is no driver of this number. */
static struct stat nowhere = {.st_mode = S_IFBLK};

static int begin(void **state)
{
	(void)state;
	store_len = 0;
	nowhere.st_rdev = makedev(4000, 5);
	put("backend/vbd/8/51712/frontend-id", "8"); /* not connected yet */
	put(OWN "/frontend-id", "9");
	put(OWN "/mode", "w");
	put("/local/domain/9/vm", "/vm/own");
	return 0;
}

static char words[GNX_ERR_MSG];

static int check(const char *path, const struct stat *st, bool readonly)
{
	GNX_CLEAN(hotplug_close)
	struct hotplug *h = NULL;
	struct gnx_err err = GNX_ERR_INIT;
	int r;

	assert_int_equal(hotplug_open(OWN, &h, &err), 0);
	r = share_check(h, path, st, readonly, &err);
	snprintf(words, sizeof(words), "%s", err.msg);
	return r;
}

static void nobody_has_it(void **state)
{
	(void)state;
	assert_int_equal(check("/x", &nowhere, false), 0);
	put_disk(10, "/vm/other", makedev(4000, 6), "w");
	assert_int_equal(check("/x", &nowhere, false), 0);
}

static void another_guest_has_it(void **state)
{
	static const struct {
		const char *mode;
		bool readonly;
		int code;
	} cases[] = {
		{"w", false, -EBUSY}, {"w", true, -EBUSY}, {"r", false, -EBUSY}, {"r", true, 0}};

	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		begin(state);
		put_disk(10, "/vm/other", nowhere.st_rdev, cases[i].mode);
		assert_int_equal(check("/x", &nowhere, cases[i].readonly), cases[i].code);
		assert_string_equal(words, cases[i].code ? "/x: domain 10 uses it" : "");
	}
}

/* Its last domain, and one that is gone. */
static void nobody_else_has_it(void **state)
{
	(void)state;
	put_disk(7, "/vm/own", nowhere.st_rdev, "w");
	put_disk(6, NULL, nowhere.st_rdev, "w");
	assert_int_equal(check("/x", &nowhere, false), 0);
}

static void no_store(void **state)
{
	(void)state;
	store_len = 0;
	assert_int_equal(check("/x", &nowhere, false), 0);
}

static void the_lock(void **state)
{
	char dir[] = "/tmp/test_hotplug.XXXXXX";
	GNX_CLEAN(gnx_free)
	char *path = NULL;
	struct gnx_err err = GNX_ERR_INIT;
	int fd, status, n = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = gnx_fmt("%s/a/lock", dir);
	fd = share_lock(path, &err);
	assert_true(fd >= 0);
	/* All of them want it, and count in a file what must not be lost. */
	for (int i = 0; i < 8; i++) {
		if (fork())
			continue;
		for (int k = 0; k < 50; k++) {
			int mine = share_lock(path, &err), counter;
			GNX_CLEAN(gnx_free)
			char *name = gnx_fmt("%s/counter", dir);

			counter = open(name, O_RDWR | O_CREAT, 0600);
			n = 0;
			if (mine < 0 || counter < 0 || pread(counter, &n, sizeof(n), 0) < 0)
				_exit(1);
			n++;
			if (pwrite(counter, &n, sizeof(n), 0) != sizeof(n))
				_exit(1);
			close(counter);
			share_unlock(path, mine);
		}
		_exit(0);
	}
	share_unlock(path, fd);
	for (int i = 0; i < 8; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	free(path);
	path = gnx_fmt("%s/counter", dir);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
	close(fd);
	assert_int_equal(n, 8 * 50);
	unlink(path);
	free(path);
	path = gnx_fmt("%s/a", dir);
	rmdir(path);
	rmdir(dir);
}

struct image {
	char path[32];
	struct stat st;
};

static struct image make_image(void)
{
	struct image i = {.path = "/tmp/test_hotplug.XXXXXX"};
	int fd = mkstemp(i.path);

	assert_true(fd >= 0 && ftruncate(fd, 1 << 20) == 0 && fstat(fd, &i.st) == 0);
	close(fd);
	return i;
}

static int take_first(void *arg, const char *node, dev_t device)
{
	(void)device;
	snprintf(arg, LOOP_NODE, "%s", node);
	return 1;
}

/* Whether the kernel lets nobody write to it. */
static bool is_readonly(const char *node)
{
	GNX_CLEAN(gnx_close)
	int fd = open(node, O_RDONLY);
	int on = 0;

	return ioctl(fd, BLKROGET, &on) == 0 && on;
}

static void files(void **state)
{
	struct image image = make_image();
	char node[LOOP_NODE], second[LOOP_NODE], found[LOOP_NODE] = "";
	struct gnx_err err = GNX_ERR_INIT;
	struct stat st, second_st;
	bool fine;
	int r[8], fd;

	(void)state;
	assert_int_equal(check(image.path, &image.st, false), 0);
	if (loop_attach(image.path, false, node, &err) < 0) {
		unlink(image.path);
		print_message("no loop devices: %s\n", err.msg);
		skip();
	}
	r[0] = loop_each(&image.st, take_first, found, &err);
	r[1] = check(image.path, &image.st, false);
	r[2] = stat(node, &st);
	fd = open(node, O_RDONLY | O_EXCL | O_CLOEXEC); /* as a mount does */
	r[6] = check(image.path, &image.st, false);
	r[7] = check(image.path, &image.st, true);
	close(fd);
	put_disk(10, "/vm/other", st.st_rdev, "r");
	r[3] = check(image.path, &image.st, false);
	r[4] = check(image.path, &image.st, true);
	r[5] = loop_attach(image.path, true, second, &err);
	fine = !r[5] && is_readonly(second) && !is_readonly(node) &&
		stat(second, &second_st) == 0 && second_st.st_rdev != st.st_rdev;
	/* Before anything is asserted: they would stay. */
	if (!r[5])
		assert_int_equal(loop_detach(second, &err), 0);
	assert_int_equal(loop_detach(node, &err), 0);
	assert_int_equal(loop_detach(node, &err), 0);
	unlink(image.path);
	assert_string_equal(found, node);
	assert_int_equal(r[0], 1);
	assert_int_equal(r[1], 0);
	assert_int_equal(r[2], 0);
	assert_int_equal(r[3], -EBUSY);
	assert_int_equal(r[4], 0);
	assert_int_equal(r[6], -EBUSY);
	assert_int_equal(r[7], 0);
	assert_true(fine);
	assert_int_equal(loop_each(&image.st, take_first, found, &err), 0);
	assert_true(loop_attach(image.path, false, node, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup(nobody_has_it, begin),
		cmocka_unit_test_setup(another_guest_has_it, begin),
		cmocka_unit_test_setup(nobody_else_has_it, begin),
		cmocka_unit_test_setup(no_store, begin), cmocka_unit_test_setup(the_lock, begin),
		cmocka_unit_test_setup(files, begin)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
