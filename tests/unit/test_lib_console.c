/* SPDX-License-Identifier: BSD-3-Clause */
/* libgridnix against a daemon of canned answers: consoles. */
#include "base/clean.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "lib_daemon.h"

#define UPGRADED                                                                                   \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: gridnix-console\r\n\r\n"

/* A child that is asked for the console so, and answers with these pieces, one byte after the
 * other; it wants to be written "hello". */
static void console_answer(const char *target, const char *pieces, size_t len)
{
	char question[4096], expected[256], got[9];
	pid_t pid = fork();
	size_t n = 0;
	int fd;

	assert_true(pid >= 0);
	if (pid)
		return;
	alarm(60);
	snprintf(expected, sizeof(expected), "GET /v1/guests/web/console?%s HTTP/1.1\r\n", target);
	fd = take(question);
	if (strncmp(question, expected, strlen(expected)) ||
		!strstr(question, "\r\nConnection: Upgrade\r\nUpgrade: gridnix-console\r\n"))
		_exit(1);
	say(fd, UPGRADED);
	for (size_t i = 0; i < len; i++)
		n += write(fd, pieces + i, 1) == 1;
	if (strstr(target, "write"))
		n += recv(fd, got, sizeof(got), MSG_WAITALL) == 9 &&
			!memcmp(got, "i\0\0\5hello", 9);
	else
		n++;
	_exit(n == len + 1 ? 0 : 2);
}

static void console(void **state)
{
	static const char pieces[] = "p\0\0\2"
				     "10"
				     "n\0\0\1"
				     "2"
				     "o\0\0\3"
				     "a\0b"
				     "g\0\0\3"
				     "100"
				     "c\0\0\0"
				     "z\0\0\1?"
				     "t\0\0\6"
				     "12 100"
				     "o\0\0\1"
				     "c";
	static const int kinds[] = {GNX_CONSOLE_OPENED, GNX_CONSOLE_OUTPUT, GNX_CONSOLE_GAP,
		GNX_CONSOLE_CLOSED, GNX_CONSOLE_TAKEN, GNX_CONSOLE_OUTPUT};
	static const uint64_t numbers[] = {2, 2, 100, 100, 12, 12},
			      places[] = {10, 13, 113, 113, 113, 114};
	struct gnx_console *c;
	size_t len;

	(void)state;
	console_answer("lines=5&write=yes&steal=yes", pieces, sizeof(pieces) - 1);
	assert_int_equal(
		gnx_console_open(conn, "web", GNX_CONSOLE_WRITE | GNX_CONSOLE_STEAL, 5, &c), 0);
	for (size_t i = 0; i < GNX_LEN(kinds); i++) {
		assert_int_equal(gnx_console_next(c, 60000), kinds[i]);
		assert_int_equal(gnx_console_number(c), numbers[i]);
		assert_int_equal(gnx_console_place(c), places[i]);
		if (i == 1)
			assert_memory_equal(gnx_console_data(c, &len), "a\0b", 3);
	}
	assert_string_equal(gnx_console_data(c, &len), "c");
	assert_int_equal(gnx_console_write(c, "hello", 5), 5);
	assert_int_equal(gnx_console_pending(c), 0);
	assert_int_equal(gnx_console_next(c, 60000), -EPIPE);
	gnx_console_close(c);
	answered();
}

static void console_ends(void **state)
{
	static const struct {
		const char *pieces;
		size_t len;
	} bad[] = {{"o\xff\xff\xff", 4}, {"n\0\0\1x", 5}, {"p\0\0\0", 4}, {"g\0\0\2-1", 6}};
	struct gnx_console *c;

	(void)state;
	console_answer("since=7&follow=no",
		"p\0\0\1"
		"7"
		"e\0\0\0",
		9);
	assert_int_equal(gnx_console_open_at(conn, "web", GNX_CONSOLE_STORED, 7, &c), 0);
	assert_int_equal(gnx_console_next(c, 60000), 0);
	assert_int_equal(gnx_console_next(c, 60000), 0);
	gnx_console_close(c);
	answered();
	for (size_t i = 0; i < GNX_LEN(bad); i++) {
		console_answer("lines=0", bad[i].pieces, bad[i].len);
		assert_int_equal(gnx_console_open(conn, "web", 0, 0, &c), 0);
		assert_int_equal(gnx_console_next(c, 60000), -GNX_ERR_PROTOCOL);
		gnx_console_close(c);
		wait(NULL);
	}
	answer("HTTP/1.1 409 Conflict\r\n\r\n"
	       "{\"error\":{\"code\":\"conflict\",\"message\":\"12, 0\"}}");
	assert_int_equal(gnx_console_open(conn, "web", 0, 0, &c), -GNX_ERR_STATE);
	assert_string_equal(gnx_conn_words(conn), "12, 0");
	answered();
	answer(OK "Content-Length: 2\r\n\r\n{}");
	assert_int_equal(gnx_console_open(conn, "web", 0, 0, &c), -GNX_ERR_PROTOCOL);
	answered();
	assert_int_equal(gnx_console_open(conn, "web", 8, 0, &c), -EINVAL);
	assert_int_equal(gnx_console_next(NULL, 0), -EINVAL);
	assert_int_equal(gnx_console_fd(NULL), -1);
	gnx_console_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(console), cmocka_unit_test(console_ends)};

	return cmocka_run_group_tests(tests, start, stop);
}
