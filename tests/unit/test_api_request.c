/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd/api/request.h: good heads, taken apart; bad ones. tests/daemon/api.py has more of them.
 */
#include "gridnixd/api/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int parse(struct request *r, const char *first)
{
	struct gnx_err err = GNX_ERR_INIT;
	char head[1024];
	int len = snprintf(head, sizeof(head), "%s\r\nHost: x\r\n\r\n", first);
	int code = request_parse(r, head, (size_t)len, &err);

	assert_int_equal(code, err.code);
	assert_int_equal(!code, !*err.msg);
	return code;
}

static void good_heads(void **state)
{
	struct request r;

	(void)state;
	assert_int_equal(parse(&r, "GET /v1/events?since=3&guest=a%20%2B+b&x= HTTP/1.1"), 0);
	assert_string_equal(r.method, "GET");
	assert_string_equal(r.path, "/v1/events");
	assert_false(r.old);
	assert_int_equal(r.params_len, 3);
	assert_string_equal(request_param(&r, "since"), "3");
	assert_string_equal(request_param(&r, "guest"), "a + b");
	assert_string_equal(request_param(&r, "x"), "");
	assert_null(request_param(&r, "y"));
	assert_int_equal(parse(&r, "POST /? HTTP/1.0"), 0);
	assert_string_equal(r.path, "/");
	assert_true(r.old);
	assert_int_equal(r.params_len, 0);
	assert_int_equal(parse(&r, "GET /a?%66oo=%62ar HTTP/1.1"), 0);
	assert_string_equal(request_param(&r, "foo"), "bar");
}

static void bad_heads(void **state)
{
	static const char *const firsts[] = {"", " ", "GET", "GET ", "GET / ", "GET /  HTTP/1.1",
		" GET / HTTP/1.1", "GET / HTTP/1.2", "GET / http/1.1", "GET / HTTP/1.1x",
		"G,T / HTTP/1.1", "GET \t/ HTTP/1.1", "GET a HTTP/1.1", "GET /? HTTP/1.1\r\n",
		"GET /?a HTTP/1.1", "GET /?a=1&&b=2 HTTP/1.1", "GET /?a=1&a=1 HTTP/1.1",
		"GET /?a=%4 HTTP/1.1", "GET /?a=%00 HTTP/1.1", "GET /?%=1 HTTP/1.1",
		"GET /\x80 HTTP/1.1", "GET /<> HTTP/1.1"};
	struct request r;

	(void)state;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(*firsts); i++)
		assert_int_equal(parse(&r, firsts[i]), -GNX_E_SYNTAX);
}

static void limits(void **state)
{
	static char head[REQUEST_HEAD_MAX + 2];
	struct gnx_err err = GNX_ERR_INIT;
	struct request r;
	int len = snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: ");

	(void)state;
	memset(head + len, 'x', sizeof(head) - (size_t)len);
	memcpy(head + REQUEST_HEAD_MAX - 4, "\r\n\r\n", 5);
	assert_int_equal(request_parse(&r, head, REQUEST_HEAD_MAX, &err), 0);
	memcpy(head + REQUEST_HEAD_MAX - 4, "x\r\n\r\n", 6);
	assert_int_equal(request_parse(&r, head, REQUEST_HEAD_MAX + 1, &err), -GNX_E_TOO_BIG);
	assert_int_equal(
		parse(&r, "GET /?1=&2=&3=&4=&5=&6=&7=&8=&9=&a=&b=&c=&d=&e=&f=&g= HTTP/1.1"), 0);
	assert_int_equal(
		parse(&r, "GET /?1=&2=&3=&4=&5=&6=&7=&8=&9=&a=&b=&c=&d=&e=&f=&g=&h= HTTP/1.1"),
		-GNX_E_TOO_BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_heads),
		cmocka_unit_test(bad_heads),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
