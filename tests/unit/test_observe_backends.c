/* SPDX-License-Identifier: BSD-3-Clause */
/* Back ends of devices, in a store that is played here: which are looked at, and how much of them.
 */
#include "base/clean.h"
#include "base/str.h"
#include "xen/observe/backends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define B BACKENDS_PATH

/* Nodes that are there: path, value. */
static const char *const store[][2] = {
	{B "/vif/5/0/state", "4"},
	{B "/vif/5/0/mac", "00:16:3e:00:00:01"},
	{B "/vif/5/0/bridge", "br0"},
	{B "/vif/5/0/online", "1"},
	{B "/vif/5/1/state", "2"},
	{B "/vif/5/1/hotplug-status", "error"},
	{B "/vif/5/1/hotplug-error", "no bridge"},
	{B "/vif/5/1/online", "1"},
	{B "/vif/5/x/state", "4"},
	{B "/vbd/6/51712/state", "4"},
	{B "/vbd/6/51712/dev", "xvda"},
	{B "/vbd/6/51712/params", "/dev/disk"},
	{B "/qdisk/6/51728/state", "4"},
	{B "/vbd/7/51712/state", "4"},
};

static int fails_after; /* so many questions */
static unsigned asked;
static bool wanted; /* the whole of what is told */
static struct gnx_buf told;

/* --- The store */

static bool answers(void)
{
	errno = EBADF;
	return (int)asked++ < fails_after;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	(void)h, (void)t, (void)len;
	if (!answers())
		return NULL;
	errno = ENOENT;
	for (size_t i = 0; i < GNX_LEN(store); i++)
		if (!strcmp(store[i][0], path))
			return gnx_dup(store[i][1]);
	return NULL;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned *num)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	GNX_CLEAN(gnx_free)
	char *start = gnx_fmt("%s/", path);
	char **list;

	(void)h, (void)t;
	if (!answers())
		return NULL;
	for (size_t i = 0; i < GNX_LEN(store); i++) {
		const char *rest = store[i][0] + strlen(start);
		GNX_CLEAN(gnx_free)
		char *name = NULL;

		if (!gnx_starts(store[i][0], start))
			continue;
		name = gnx_fmt("%.*s", (int)strcspn(rest, "/"), rest);
		if (!gnx_strv_has(&names, name))
			gnx_strv_add(&names, name);
	}
	errno = ENOENT;
	if (!names.len)
		return NULL;
	list = calloc(names.len, sizeof(*list) + 64);
	for (size_t i = 0; i < names.len; i++)
		list[i] = strcpy((char *)(list + names.len) + 64 * i, names.items[i]);
	*num = (unsigned)names.len;
	return list;
}

/* --- Tests */

static bool tell(void *arg, const struct device_look *l)
{
	const char *type = device_type_name(l->type);

	(void)arg;
	if (l->number == DEVICE_ANY)
		gnx_buf_fmt(&told, "lost %s %d;", type, l->domid);
	else if (!l->there)
		gnx_buf_fmt(&told, "no %s %d %u;", type, l->domid, l->number);
	else if (!l->whole)
		gnx_buf_fmt(&told, "%s %d %u %u%s", type, l->domid, l->number, l->state,
			wanted ? " " : ";");
	else
		gnx_buf_fmt(&told, "%s%s%s%s%s%s%s;", l->texts[DEVICE_mac], l->texts[DEVICE_bridge],
			l->texts[DEVICE_name], l->texts[DEVICE_path], l->online ? "+" : "",
			l->refused ? "!" : "", l->texts[DEVICE_error]);
	return wanted;
}

static int look(struct backends *b, const char *want)
{
	static const int domids[] = {5, 6, 8};
	const struct backends_teller t = {tell, NULL};
	struct gnx_err err = GNX_ERR_INIT;
	int r;

	gnx_buf_done(&told);
	asked = 0;
	r = backends_tell(b, NULL, domids, GNX_LEN(domids), &t, &err);
	assert_true(!r == !*err.msg);
	assert_string_equal(told.data ? told.data : "", want);
	return r;
}

static int setup(void **state)
{
	*state = gnx_alloc(sizeof(struct backends));
	fails_after = 1000;
	wanted = false;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	gnx_buf_done(&told);
	return 0;
}

#define ALL                                                                                        \
	"lost vif 0;vif 5 0 4;vif 5 1 2;vbd 6 51712 4;"                                            \
	"qdisk 6 51728 4;"

static void all_are_those_of_domains_that_are_there(void **state)
{
	struct backends *b = *state;

	b->all = true;
	assert_int_equal(look(b, ALL), 0);
	assert_int_equal(look(b, ""), 0);
	backends_note(b, B);
	assert_int_equal(look(b, ALL), 0);
	backends_note(b, B "/vbd");
	assert_int_equal(look(b, ALL), 0);
}

static void what_a_watch_says_is_looked_at(void **state)
{
	struct backends *b = *state;
	static const char *const nothing[] = {B "s/vif/5/0", "/local/domain/5/device/vif/0/state",
		B "/console/5/0", B "/console", B "/vif/0/0", B "/vif/x/0", B "/vif/5/x/state",
		B "/vif/32752/0", B "/vif/5/4294967295", B "/vif//0", B "/vif/-5/0"};

	for (size_t i = 0; i < GNX_LEN(nothing); i++)
		backends_note(b, nothing[i]);
	assert_int_equal(look(b, ""), 0);
	for (int i = 0; i < 3; i++) {
		backends_note(b, B "/vif/5/0/state");
		backends_note(b, B "/vif/5/0");
		backends_note(b, B "/vif/5/7/mac");
	}
	assert_int_equal(look(b, "vif 5 0 4;no vif 5 7;"), 0);
	backends_note(b, B "/vif/5");
	backends_note(b, B "/vbd/9");
	assert_int_equal(look(b, "lost vif 5;vif 5 0 4;vif 5 1 2;lost vbd 9;"), 0);
	assert_int_equal(look(b, ""), 0);
}

static void no_more_is_read_than_is_wanted(void **state)
{
	struct backends *b = *state;

	backends_note(b, B "/vif/5/0/state");
	assert_int_equal(look(b, "vif 5 0 4;"), 0);
	assert_int_equal(asked, 1);
	wanted = true;
	backends_note(b, B "/vif/5/0/state");
	assert_int_equal(look(b, "vif 5 0 4 00:16:3e:00:00:01br0;"), 0);
	assert_int_equal(asked, 3);
	backends_note(b, B "/vif/5/1/state");
	backends_note(b, B "/vbd/6/51712");
	assert_int_equal(look(b, "vif 5 1 2 +!no bridge;vbd 6 51712 4 xvda/dev/disk;"), 0);
	assert_int_equal(asked, 9);
}

static void too_much_is_all(void **state)
{
	struct backends *b = *state;

	for (int n = 0; n < BACKENDS_CHANGES_MAX + 1; n++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt(B "/vif/5/%d", n);

		assert_false(b->all);
		backends_note(b, path);
		backends_note(b, B "/vif/5/0/state");
	}
	assert_true(b->all);
	assert_int_equal(look(b, ALL), 0);
}

/* Whatever was told by then: all are looked at again. */
static void a_store_that_does_not_answer(void **state)
{
	struct backends *b = *state;

	backends_note(b, B "/vif/5/0");
	backends_note(b, B "/vif/5/1");
	fails_after = 1;
	assert_int_equal(look(b, "vif 5 0 4;"), -EBADF);
	fails_after = 2;
	assert_int_equal(look(b, "lost vif 0;vif 5 0 4;"), -EBADF);
	fails_after = 0;
	assert_int_equal(look(b, "lost vif 0;"), -EBADF);
	fails_after = 1000;
	assert_int_equal(look(b, ALL), 0);
	assert_int_equal(look(b, ""), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_are_those_of_domains_that_are_there),
		TEST(what_a_watch_says_is_looked_at),
		TEST(no_more_is_read_than_is_wanted),
		TEST(too_much_is_all),
		TEST(a_store_that_does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
