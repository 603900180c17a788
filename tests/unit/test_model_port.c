/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/definition.h"

#include "base/clean.h"
#include "model/traffic.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void lines(void **state)
{
	struct port p = {0};

	(void)state;
	assert_null(port_take("", &p));
	assert_int_equal(p.policy, PORT_loose);
	assert_null(port_take("192.0.2.7  2001:db8:7::/64", &p));
	assert_int_equal(p.policy, PORT_locked);
	assert_int_equal(p.addresses.len, 2);
	assert_null(port_take("policy=router 192.0.2.7", &p));
	assert_int_equal(p.policy, PORT_router);
	assert_int_equal(p.addresses.len, 1);
	assert_null(port_take("policy=locked", &p));
	assert_int_equal(p.policy, PORT_locked);
	assert_int_equal(p.addresses.len, 0);
	assert_string_equal(p.firewall, "");
	assert_null(port_take("firewall=web-1.x 192.0.2.7", &p));
	assert_string_equal(p.firewall, "web-1.x");
	assert_int_equal(p.policy, PORT_locked);
	assert_true(!p.in_bits && !p.out_bits);
	assert_null(port_take("out=1500K 192.0.2.7 in=100G", &p));
	assert_true(p.in_bits == 100000000000 && p.out_bits == 1500000);
}

static void bad_lines(void **state)
{
	static const char *const bad[] = {"policy=open", "policy= ", "policy=", "policy",
		"Policy=router", "colour=red", "firewall=", "firewall=-a", "firewall=a/b", "=",
		"192.0.2.300", "192.0.2.7,policy=router", "in=", "in=100", "out=101G", "out=0M",
		"rate=1M"};
	struct port p = {.policy = PORT_router};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(bad); i++)
		assert_non_null(port_take(bad[i], &p));
	assert_int_equal(p.policy, PORT_router);
}

/* What a definition says is read back. */
static void both_ways(void **state)
{
	static const char *const addresses[] = {"", "192.0.2.7", "192.0.2.7 2001:db8::/64"};
	struct definition_vif vif = {0};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(addresses); i++) {
		strcpy(vif.address, addresses[i]);
		for (int policy = PORT_locked; policy < PORT_POLICY_COUNT; policy++) {
			GNX_CLEAN(gnx_buf_done)
			struct gnx_buf line = {0};
			struct port p;

			vif.policy = (enum port_policy)policy;
			strcpy(vif.firewall, policy == PORT_loose ? "web" : "");
			vif.rate_in_bits = i * 1000;
			vif.rate_out_bits = (uint64_t)policy % 2 * TRAFFIC_RATE_MAX;
			definition_port(&vif, &line);
			assert_null(port_take(line.data, &p));
			assert_int_equal(p.policy, policy);
			assert_int_equal(p.addresses.len, i);
			assert_string_equal(p.firewall, vif.firewall);
			assert_true(
				p.in_bits == vif.rate_in_bits && p.out_bits == vif.rate_out_bits);
			assert_int_equal(port_policy_by_name(port_policy_name(p.policy)), policy);
		}
	}
	assert_int_equal(port_policy_by_name("open"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
