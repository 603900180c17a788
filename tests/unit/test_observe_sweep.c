/* SPDX-License-Identifier: BSD-3-Clause */
/* Left-over back-end directories, in a store that is played here: what goes, when, and what stays.
 */
#include "base/clean.h"
#include "base/str.h"
#include "xen/observe/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define B     "/local/domain/0/backend"
#define GRACE 1000

static struct gnx_strv store; /* paths of nodes that are there */
static int alive;	      /* the one domain that Xen has */
static bool conflict, broken; /* somebody writes meanwhile; the store answers nothing */
static unsigned transactions;
static char told[512];

/* --- The store */

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned *num)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	GNX_CLEAN(gnx_free)
	char *start = gnx_fmt("%s/", path);
	char **list = NULL;

	(void)h, (void)t;
	for (size_t i = 0; i < store.len; i++) {
		const char *rest = store.items[i] + strlen(start);
		GNX_CLEAN(gnx_free)
		char *name = NULL;

		if (!gnx_starts(store.items[i], start))
			continue;
		name = gnx_fmt("%.*s", (int)strcspn(rest, "/"), rest);
		if (!gnx_strv_has(&names, name))
			gnx_strv_add(&names, name);
	}
	errno = broken ? EBADF : ENOENT;
	if (broken || !names.len)
		return NULL;
	list = calloc(names.len, sizeof(*list) + 64);
	for (size_t i = 0; i < names.len; i++)
		list[i] = strcpy((char *)(list + names.len) + 64 * i, names.items[i]);
	*num = (unsigned)names.len;
	return list;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	(void)h, (void)t, (void)len;
	errno = ENOENT;
	return gnx_strv_has(&store, path) ? gnx_dup("") : NULL;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	(void)h;
	return ++transactions;
}

static char removed[128];

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	(void)h;
	assert_int_equal(t, transactions);
	snprintf(removed, sizeof(removed), "%s", path);
	return true;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	struct gnx_strv left = {0};

	(void)h;
	assert_int_equal(t, transactions);
	if (abort || conflict) {
		errno = EAGAIN;
		return abort;
	}
	for (size_t i = 0; i < store.len; i++)
		if (!gnx_starts(store.items[i], removed))
			gnx_strv_add(&left, store.items[i]);
	gnx_strv_done(&store);
	store = left;
	return true;
}

/* --- Tests */

static bool exists(void *arg, int domid)
{
	(void)arg;
	return domid == alive;
}

static void tell(void *arg, const char *path)
{
	(void)arg;
	strcat(strcat(told, path), ";");
}

static int sweep(struct sweep *s, int64_t now)
{
	static const struct sweep_host host = {.exists = exists, .told = tell};
	struct gnx_err err = GNX_ERR_INIT;
	int r = sweep_store(s, NULL, &host, now, GRACE, &err);

	assert_true(!r == !*err.msg);
	return r;
}

static int setup(void **state)
{
	static const char *const paths[] = {B "/vif/3/0/state", B "/vif/3/1/state",
		B "/vbd/3/51712", B "/vif/4/0", B "/vif/5/0", "/local/domain/5", B "/vif/0/0",
		B "/vif/x/0", B "/a\"b/7/0", "/local/domain/0/device/3/0", "/libxl/3/x"};

	(void)state;
	gnx_strv_done(&store);
	for (size_t i = 0; i < GNX_LEN(paths); i++)
		gnx_strv_add(&store, paths[i]);
	alive = 4;
	*told = '\0';
	conflict = broken = false;
	return 0;
}

static void what_is_left_over_goes(void **state)
{
	GNX_CLEAN(sweep_done)
	struct sweep s = {0};

	(void)state;
	assert_int_equal(sweep(&s, 5000), 0);
	assert_int_equal(sweep(&s, 5000 + GRACE - 1), 0);
	assert_string_equal(told, "");
	assert_int_equal(sweep(&s, 5000 + GRACE), 0);
	assert_string_equal(told, B "/vif/3;" B "/vbd/3;");
	assert_int_equal(store.len, 8);
	/* Nobody who lives, is in the store, or is no domain. */
	assert_int_equal(sweep(&s, 500000), 0);
	assert_string_equal(told, B "/vif/3;" B "/vbd/3;");
}

static void who_lived_meanwhile_has_its_time_again(void **state)
{
	GNX_CLEAN(sweep_done)
	struct sweep s = {0};

	(void)state;
	assert_int_equal(sweep(&s, 0), 0);
	alive = 3;
	assert_int_equal(sweep(&s, GRACE), 0);
	alive = -1;
	assert_int_equal(sweep(&s, GRACE + 1), 0);
	assert_string_equal(told, "");
	assert_int_equal(sweep(&s, 2 * GRACE), 0);
	assert_string_equal(told, B "/vif/4;"); /* which was missing before it */
	assert_int_equal(sweep(&s, 2 * GRACE + 1), 0);
	assert_string_equal(told, B "/vif/4;" B "/vif/3;" B "/vbd/3;");
}

static void what_changes_meanwhile_stays(void **state)
{
	GNX_CLEAN(sweep_done)
	struct sweep s = {0};

	(void)state;
	conflict = true;
	assert_int_equal(sweep(&s, 0), 0);
	assert_int_equal(sweep(&s, GRACE), 0);
	assert_string_equal(told, "");
	conflict = false;
	assert_int_equal(sweep(&s, GRACE + 1), 0);
	assert_string_equal(told, B "/vif/3;" B "/vbd/3;");
	broken = true;
	assert_int_equal(sweep(&s, GRACE + 2), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_left_over_goes, setup),
		cmocka_unit_test_setup(who_lived_meanwhile_has_its_time_again, setup),
		cmocka_unit_test_setup(what_changes_meanwhile_stays, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
