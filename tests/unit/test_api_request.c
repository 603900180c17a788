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

/* A head with one more line. */
static int parse_field(struct request *r, const char *field)
{
	struct gnx_err err = GNX_ERR_INIT;
	char head[1024];
	int len = snprintf(head, sizeof(head), "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", field);

	return request_parse(r, head, (size_t)len, &err);
}

static void bodies(void **state)
{
	struct request r;

	(void)state;
	assert_int_equal(parse(&r, "POST / HTTP/1.1"), 0);
	assert_int_equal(r.body_len, 0);
	assert_string_equal(r.type, "");
	assert_false(r.expects);
	assert_int_equal(parse_field(&r, "content-LENGTH: 65536 "), 0);
	assert_int_equal(r.body_len, REQUEST_BODY_MAX);
	assert_int_equal(parse_field(&r, "Content-Length:007"), 0);
	assert_int_equal(r.body_len, 7);
	assert_int_equal(parse_field(&r, "Content-Type:  text/plain ; charset=utf-8"), 0);
	assert_string_equal(r.type, "text/plain");
	assert_int_equal(parse_field(&r, "Expect: 100-Continue"), 0);
	assert_true(r.expects);
	assert_int_equal(parse_field(&r, "Expect: miracles"), 0);
	assert_false(r.expects);
	assert_int_equal(parse_field(&r, "Content-Length: 65537"), -GNX_E_TOO_BIG);
	assert_int_equal(parse_field(&r, "Content-Length: 18446744073709551621"), -GNX_E_TOO_BIG);
	assert_int_equal(parse_field(&r, "Transfer-Encoding: chunked"), -GNX_E_TOO_BIG);
	assert_int_equal(parse_field(&r, "Content-Length: "), -GNX_E_SYNTAX);
	assert_int_equal(parse_field(&r, "Content-Length: +1"), -GNX_E_SYNTAX);
	assert_int_equal(parse_field(&r, "Content-Length: 1 1"), -GNX_E_SYNTAX);
	assert_int_equal(parse_field(&r, "Content-Length: 0x1"), -GNX_E_SYNTAX);
	assert_int_equal(parse_field(&r, "Content-Length: 1\r\nContent-Length: 1"), -GNX_E_SYNTAX);
	assert_int_equal(parse_field(&r, "Content-Type: a\r\ncontent-type: a"), -GNX_E_SYNTAX);
}

static int match(const char *path, const char *form, char *value, size_t size)
{
	char first[1024];
	struct request r;

	snprintf(first, sizeof(first), "GET %s HTTP/1.1", path);
	assert_int_equal(parse(&r, first), 0);
	return request_match(&r, form, value, size);
}

static void paths(void **state)
{
	char value[5] = "";

	(void)state;
	assert_int_equal(match("/v1/host", "/v1/host", value, sizeof(value)), 1);
	assert_int_equal(match("/v1/hosts", "/v1/host", value, sizeof(value)), 0);
	assert_int_equal(match("/v1/hos", "/v1/host", value, sizeof(value)), 0);
	assert_int_equal(match("/v1/%68ost", "/v1/host", value, sizeof(value)), 0);
	assert_string_equal(value, "");
	assert_int_equal(match("/g/a%20%2f+/do?x=1", "/g/{guest}/do", value, sizeof(value)), 1);
	assert_string_equal(value, "a /+");
	assert_int_equal(match("/g/%41%41%41%41", "/g/{}", value, sizeof(value)), 1);
	assert_string_equal(value, "AAAA");
	assert_int_equal(match("/g/%41%41%41%41%41", "/g/{}", value, sizeof(value)), -GNX_E_SYNTAX);
	assert_int_equal(match("/g/abcde", "/g/{}", value, sizeof(value)), -GNX_E_SYNTAX);
	assert_int_equal(match("/g/a%00", "/g/{}", value, sizeof(value)), -GNX_E_SYNTAX);
	assert_int_equal(match("/g/%", "/g/{}", value, sizeof(value)), -GNX_E_SYNTAX);
	assert_int_equal(match("/g/%4/4", "/g/{}/4", value, sizeof(value)), -GNX_E_SYNTAX);
	assert_int_equal(match("/g/%zz", "/g/{}", value, sizeof(value)), -GNX_E_SYNTAX);
	assert_int_equal(match("/g/", "/g/{}", value, sizeof(value)), 0);
	assert_int_equal(match("/g//do", "/g/{}/do", value, sizeof(value)), 0);
	assert_int_equal(match("/g/a/b/do", "/g/{}/do", value, sizeof(value)), 0);
	assert_int_equal(match("/g/a/do/", "/g/{}/do", value, sizeof(value)), 0);
	assert_int_equal(match("/g/a", "/g/{}/do", value, sizeof(value)), 0);
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
		cmocka_unit_test(bodies),
		cmocka_unit_test(paths),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
