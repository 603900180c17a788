/* SPDX-License-Identifier: BSD-3-Clause */
/* Name servers of a resolv.conf. */
#include "base/clean.h"
#include "model/inet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define X16 "xxxxxxxxxxxxxxxx"

static char servers[INET_SERVERS_MAX][INET_SERVER_TEXT];

static void taken(void **state)
{
	static const char text[] = "# a comment\r\n"
				   "nameserver 192.0.2.53\n"
				   " nameserver\tfe80::1%eth0 more\n"
				   "nameserver 2001:db8::53";
	static const char *const expected[] = {"192.0.2.53", "fe80::1%eth0", "2001:db8::53"};

	(void)state;
	assert_int_equal(inet_servers(text, servers), GNX_LEN(expected));
	for (size_t i = 0; i < GNX_LEN(expected); i++)
		assert_string_equal(servers[i], expected[i]);
}

static void not_taken(void **state)
{
	static const char *const lines[] = {"", "nameserver", "nameserver x", "nameserver 192.0.2",
		"nameserver 192.0.2.53/32", "nameserver 10.0.0.0/8", "nameservers 192.0.2.53",
		"search nameserver 192.0.2.53", "#nameserver 192.0.2.53",
		("nameserver fe80::1%" X16 X16 X16 X16)};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(lines); i++)
		if (inet_servers(lines[i], servers))
			fail_msg("%s", lines[i]);
}

static void no_more_than_there_is_room_for(void **state)
{
	char text[(INET_SERVERS_MAX + 1) * sizeof("nameserver 192.0.2.53\n")] = "";

	(void)state;
	for (size_t i = 0; i <= INET_SERVERS_MAX; i++)
		strcat(text, "nameserver 192.0.2.53\n");
	assert_int_equal(inet_servers(text, servers), INET_SERVERS_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(taken),
		cmocka_unit_test(not_taken), cmocka_unit_test(no_more_than_there_is_room_for)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
