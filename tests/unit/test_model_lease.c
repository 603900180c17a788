/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses of networks: which are given to whom, kept, refused and free again. */
#include "base/clean.h"
#include "model/lease.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#define MANY 300

static struct network blue;

static void make_blue(const char *ranges, const char *gateways)
{
	network_init(&blue);
	strcpy(blue.name, "blue");
	strcpy(blue.ranges, ranges);
	strcpy(blue.gateways, gateways);
	assert_int_equal(network_check(&blue, NULL), 0);
}

static const struct network *find(const void *arg, const struct definition_vif *vif)
{
	const char *name = *vif->network ? vif->network : vif->bridge;

	(void)arg;
	return strcmp(name, "blue") ? NULL : &blue;
}

/* Adds an interface, on a network or by a key in its place. */
static void add_vif(struct definition *d, const char *key, const char *value, const char *address)
{
	char section[32];

	snprintf(section, sizeof(section), "vif %zu", d->vifs_len);
	assert_int_equal(definition_set(d, section, key, value, NULL), 0);
	assert_int_equal(definition_set(d, section, "address", address, NULL), 0);
}

static struct definition numbered(unsigned number)
{
	struct definition d;

	definition_init(&d);
	d.uuid[0] = (uint8_t)number;
	d.uuid[1] = (uint8_t)(number >> 8);
	return d;
}

/* Plans and takes; what it is, with blanks between, or the code. The caller frees. */
static char *take(struct leases *all, const struct definition *d)
{
	GNX_CLEAN(leases_done)
	struct leases planned = {0};
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;
	char text[LEASE_TEXT];

	if (leases_plan(all, d, find, NULL, &planned, &err) < 0) {
		assert_true(*err.msg);
		return gnx_fmt("%d", err.code);
	}
	leases_replace(all, d->uuid, &planned);
	gnx_buf_str(&out, "");
	for (size_t i = 0; i < planned.len; i++) {
		lease_text(&planned.items[i], text);
		gnx_buf_fmt(&out, "%s%s/%u", i ? " " : "", text, planned.items[i].vif);
	}
	return out.data;
}

/* So of a guest with an interface on a network for each address, "": none. */
static char *define(struct leases *all, unsigned number, const char *const *addresses)
{
	struct definition d = numbered(number);

	for (; *addresses; addresses++)
		add_vif(&d, "network", "blue", *addresses);
	return take(all, &d);
}

static void assert_taken(struct leases *all, const struct definition *d, const char *is)
{
	GNX_CLEAN(gnx_free)
	char *found = take(all, d);

	assert_string_equal(found, is);
}

static void assert_defined(
	struct leases *all, unsigned number, const char *const *addresses, const char *is)
{
	GNX_CLEAN(gnx_free)
	char *found = define(all, number, addresses);

	assert_string_equal(found, is);
}

#define VIFS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void given_kept_and_free_again(void **state)
{
	struct leases all = {0}, none = {0};

	(void)state;
	make_blue("10.0.0.0/29 fd00::/64", "10.0.0.1");
	assert_defined(&all, 1, VIFS(""), "10.0.0.2/0 fd00::1/0");
	assert_defined(&all, 2, VIFS("", ""), "10.0.0.3/0 10.0.0.4/1 fd00::2/0 fd00::3/1");
	assert_defined(&all, 1, VIFS(""), "10.0.0.2/0 fd00::1/0");
	leases_replace(&all, (uint8_t[GUEST_UUID]){1}, &none);
	assert_int_equal(all.len, 4);
	assert_defined(&all, 3, VIFS("", ""), "10.0.0.2/0 10.0.0.5/1 fd00::1/0 fd00::4/1");
	assert_defined(&all, 4, VIFS(""), "10.0.0.6/0 fd00::5/0");
	assert_defined(&all, 5, VIFS(""), "-1036"); /* GNX_E_STATE */
	assert_defined(&all, 2, VIFS(""), "10.0.0.3/0 fd00::2/0");
	assert_defined(&all, 5, VIFS(""), "10.0.0.4/0 fd00::3/0");
	leases_done(&all);
}

static void definitions_own(void **state)
{
	struct leases all = {0};

	(void)state;
	make_blue("10.0.0.0/24", "");
	assert_defined(&all, 1, VIFS("10.0.0.1 10.0.0.8/29 fd00::7"), "10.0.0.1/0 fd00::7/0");
	assert_defined(&all, 2, VIFS(""), "10.0.0.2/0");
	assert_defined(&all, 3, VIFS("10.0.0.2"), "-17"); /* EEXIST */
	assert_defined(&all, 3, VIFS("fd00::7"), "-17");
	assert_defined(&all, 3, VIFS("10.0.0.9", "10.0.0.9"), "-17");
	assert_defined(&all, 2, VIFS("10.0.0.2"), "10.0.0.2/0");
	assert_defined(&all, 2, VIFS(""), "10.0.0.3/0");
	leases_done(&all);
}

/* Who names a network's bridge may have what nobody has on the network, and is given nothing. */
static void by_its_bridge(void **state)
{
	struct leases all = {0};
	struct definition d = numbered(2), other = numbered(3), nowhere = numbered(4);

	(void)state;
	make_blue("10.0.0.0/24", "10.0.0.1");
	assert_defined(&all, 1, VIFS(""), "10.0.0.2/0");
	add_vif(&d, "bridge", "blue", "10.0.0.2");
	assert_taken(&all, &d, "-17");
	assert_int_equal(definition_set(&d, "vif 0", "address", "10.0.0.3", NULL), 0);
	assert_taken(&all, &d, "10.0.0.3/0");
	assert_defined(&all, 1, VIFS("", ""), "10.0.0.2/0 10.0.0.4/1");
	add_vif(&other, "bridge", "blue", "");
	assert_taken(&all, &other, "");
	add_vif(&nowhere, "bridge", "xenbr0", "10.0.0.2");
	assert_taken(&all, &nowhere, "");
	leases_done(&all);
}

/* dom0's, or another router's; a guest that is one says so. */
static void gateways(void **state)
{
	struct leases all = {0};
	struct definition d = numbered(2);

	(void)state;
	make_blue("10.0.0.0/24 fd00::/64", "10.0.0.1 fd00::1");
	assert_defined(&all, 1, VIFS("10.0.0.1"), "-17");
	assert_defined(&all, 1, VIFS("10.0.0.9 fd00::1"), "-17");
	assert_defined(&all, 1, VIFS("10.0.0.9 fd00::9"), "10.0.0.9/0 fd00::9/0");
	assert_int_equal(leases_fit(&all, &blue, NULL), 0);
	add_vif(&d, "network", "blue", "10.0.0.1");
	assert_int_equal(definition_set(&d, "vif 0", "policy", "router", NULL), 0);
	assert_taken(&all, &d, "-17");
	make_blue("10.0.0.0/24", "10.0.0.9");
	assert_int_equal(leases_fit(&all, &blue, NULL), -EBUSY);
	make_blue("fd00::/64", "fd00::9");
	assert_int_equal(leases_fit(&all, &blue, NULL), -EBUSY);
	make_blue("10.0.0.0/24", "10.0.0.1");
	blue.kind = NETWORK_bridged;
	assert_defined(&all, 1, VIFS("10.0.0.1"), "-17");
	assert_taken(&all, &d, "10.0.0.1/0");
	assert_int_equal(leases_fit(&all, &blue, NULL), 0);
	leases_done(&all);
}

static void without_ranges(void **state)
{
	struct leases all = {0};

	(void)state;
	make_blue("", "");
	assert_defined(&all, 1, VIFS(""), "");
	make_blue("fd00::/64", "");
	assert_defined(&all, 1, VIFS(""), "fd00::1/0");
	leases_done(&all);
}

static void ranges_that_change(void **state)
{
	struct leases all = {0};

	(void)state;
	make_blue("10.0.0.0/24", "");
	assert_defined(&all, 1, VIFS(""), "10.0.0.1/0");
	assert_defined(&all, 2, VIFS("192.0.2.1"), "192.0.2.1/0");
	assert_int_equal(leases_fit(&all, &blue, NULL), 0);
	make_blue("10.0.0.0/16", "");
	assert_int_equal(leases_fit(&all, &blue, NULL), 0);
	make_blue("10.0.0.0/24", "10.0.0.1");
	assert_int_equal(leases_fit(&all, &blue, NULL), -EBUSY);
	make_blue("10.0.1.0/24", "");
	assert_int_equal(leases_fit(&all, &blue, NULL), -EBUSY);
	assert_defined(&all, 1, VIFS(""), "10.0.1.1/0");
	leases_done(&all);
}

/* Two ranges, one after the other, all of them, each once. */
static void many(void **state)
{
	struct leases all = {0};

	(void)state;
	make_blue("10.0.0.0/24 10.0.2.0/24", "10.0.0.254");
	for (unsigned i = 1; i <= MANY; i++) {
		GNX_CLEAN(gnx_free)
		char *is = define(&all, i, VIFS(""));
		GNX_CLEAN(gnx_free)
		char *want = i < 254 ? gnx_fmt("10.0.0.%u/0", i) : gnx_fmt("10.0.2.%u/0", i - 253);

		assert_string_equal(is, want);
	}
	assert_int_equal(all.len, MANY);
	leases_done(&all);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(given_kept_and_free_again),
		cmocka_unit_test(definitions_own),
		cmocka_unit_test(by_its_bridge),
		cmocka_unit_test(gateways),
		cmocka_unit_test(without_ranges),
		cmocka_unit_test(ranges_that_change),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
