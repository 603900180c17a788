/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel tells of interfaces, addresses and routes, taken apart: messages made here, also
 * ones that are cut or say nothing of use. */
#include "base/clean.h"
#include "net/inet.h"
#include "net/link.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

static union nl_message m;
static const uint8_t v4[] = {192, 0, 2, 1};
static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

static struct nlmsghdr *begin(uint16_t type)
{
	struct nl none = {0};

	return nl_begin(&none, &m, type, 0);
}

/* --- Interfaces */

static struct nlmsghdr *begin_link(unsigned flags)
{
	struct nlmsghdr *h = begin(RTM_NEWLINK);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	i->ifi_index = 7;
	i->ifi_flags = flags;
	mnl_attr_put_strz(h, IFLA_IFNAME, "eth0.5");
	return h;
}

static void put_kind(struct nlmsghdr *h, const char *kind, uint16_t vlan)
{
	struct nlattr *info = mnl_attr_nest_start(h, IFLA_LINKINFO), *data;

	mnl_attr_put_strz(h, IFLA_INFO_KIND, kind);
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	mnl_attr_put_u16(h, IFLA_VLAN_ID, vlan);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
}

static void link_of_a_vlan(void **state)
{
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 1};
	struct nlmsghdr *h = begin_link(IFF_UP);
	struct link l;

	(void)state;
	put_kind(h, "vlan", 5);
	mnl_attr_put(h, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_put_u8(h, IFLA_CARRIER, 1);
	mnl_attr_put_u32(h, IFLA_LINK, 3);
	mnl_attr_put_strz(h, IFLA_PARENT_DEV_BUS_NAME, "pci");
	assert_true(link_take(h, &l));
	assert_int_equal(l.index, 7);
	assert_string_equal(l.name, "eth0.5");
	assert_int_equal(l.vlan, 5);
	assert_int_equal(l.lower, 3);
	assert_memory_equal(l.mac, mac, sizeof(mac));
	assert_true(l.up && l.carrier);
	assert_string_equal(l.bus, "pci");
}

/* Data of another kind, and an address of another sort of wire. */
static void link_without(void **state)
{
	struct nlmsghdr *h = begin_link(0);
	static const uint8_t none[ADDRESS_MAC];
	struct link l;

	(void)state;
	put_kind(h, "bridge", 5);
	mnl_attr_put(h, IFLA_ADDRESS, sizeof(v6), v6);
	mnl_attr_put(h, IFLA_CARRIER, 0, NULL);
	mnl_attr_put(h, IFLA_MTU, 1, v4);
	assert_true(link_take(h, &l));
	assert_int_equal(l.vlan, 0);
	assert_int_equal(l.mtu, 0);
	assert_memory_equal(l.mac, none, sizeof(none));
	assert_false(l.up || l.carrier);
	h->nlmsg_type = RTM_DELLINK;
	assert_false(link_take(h, &l));
	h = begin(RTM_NEWLINK);
	assert_false(link_take(h, &l));
}

/* --- Addresses */

static struct nlmsghdr *begin_address(uint8_t family, uint8_t prefix, uint8_t scope, uint8_t flags)
{
	struct nlmsghdr *h = begin(RTM_NEWADDR);
	struct ifaddrmsg *a = mnl_nlmsg_put_extra_header(h, sizeof(*a));

	*a = (struct ifaddrmsg){.ifa_family = family,
		.ifa_prefixlen = prefix,
		.ifa_scope = scope,
		.ifa_flags = flags,
		.ifa_index = 7};
	return h;
}

static void address_of_v4(void **state)
{
	static const uint8_t other[] = {192, 0, 2, 2};
	const struct ifa_cacheinfo cache = {.ifa_valid = 3600};
	struct nlmsghdr *h = begin_address(AF_INET, 24, RT_SCOPE_UNIVERSE, 0);
	struct inet_address a;

	(void)state;
	mnl_attr_put(h, IFA_ADDRESS, sizeof(other), other); /* the other end's */
	mnl_attr_put(h, IFA_LOCAL, sizeof(v4), v4);
	mnl_attr_put(h, IFA_CACHEINFO, sizeof(cache), &cache);
	assert_int_equal(inet_take_address(h, &a), 1);
	assert_int_equal(a.link, 7);
	assert_int_equal(a.address.len, 4);
	assert_int_equal(a.address.prefix, 24);
	assert_memory_equal(a.address.bytes, v4, sizeof(v4));
	assert_int_equal(a.valid_s, 3600);
	assert_int_equal(a.state, INET_usable);
}

static void address_of_v6(void **state)
{
	static const struct {
		uint32_t flags;
		enum inet_state state;
	} cases[] = {{IFA_F_PERMANENT, INET_usable}, {IFA_F_TENTATIVE, INET_tentative},
		{IFA_F_TENTATIVE | IFA_F_DADFAILED, INET_duplicate},
		{IFA_F_DEPRECATED | IFA_F_MANAGETEMPADDR, INET_deprecated}};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		/* Those in front have 8 bits, and are not believed. */
		struct nlmsghdr *h = begin_address(AF_INET6, 64, RT_SCOPE_UNIVERSE, 0xff);
		struct inet_address a;

		mnl_attr_put(h, IFA_ADDRESS, sizeof(v6), v6);
		mnl_attr_put_u32(h, IFA_FLAGS, cases[i].flags);
		assert_int_equal(inet_take_address(h, &a), 1);
		assert_int_equal(a.address.len, 16);
		assert_int_equal(a.state, cases[i].state);
		assert_int_equal(a.valid_s, INET_FOREVER);
	}
}

static void addresses_that_are_none(void **state)
{
	static const struct {
		uint8_t family, prefix, scope;
		size_t len;
	} cases[] = {{AF_INET, 24, RT_SCOPE_HOST, 4}, {AF_INET, 33, RT_SCOPE_UNIVERSE, 4},
		{AF_INET, 24, RT_SCOPE_UNIVERSE, 3}, {AF_INET, 24, RT_SCOPE_UNIVERSE, 16},
		{AF_INET6, 64, RT_SCOPE_UNIVERSE, 4}, {AF_INET6, 129, RT_SCOPE_UNIVERSE, 16},
		{AF_PACKET, 0, RT_SCOPE_UNIVERSE, 0}, {AF_INET, 24, RT_SCOPE_UNIVERSE, 0}};
	struct inet_address a;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct nlmsghdr *h =
			begin_address(cases[i].family, cases[i].prefix, cases[i].scope, 0);

		mnl_attr_put(h, IFA_LOCAL, cases[i].len, v6);
		mnl_attr_put(h, IFA_ADDRESS, cases[i].len, v6);
		if (inet_take_address(h, &a))
			fail_msg("%zu", i);
	}
	assert_int_equal(inet_take_address(begin(RTM_NEWADDR), &a), 0);
}

/* --- Routes */

static struct inet_route routes[4];
static size_t routes_len;

static int add(void *arg, const struct inet_route *r)
{
	(void)arg;
	assert_true(routes_len < GNX_LEN(routes));
	routes[routes_len++] = *r;
	return 0;
}

static struct nlmsghdr *begin_route(uint8_t family)
{
	struct nlmsghdr *h = begin(RTM_NEWROUTE);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	*r = (struct rtmsg){
		.rtm_family = family, .rtm_type = RTN_UNICAST, .rtm_table = RT_TABLE_MAIN};
	routes_len = 0;
	return h;
}

static void route_by_a_router(void **state)
{
	struct nlmsghdr *h = begin_route(AF_INET);

	(void)state;
	mnl_attr_put(h, RTA_GATEWAY, sizeof(v4), v4);
	mnl_attr_put_u32(h, RTA_OIF, 7);
	mnl_attr_put_u32(h, RTA_PRIORITY, 100);
	assert_int_equal(inet_take_route(h, add, NULL), 0);
	assert_int_equal(routes_len, 1);
	assert_int_equal(routes[0].link, 7);
	assert_int_equal(routes[0].metric, 100);
	assert_false(routes[0].v6);
	assert_int_equal(routes[0].via.len, 4);
	assert_memory_equal(routes[0].via.bytes, v4, sizeof(v4));
}

/* Of IPv4 by a router that has an IPv6 address; and by none. */
static void route_by_others(void **state)
{
	union {
		struct rtvia via;
		uint8_t bytes[sizeof(struct rtvia) + sizeof(v6)];
	} via = {.via.rtvia_family = AF_INET6};
	struct nlmsghdr *h = begin_route(AF_INET);

	(void)state;
	memcpy(via.bytes + sizeof(struct rtvia), v6, sizeof(v6));
	mnl_attr_put(h, RTA_VIA, sizeof(struct rtvia) + sizeof(v6), &via);
	inet_take_route(h, add, NULL);
	assert_int_equal(routes[0].via.len, 16);
	assert_memory_equal(routes[0].via.bytes, v6, sizeof(v6));
	for (size_t cut = 0; cut < sizeof(struct rtvia) + sizeof(v6); cut++) {
		h = begin_route(AF_INET);
		mnl_attr_put(h, RTA_VIA, cut, &via);
		inet_take_route(h, add, NULL);
		assert_int_equal(routes[0].via.len, 0);
	}
	h = begin_route(AF_INET6);
	inet_take_route(h, add, NULL);
	assert_int_equal(routes_len, 1);
	assert_true(routes[0].v6 && !routes[0].via.len);
}

/* By several at once, whose lengths are believed as far as there is something. */
static void route_by_several(void **state)
{
	struct {
		struct {
			struct rtnexthop hop;
			struct nlattr head;
			uint8_t gateway[4];
		} ways[2];
	} all = {{{{.rtnh_len = 16, .rtnh_ifindex = 7}, {8, RTA_GATEWAY}, {192, 0, 2, 1}},
		{{.rtnh_len = 16, .rtnh_ifindex = 8}, {8, RTA_GATEWAY}, {192, 0, 2, 2}}}};

	(void)state;
	for (size_t cut = 0; cut <= sizeof(all); cut++) {
		struct nlmsghdr *h = begin_route(AF_INET);

		mnl_attr_put(h, RTA_MULTIPATH, cut, &all);
		assert_int_equal(inet_take_route(h, add, NULL), 0);
		assert_int_equal(routes_len, cut / sizeof(all.ways[0]));
	}
	assert_int_equal(routes[0].link + routes[1].link, 15);
	assert_int_equal(routes[1].via.bytes[3], 2);
	for (unsigned len = 0; len < sizeof(struct rtnexthop); len++) {
		struct nlmsghdr *h = begin_route(AF_INET);

		all.ways[0].hop.rtnh_len = (uint16_t)len;
		mnl_attr_put(h, RTA_MULTIPATH, sizeof(all), &all);
		inet_take_route(h, add, NULL);
		assert_int_equal(routes_len, 0);
	}
}

static void routes_that_are_none(void **state)
{
	static const struct rtmsg others[] = {{.rtm_family = AF_INET,
						      .rtm_dst_len = 8,
						      .rtm_type = RTN_UNICAST,
						      .rtm_table = RT_TABLE_MAIN},
		{.rtm_family = AF_INET, .rtm_type = RTN_BLACKHOLE, .rtm_table = RT_TABLE_MAIN},
		{.rtm_family = AF_INET, .rtm_type = RTN_UNICAST, .rtm_table = RT_TABLE_LOCAL},
		{.rtm_family = AF_PACKET, .rtm_type = RTN_UNICAST, .rtm_table = RT_TABLE_MAIN},
		{.rtm_family = AF_INET6,
			.rtm_type = RTN_UNICAST,
			.rtm_table = RT_TABLE_MAIN,
			.rtm_flags = RTM_F_CLONED}};
	struct nlmsghdr *h;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(others); i++) {
		h = begin_route(AF_INET);
		memcpy(mnl_nlmsg_get_payload(h), &others[i], sizeof(others[i]));
		inet_take_route(h, add, NULL);
		assert_int_equal(routes_len, 0);
	}
	h = begin_route(AF_INET);
	mnl_attr_put_u32(h, RTA_TABLE, 1000); /* the header has 8 bits for it */
	inet_take_route(h, add, NULL);
	assert_int_equal(inet_take_route(begin(RTM_NEWROUTE), add, NULL), 0);
	assert_int_equal(routes_len, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(link_of_a_vlan),
		cmocka_unit_test(link_without), cmocka_unit_test(address_of_v4),
		cmocka_unit_test(address_of_v6), cmocka_unit_test(addresses_that_are_none),
		cmocka_unit_test(route_by_a_router), cmocka_unit_test(route_by_others),
		cmocka_unit_test(route_by_several), cmocka_unit_test(routes_that_are_none)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
