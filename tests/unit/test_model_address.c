/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void macs(void **state)
{
	static const char *const bad[] = {"", "00:16:3e:01:02:0", "00:16:3e:01:02:033",
		"00-16-3e-01-02-03", "00:16:3e:01:02:0g", "00:00:00:00:00:00", "01:16:3e:01:02:03",
		"ff:ff:ff:ff:ff:ff"};
	uint8_t mac[ADDRESS_MAC] = {0};

	(void)state;
	assert_null(address_mac("00:16:3E:01:02:fF", mac));
	assert_memory_equal(mac, "\x00\x16\x3e\x01\x02\xff", ADDRESS_MAC);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(address_mac(bad[i], mac));
	assert_memory_equal(mac, "\x00\x16\x3e\x01\x02\xff", ADDRESS_MAC);
}

static void addresses(void **state)
{
	struct address a;

	(void)state;
	assert_null(address_take("192.0.2.7", &a));
	assert_int_equal(a.len, 4);
	assert_int_equal(a.prefix, 32);
	assert_memory_equal(a.bytes, "\xc0\x00\x02\x07", 4);
	assert_null(address_take("2001:db8:7::/64", &a));
	assert_int_equal(a.len, 16);
	assert_int_equal(a.prefix, 64);
	assert_null(address_take("0.0.0.0/0", &a));
	assert_int_equal(a.prefix, 0);
}

static void bad_addresses(void **state)
{
	static const char *const bad[] = {"", "/", "192.0.2", "192.0.2.7.1", "192.0.2.256",
		"192.0.2.7/", "192.0.2.7/33", "192.0.2.7/24", "192.0.2.0/-1", "192.0.2.0/24/24",
		"2001:db8::1/64", "2001:db8::/129", "fe80::1%eth0", "::ffff:192.0.2.7/24",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd"};
	struct address a = {.prefix = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(address_take(bad[i], &a));
	assert_int_equal(a.prefix, 7);
}

static void lists(void **state)
{
	struct addresses all;
	char many[ADDRESSES_MAX * 3 + 4] = "";

	(void)state;
	assert_null(addresses_take("", &all));
	assert_int_equal(all.len, 0);
	assert_null(addresses_take(" 192.0.2.7  2001:db8::/32 ::1 ", &all));
	assert_int_equal(all.len, 3);
	assert_non_null(addresses_take("192.0.2.7 what", &all));
	assert_int_equal(all.len, 3);
	for (int i = 0; i < ADDRESSES_MAX; i++)
		strcat(many, ":: ");
	assert_null(addresses_take(many, &all));
	assert_int_equal(all.len, ADDRESSES_MAX);
	strcat(many, "::");
	assert_non_null(addresses_take(many, &all));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macs),
		cmocka_unit_test(addresses),
		cmocka_unit_test(bad_addresses),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
