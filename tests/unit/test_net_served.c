/* SPDX-License-Identifier: BSD-3-Clause */
/* What dnsmasq is told of networks. */
#include "base/clean.h"
#include "net/served.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

static struct network parsed(const char *text)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct network n;

	if (network_parse(&n, text, strlen(text), "blue.ini", &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return n;
}

/* Whether a text has a line. */
static bool has(const struct gnx_buf *text, const char *line)
{
	GNX_CLEAN(gnx_free)
	char *whole = gnx_fmt("\n%s\n", line);

	return strstr(text->data, whole);
}

static void conf(void **state)
{
	struct network n = parsed("[network]\nname = blue\nbridge = br7\nmtu = 1400\n"
				  "ranges = 10.0.0.0/8 192.0.2.128/25 fd00::/80\n"
				  "gateways = 10.0.0.1 192.0.2.129 fd00::1\ndhcp = yes\n"
				  "dns = 192.0.2.1 fd00::9 192.0.2.2\ndomain = a.b\n");
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	(void)state;
	served_conf(&n, "/d", &text);
	assert_true(gnx_starts(text.data, "interface=br7\n"));
	assert_true(has(&text, "bind-interfaces") && has(&text, "dhcp-ignore=tag:!known"));
	assert_true(has(&text, "dhcp-hostsfile=/d/blue.dhcp"));
	assert_true(has(&text, "dhcp-range=set:r0,10.0.0.0,static,255.0.0.0,1h"));
	assert_true(has(&text, "dhcp-option=tag:r0,option:router,10.0.0.1"));
	assert_true(has(&text, "dhcp-range=set:r1,192.0.2.128,static,255.255.255.128,1h"));
	assert_true(has(&text, "dhcp-option=tag:r1,option:router,192.0.2.129"));
	assert_true(has(&text, "dhcp-range=fd00::,static,80,1h") && has(&text, "enable-ra"));
	assert_true(has(&text, "port=0"));
	assert_true(has(&text, "dhcp-option=option:dns-server,192.0.2.1,192.0.2.2"));
	assert_true(has(&text, "dhcp-option=option6:dns-server,[fd00::9]"));
	assert_true(has(&text, "dhcp-option=option:mtu,1400") && has(&text, "domain=a.b"));
	assert_false(has(&text, "local=/a.b/"));
}

/* Without IPv6 nobody says that he is a router; names are told here. */
static void own_names(void **state)
{
	struct network n = parsed("[network]\nname = blue\nranges = 10.0.0.0/8\n"
				  "gateways = 10.0.0.1\ndhcp = yes\ndns = self\ndomain = a.b\n");
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	(void)state;
	served_conf(&n, "/d", &text);
	assert_true(has(&text, "local=/a.b/"));
	assert_false(has(&text, "port=0") || has(&text, "enable-ra"));
}

static void hosts(void **state)
{
	static const uint8_t mac[6] = {0, 0x16, 0x3e, 1, 2, 0xff};
	struct network n = parsed("[network]\nname = blue\nranges = 10.0.0.0/8\n"
				  "gateways = 10.0.0.1\ndhcp = yes\ndomain = a.b\n");
	struct lease v4 = {.family = AF_INET, .address = {10, 0, 0, 2}};
	struct lease v6 = {.family = AF_INET6, .address = {0xfd, [15] = 2}};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf dhcp = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf names = {0};

	(void)state;
	served_host(&n, &v4, mac, "web", &dhcp, &names);
	*n.domain = '\0';
	served_host(&n, &v6, mac, "web", &dhcp, &names);
	assert_string_equal(dhcp.data, "00:16:3e:01:02:ff,10.0.0.2\n00:16:3e:01:02:ff,[fd00::2]\n");
	assert_string_equal(names.data, "10.0.0.2 web.a.b web\nfd00::2 web\n");
}

static void grown(void **state)
{
	static const struct {
		const char *before, *now;
		bool grown;
	} cases[] = {
		{"", "", true},
		{"", "a\n", true},
		{"a\n", "a\n", true},
		{"a\nc\n", "a\nb\nc\nd\n", true},
		{"b\n", "a\nb\n", true},
		{"a\n", "", false},
		{"a\n", "ab\n", false},
		{"ab\n", "a\n", false},
		{"a\nb\n", "b\na\n", false},
		{"a\nb\n", "a\nc\n", false},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++)
		assert_int_equal(served_grown(cases[i].before, cases[i].now), cases[i].grown);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(conf),
		cmocka_unit_test(own_names),
		cmocka_unit_test(hosts),
		cmocka_unit_test(grown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
