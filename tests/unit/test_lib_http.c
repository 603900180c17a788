/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers of HTTP: the same however they are cut up, and refused when something is wrong. */
#include "base/clean.h"
#include "lib/http.h"

#include <errno.h>
#include <gridnix/gridnix.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define OK   "HTTP/1.1 200 OK\r\n"
#define HUGE 20000

/* Feeds text in three pieces, cut at one and two, then the end of the connection if end. */
static int feed(struct http *h, const char *text, size_t one, size_t two, bool end)
{
	int r;

	http_init(h, 64);
	r = http_feed(h, text, one);
	if (!r)
		r = http_feed(h, text + one, two - one);
	if (!r)
		r = http_feed(h, text + two, strlen(text) - two);
	return !r && end ? http_close(h) : r;
}

static const struct good {
	const char *text;
	int status;
	const char *body;
	bool end; /* it ends with the connection */
} goods[] = {
	{OK "Content-Length: 5\r\n\r\nhello", 200, "hello", false},
	{OK "content-length:0\r\nX:\r\n\r\n", 200, "", false},
	{"HTTP/1.0 404\r\nServer: x\r\n\r\nnone\n", 404, "none\n", true},
	{"HTTP/1.1 204 No Content\r\n\r\n", 204, "", false},
	{OK "Transfer-Encoding:  Chunked \t\r\n\r\n5\r\nhello\r\n00a;x=y\r\n, world.\r\n\r\n0\r\n\r\n",
		200, "hello, world.\r\n", false},
	{OK "Transfer-Encoding: chunked\r\n\r\nC\r\nhello, world\r\n0\r\nTrailer: x\r\n\r\n", 200,
		"hello, world", false},
};

static void every_cut(void **state)
{
	(void)state;
	for (const struct good *g = goods; g < goods + GNX_LEN(goods); g++) {
		size_t len = strlen(g->text);

		for (size_t two = 0; two <= len; two++) {
			for (size_t one = 0; one <= two; one++) {
				GNX_CLEAN(http_done)
				struct http h;

				assert_int_equal(feed(&h, g->text, one, two, g->end), 0);
				assert_int_equal(h.state, HTTP_WHOLE);
				assert_int_equal(h.status, g->status);
				assert_string_equal(h.body.data ? h.body.data : "", g->body);
				assert_int_equal(h.body.len, strlen(g->body));
			}
		}
	}
}

static void byte_by_byte(void **state)
{
	(void)state;
	for (const struct good *g = goods; g < goods + GNX_LEN(goods); g++) {
		GNX_CLEAN(http_done)
		struct http h;

		http_init(&h, 64);
		for (const char *p = g->text; *p; p++)
			assert_int_equal(http_feed(&h, p, 1), 0);
		assert_int_equal(http_close(&h), 0);
		assert_string_equal(h.body.data ? h.body.data : "", g->body);
	}
}

/* Until its end an answer is not whole. */
static void early_end(void **state)
{
	(void)state;
	for (const struct good *g = goods; g < goods + GNX_LEN(goods); g++) {
		for (size_t len = 0; !g->end && len < strlen(g->text); len++) {
			GNX_CLEAN(http_done)
			struct http h;

			http_init(&h, 64);
			assert_int_equal(http_feed(&h, g->text, len), 0);
			assert_int_equal(http_close(&h), -EPIPE);
		}
	}
}

static void refused(void **state)
{
	static const char *const texts[] = {
		"\r\n",
		"HTTP/2 200 OK\r\n",
		"HTTP/1.1  200 OK\r\n",
		"HTTP/1.1 20 OK\r\n",
		"HTTP/1.1 2000 OK\r\n",
		"HTTP/1.1 100 Continue\r\n",
		"HTTP/1.1 200 OK\n",
		"HTTP/1.1 200 O\rK\r\n",
		"SSH-2.0-OpenSSH\r\n",
		OK "no colon\r\n",
		OK ": no name\r\n",
		OK "Name : value\r\n",
		OK "A: b\r\n folded: c\r\n",
		OK "A: b\033[2J\r\n",
		OK "Content-Length: \r\n",
		OK "Content-Length: -1\r\n",
		OK "Content-Length: 0x5\r\n",
		OK "Content-Length: 5, 5\r\n",
		OK "Content-Length: 99999999999999999999\r\n",
		OK "Content-Length: 5\r\nContent-Length: 5\r\n",
		OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
		OK "Transfer-Encoding: gzip, chunked\r\n",
		OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		OK "Content-Length: 1\r\n\r\nab",
		OK "Content-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\n\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\nx\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\n-5\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\n 5\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\n5\nhello",
		OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!",
		OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhellox\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore",
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(texts); i++) {
		size_t len = strlen(texts[i]);

		for (size_t cut = 0; cut <= len; cut++) {
			GNX_CLEAN(http_done)
			struct http h;
			int r = feed(&h, texts[i], cut, len, false);

			if (!r &&
				!strcmp(texts[i] + len - 6, "hello!")) /* seen with the next byte */
				r = http_feed(&h, "\n", 1);
			if (r != -GNX_ERR_PROTOCOL)
				fail_msg("%s, cut at %zu: %d", texts[i], cut, r);
			assert_int_equal(http_feed(&h, "x", 1), -GNX_ERR_PROTOCOL);
			assert_int_equal(http_close(&h), -GNX_ERR_PROTOCOL);
		}
	}
}

static void too_big(void **state)
{
	GNX_CLEAN(gnx_free)
	char *line = malloc(HUGE);
	static const char *const heads[] = {"", OK,
		OK "X: ", OK "Transfer-Encoding: chunked\r\n\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\n1;",
		OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", OK "\r\n",
		OK "Content-Length: 65\r\n\r\n", OK "Transfer-Encoding: chunked\r\n\r\n41\r\n"};

	(void)state;
	assert_non_null(line);
	memset(line, 'a', HUGE);
	for (size_t i = 0; i < GNX_LEN(heads); i++) {
		GNX_CLEAN(http_done)
		struct http h;

		http_init(&h, 64);
		assert_int_equal(http_feed(&h, heads[i], strlen(heads[i])), 0);
		assert_int_equal(http_feed(&h, line, HUGE), -GNX_ERR_TOO_BIG);
	}
}

static void many_headers(void **state)
{
	GNX_CLEAN(http_done)
	struct http h;
	int r = 0;

	(void)state;
	http_init(&h, 64);
	http_feed(&h, OK, strlen(OK));
	for (int i = 0; i < HTTP_HEADERS_MAX; i++)
		assert_int_equal(http_feed(&h, "A: b\r\n", 6), 0);
	r = http_feed(&h, "A: b\r\n", 6);
	assert_int_equal(r, -GNX_ERR_TOO_BIG);
}

/* A body of any length goes through when it is taken in time. */
static void taken(void **state)
{
	GNX_CLEAN(http_done)
	struct http h;

	(void)state;
	http_init(&h, 64);
	http_take(&h, 0);
	assert_int_equal(http_feed(&h, OK "\r\n", strlen(OK) + 2), 0);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(http_feed(&h, "0123456789", 10), 0);
		http_take(&h, 7);
		assert_string_equal(h.body.data, "789");
		http_take(&h, 3);
	}
	assert_int_equal(http_close(&h), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_cut),
		cmocka_unit_test(byte_by_byte), cmocka_unit_test(early_end),
		cmocka_unit_test(refused), cmocka_unit_test(too_big),
		cmocka_unit_test(many_headers), cmocka_unit_test(taken)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
