/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks' definitions: good and bad values of every key, what must fit together, and texts. */
#include "base/clean.h"
#include "model/network.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define TEN(s)	s s s s s s s s s s
#define N63	TEN("n") TEN("n") TEN("n") TEN("n") TEN("n") TEN("n") "nnn"
#define BLUE	"[network]\nname = blue\n"
#define NAT	BLUE "kind = nat\nranges = 10.0.0.0/8 fd00::/64\ngateways = 10.0.0.1 fd00::1\n"
#define BRIDGED BLUE "kind = bridged\nuplink = eth0\n"
#define WHOLE                                                                                      \
	"[network]\nname = b\nkind = bridged\nbridge = br0\nuplink = eth0\nvlan = 9\n"             \
	"mtu = 9000\nranges = 192.0.2.0/24 2001:db8::/64\ngateways = 2001:db8::1 192.0.2.9\n"

static const struct {
	const char *key, *fallback, *doc;
} table[] = {
#define X(section, key, kind, fallback, doc) {#key, fallback, doc},
#include "model/network.def"
#undef X
};

static int parse(struct network *n, const char *text, struct gnx_err *err)
{
	return network_parse(n, text, strlen(text), "blue.ini", err);
}

static struct network parsed(const char *text)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct network n;

	if (parse(&n, text, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return n;
}

static void add_line(void *arg, const char *key, const char *value)
{
	gnx_buf_fmt(arg, "%s=%s\n", key, value);
}

static void table_and_defaults(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf want = {0}, is = {0};
	struct network n;

	(void)state;
	network_init(&n);
	for (size_t i = 0; i < GNX_LEN(table); i++) {
		gnx_buf_fmt(
			&want, "%s=%s\n", table[i].key, table[i].fallback ? table[i].fallback : "");
		assert_true(gnx_ends(table[i].doc, ".") && strlen(table[i].doc) > 15);
		assert_true(network_form(table[i].key) >= 0);
	}
	network_each(&n, add_line, &is);
	assert_string_equal(is.data, want.data);
	gnx_buf_done(&is);
	assert_int_equal(network_form("nonsense"), -EINVAL);
	for (int i = 0; i < NETWORK_KIND_COUNT; i++)
		assert_int_equal(network_kind_by_name(network_kind_name(i)), i);
}

static void good_values(void **state)
{
	static const char *const cases[][2] = {
		{"name", "a"},
		{"name", "1.a-b_C"},
		{"name", N63},
		{"kind", "private"},
		{"kind", "bridged"},
		{"kind", "routed"},
		{"kind", "nat"},
		{"bridge", "br0"},
		{"bridge", ""},
		{"uplink", "enp0s31f6"},
		{"vlan", "1"},
		{"vlan", "4094"},
		{"vlan", ""},
		{"dom0", "yes"},
		{"mtu", "1280"},
		{"mtu", "65535"},
		{"ranges", ""},
		{"ranges", "10.0.0.0/8"},
		{"ranges", "192.0.2.0/30 192.0.2.4/30 2001:db8::/126 2001:db9::/32"},
		{"gateways", "192.0.2.1 2001:db8::1"},
		{"forward", ""},
		{"dhcp", "yes"},
		{"dns", "self"},
		{"dns", "192.0.2.1 2001:db8::1"},
		{"domain", "inside.example"},
		{"domain", N63},
		{"forward", "tcp 1 192.0.2.1:65535, udp 65535 [2001:db8::1]:1,tcp 2 10.0.0.1:2"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf is = {0};
		GNX_CLEAN(gnx_free)
		char *want = gnx_fmt("%s=%s\n", cases[i][0], cases[i][1]);
		struct gnx_err err = GNX_ERR_INIT;
		struct network n;

		network_init(&n);
		if (network_set(&n, cases[i][0], cases[i][1], &err) < 0)
			fail_msg("%s", err.msg);
		network_each(&n, add_line, &is);
		assert_non_null(strstr(is.data, want));
	}
}

static void bad_values(void **state)
{
	static const char *const cases[][3] = {
		{"name", "", "needs a value"},
		{"name", N63 "n", "is longer than 63 bytes"},
		{"name", "-a", "does not begin with a letter or a digit"},
		{"name", "a b", "holds more than letters"},
		{"name", "a/b", "holds more than letters"},
		{"kind", "", "needs a value"},
		{"kind", "paved", "is none of private, bridged, routed and nat"},
		{"bridge", "br0123456789abcd", "is longer than 15 bytes"},
		{"uplink", "a%d", "holds more than letters"},
		{"vlan", "0", "is not a number from 1 to 4094"},
		{"vlan", "4095", "is not a number from 1 to 4094"},
		{"mtu", "1279", "is not a number from 1280 to 65535"},
		{"mtu", "65536", "is not a number from 1280 to 65535"},
		{"mtu", "", "needs a value"},
		{"ranges", "192.0.2.1", "without a prefix length"},
		{"ranges", "192.0.2.1/24", "does not begin a network"},
		{"ranges", "192.0.2.0/31", "has a prefix length that is not 8 to 30"},
		{"ranges", "10.0.0.0/7", "has a prefix length that is not 8 to 30"},
		{"ranges", "0.0.0.0/0", "has a prefix length that is not 8 to 30"},
		{"ranges", "2001:db8::/127", "has a prefix length that is not 8 to 30"},
		{"ranges", "blue", "neither an IPv4 nor an IPv6 address"},
		{"ranges", "10.0.0.0/8 10.1.0.0/16", "is within another one"},
		{"ranges", "10.1.0.0/16 10.0.0.0/8", "is within another one"},
		{"ranges", "10.1.0.0/16 10.1.0.0/16", "is within another one"},
		{"ranges",
			"10.0.0.0/30 10.0.0.4/30 10.0.0.8/30 10.0.0.12/30 10.0.0.16/30 "
			"10.0.0.20/30 10.0.0.24/30 10.0.0.28/30 10.0.0.32/30",
			"holds more than 8 ranges"},
		{"gateways", "192.0.2.1/24", "neither an IPv4 nor an IPv6 address"},
		{"forward", "tcp 80", "is not like tcp 8080 192.0.2.7:80"},
		{"forward", "tcp 80 10.0.0.1:80 x", "is not like tcp 8080 192.0.2.7:80"},
		{"forward", "sctp 80 10.0.0.1:80", "is neither tcp nor udp"},
		{"forward", "tcp 0 10.0.0.1:80", "a port of dom0 that is not a number"},
		{"forward", "tcp 65536 10.0.0.1:80", "a port of dom0 that is not a number"},
		{"forward", "tcp 80 10.0.0.1", "a target that is not like"},
		{"forward", "tcp 80 :80", "a target that is not like"},
		{"forward", "tcp 80 []:80", "a target that is not like"},
		{"forward", "tcp 80 [10.0.0.1]:80", "a target that is not like"},
		{"forward", "tcp 80 fd00::1:80", "a target that is not like"},
		{"forward", "tcp 80 [2001:db8:1111:2222:3333:4444:5555:6666:7777:8888]:80",
			"a target that is not like"},
		{"forward", "tcp 80 10.0.0.1:0", "a guest's port that is not a number"},
		{"forward", "tcp 80 10.0.0.1:65536", "a guest's port that is not a number"},
		{"forward",
			TEN("tcp 1 1.1.1.1:1,") TEN("tcp 1 1.1.1.1:1,") TEN(
				"tcp 1 1.1.1.1:1,") "tcp 1 1.1.1.1:1,tcp 1 1.1.1.1:1,tcp 1 1.1.1.1:1",
			"holds more than 32 ports"},
		{"forward", "tcp 1 1.1.1.1:1" TEN(TEN(",,,,,,,,,,,")), "is longer than 1023 bytes"},
		{"dhcp", "maybe", "is neither yes nor no"},
		{"dns", "me", "neither an IPv4 nor an IPv6 address"},
		{"dns", "self 192.0.2.1", "neither an IPv4 nor an IPv6 address"},
		{"domain", "a_b", "holds more than letters"},
		{"domain", "a..b", "has an empty part"},
		{"domain", ".a", "has an empty part"},
		{"domain", "a.", "has an empty part"},
		{"domain", "-a", "begins with \"-\""},
		{"domain", N63 "n", "is longer than 63 bytes"},
		{"colour", "blue", "there is no key \"colour\""},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_err err = GNX_ERR_INIT;
		struct network n, was;

		network_init(&n);
		was = n;
		assert_int_equal(network_set(&n, cases[i][0], cases[i][1], &err), -EINVAL);
		if (!strstr(err.msg, cases[i][2]))
			fail_msg("%s %s: %s", cases[i][0], cases[i][1], err.msg);
		assert_memory_equal(&n, &was, sizeof(n));
	}
}

static void bad_texts(void **state)
{
	static const char *const cases[][2] = {
		{"name = blue\n", "blue.ini:1: a key in front of the first section"},
		{"[guest]\n", "blue.ini:1: there is no section [guest]; there is [network]"},
		{BLUE "[network]\n", "blue.ini:3: [network]: given twice"},
		{BLUE "mtu = 1500\nmtu = 1500\n", "blue.ini:4: [network] mtu: given twice"},
		{BLUE "mtu = many\n", "blue.ini:3: [network] mtu: \"many\" is not a number"},
		{BLUE "colour = blue\n", "blue.ini:3: [network]: there is no key \"colour\""},
		{"[network]\n", "blue.ini: [network] name: needs a value"},
		{BLUE "kind = bridged\n", "[network] uplink: is missing"},
		{BLUE "kind = bridged\ndom0 = yes\nvlan = 5\n", "[network] uplink: is missing"},
		{BLUE "uplink = eth0\n", "[network] uplink: goes with kind = bridged"},
		{BLUE "vlan = 7\n", "[network] vlan: goes with kind = bridged"},
		{BLUE "dom0 = yes\n", "[network] dom0: goes with kind = bridged"},
		{BRIDGED "bridge = eth0\n", "[network] bridge: is the uplink's name, too"},
		{BLUE "bridge = all\n", "[network] bridge: \"all\" is no interface's name"},
		{"[network]\nname = default\n", "\"default\" is no interface's name"},
		{BLUE "kind = nat\n", "[network] gateways: is missing"},
		{BLUE "kind = routed\n", "[network] gateways: is missing"},
		{NAT "uplink = eth0\n", "[network] uplink: goes with kind = bridged"},
		{BLUE "ranges = 10.0.0.0/8\nforward = tcp 1 10.0.0.2:1\n", "goes with kind = nat"},
		{NAT "forward = tcp 1 11.0.0.2:1\n", "no guest can be given"},
		{NAT "forward = tcp 1 10.0.0.1:1\n", "no guest can be given"},
		{NAT "forward = tcp 1 10.0.0.2:1, tcp 1 10.0.0.3:1\n", "has port 1 twice"},
		{BLUE "dns = self\n", "[network] dns: goes with dhcp = yes"},
		{BLUE "domain = a\n", "[network] domain: goes with dhcp = yes"},
		{BLUE "dhcp = yes\n", "[network] dhcp: goes with ranges"},
		{BLUE "dhcp = yes\nranges = 10.0.0.0/8\n", "each range has a gateway then"},
		{NAT "dhcp = yes\nranges = fd00::/64 fd01::/63\n", "given twice"},
		{BLUE "dhcp = yes\nranges = fd00::/63\ngateways = fd00::1\n", "of 64 or more"},
		{BRIDGED "dhcp = yes\nranges = 10.0.0.0/8\ngateways = 10.0.0.1\n", "on a bridged"},
		{BLUE "gateways = 192.0.2.1\n", "are not each in a range of its own"},
		{BLUE "ranges = 192.0.2.0/24\ngateways = 192.0.2.1 192.0.2.2\n", "of its own"},
		{BLUE "ranges = 192.0.2.0/24\ngateways = 192.0.2.0\n", "of its own"},
		{BLUE "ranges = 192.0.2.0/24\ngateways = 192.0.2.255\n", "of its own"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_err err = GNX_ERR_INIT;
		struct network n;

		assert_true(parse(&n, cases[i][0], &err) < 0);
		if (!strstr(err.msg, cases[i][1]))
			fail_msg("%s: %s", cases[i][0], err.msg);
	}
}

static void of_words(void **state)
{
	static const char *const cases[][2] = {
		{"blue", "[network]\nname = blue\n"},
		{"red  kind=bridged\tuplink=eth0 dom0=yes bridge=",
			"[network]\nname = red\nkind = bridged\nuplink = eth0\ndom0 = yes\n"},
		{"in kind=nat ranges=10.0.0.0/8 fd00::/64 gateways=10.0.0.1 fd00::1 "
		 "forward=tcp 1 10.0.0.2:1, udp 1 10.0.0.2:1 dhcp=yes",
			"[network]\nname = in\nkind = nat\nranges = 10.0.0.0/8 fd00::/64\n"
			"gateways = 10.0.0.1 fd00::1\n"
			"forward = tcp 1 10.0.0.2:1, udp 1 10.0.0.2:1\ndhcp = yes\n"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf out = {0};
		struct gnx_err err = GNX_ERR_INIT;
		struct network n;

		if (network_words(&n, cases[i][0], &err) < 0)
			fail_msg("%s", err.msg);
		network_write(&n, &out);
		assert_string_equal(out.data, cases[i][1]);
	}
}

static void not_of_words(void **state)
{
	static const char *const cases[][2] = {
		{"", "[network] name: needs a value"},
		{"kind=nat", "[network] name: needs a value"},
		{"a b", "[network] name: \"a b\" holds more than letters"},
		{"a name=b", "[network] name: given twice"},
		{"a mtu=1400 mtu=1500", "[network] mtu: given twice"},
		{"a mtu=many", "[network] mtu: \"many\" is not a number"},
		{"a kind=nat", "[network] gateways: is missing"},
		{"a colour=blue", "[network]: there is no key \"colour\""},
		{"a #kind=nat", "[network]: there is no key \"#kind\""},
		{"a [b=c", "[network]: there is no key \"[b\""},
		{"a =b", "[network]: there is no key \"\""},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_err err = GNX_ERR_INIT;
		struct network n;

		assert_true(network_words(&n, cases[i][0], &err) < 0);
		if (!gnx_starts(err.msg, cases[i][1]))
			fail_msg("%s: %s", cases[i][0], err.msg);
	}
}

static void written_and_read_is_the_same(void **state)
{
	static const char *const texts[] = {
		BLUE,
		BRIDGED,
		BRIDGED "dom0 = yes\n",
		WHOLE,
		NAT "forward = tcp 1 10.0.0.2:1, udp 1 10.0.0.2:1, tcp 1 [fd00::2]:1\n",
		NAT "dhcp = yes\ndns = 10.0.0.9 fd00::9\ndomain = a.b\n",
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(texts); i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf out = {0};
		struct network n = parsed(texts[i]), back;

		network_write(&n, &out);
		assert_string_equal(out.data, texts[i]);
		back = parsed(out.data);
		assert_memory_equal(&n, &back, sizeof(n));
	}
}

/* They must never change. */
static void bridges(void **state)
{
	static const char *const cases[][2] = {
		{"[network]\nname = fifteen-bytes-x\n", "fifteen-bytes-x"},
		{"[network]\nname = sixteen-bytes-xy\n", "sixteen-by-c292"},
		{"[network]\nname = sixteen-bytes-xz\n", "sixteen-by-df0f"},
		{BLUE "bridge = br7\n", "br7"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct network n = parsed(cases[i][0]);

		assert_string_equal(n.bridge, cases[i][1]);
	}
}

static void ranges(void **state)
{
	struct network n = parsed(BLUE "ranges = 192.0.2.0/24 2001:db8::/64 10.0.0.0/8\n"
				       "gateways = 10.1.2.3 2001:db8::1\n");
	struct network_range r[NETWORK_RANGES_MAX];
	uint8_t address[16] = {192, 0, 2, 255};

	(void)state;
	assert_int_equal(network_ranges(&n, r), 3);
	assert_false(r[0].routed);
	assert_true(r[1].routed && r[2].routed);
	assert_int_equal(r[1].family, AF_INET6);
	assert_int_equal(r[1].prefix, 64);
	assert_int_equal(r[1].gateway[15], 1);
	assert_memory_equal(r[2].gateway, ((uint8_t[]){10, 1, 2, 3}), 4);
	assert_true(network_range_has(&r[0], AF_INET, address));
	assert_true(network_range_edge(&r[0], address));
	address[2] = 3;
	assert_false(network_range_has(&r[0], AF_INET, address));
	address[3] = 1;
	assert_false(network_range_edge(&r[0], address));
}

static void forwards(void **state)
{
	struct network n = parsed(NAT "forward = tcp 1 10.0.0.2:3, udp 65535 [fd00::2]:4\n");
	struct network_forward f[NETWORK_FORWARDS_MAX];

	(void)state;
	assert_int_equal(network_forwards(&n, f), 2);
	assert_int_equal(f[0].protocol, IPPROTO_TCP);
	assert_int_equal(f[0].port, 1);
	assert_memory_equal(f[0].address, ((uint8_t[]){10, 0, 0, 2}), 4);
	assert_int_equal(f[0].to, 3);
	assert_int_equal(f[1].protocol, IPPROTO_UDP);
	assert_int_equal(f[1].port, 65535);
	assert_int_equal(f[1].family, AF_INET6);
	assert_int_equal(f[1].address[15], 2);
	assert_int_equal(f[1].to, 4);
}

static void clashes(void **state)
{
#define OTHER  "[network]\nname = red\n"
#define BEHIND OTHER "kind = nat\nranges = 172.16.0.0/12\ngateways = 172.16.0.1\n"
	static const char *const cases[][3] = {
		{BLUE, OTHER, NULL},
		{BLUE, OTHER "bridge = blue\n", "bridge"},
		{BRIDGED, OTHER "kind = bridged\nuplink = eth1\n", NULL},
		{BRIDGED, OTHER "kind = bridged\nuplink = eth0\n", "uplink"},
		{BRIDGED, OTHER "kind = bridged\nuplink = eth0\nvlan = 2\n", NULL},
		{BRIDGED "vlan = 2\n", OTHER "kind = bridged\nuplink = eth0\nvlan = 2\n", "vlan"},
		/* One that dom0 has no address in is nothing to it. */
		{NAT, OTHER "ranges = 10.0.0.0/16\n", NULL},
		{NAT, OTHER "ranges = 10.0.0.0/16\ngateways = 10.0.0.9\n", "ranges"},
		{NAT,
			OTHER
			"kind = bridged\nuplink = e\nranges = 10.0.0.0/16\ngateways = 10.0.0.9\n",
			NULL},
		{NAT "forward = tcp 1 10.0.0.2:1\n", BEHIND "forward = udp 1 172.16.0.2:1\n", NULL},
		{NAT "forward = tcp 1 10.0.0.2:1\n", BEHIND "forward = tcp 1 172.16.0.2:1\n",
			"forward"},
		{NAT "forward = tcp 1 [fd00::2]:1\n", BEHIND "forward = tcp 1 172.16.0.2:1\n",
			NULL},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct network a = parsed(cases[i][0]), b = parsed(cases[i][1]);
		const char *ab = network_clash(&a, &b), *ba = network_clash(&b, &a);

		assert_true(ab == ba);
		if (!cases[i][2])
			assert_null(ab);
		else
			assert_string_equal(ab, cases[i][2]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_and_defaults),
		cmocka_unit_test(good_values),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(bad_texts),
		cmocka_unit_test(of_words),
		cmocka_unit_test(not_of_words),
		cmocka_unit_test(written_and_read_is_the_same),
		cmocka_unit_test(bridges),
		cmocka_unit_test(ranges),
		cmocka_unit_test(forwards),
		cmocka_unit_test(clashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
