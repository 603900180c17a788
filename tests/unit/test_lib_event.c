/* SPDX-License-Identifier: BSD-3-Clause */
/* libgridnix against a daemon of canned answers: events, in whatever pieces they come. */
#include "base/clean.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/time.h>
#include <cmocka.h>

#include "lib_daemon.h"

#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define EVENT(seq, more)                                                                           \
	"{\"seq\":" #seq ",\"boot_id\":\"b\",\"time\":\"2026-01-02T03:04:05.678Z\","               \
	"\"mono_ms\":7,\"kind\":\"started\",\"known\":\"polled\"" more "}\n"

static void read_events(void **state)
{
	const struct gnx_event *e = NULL;
	char question[4096];
	int fd;

	(void)state;
	assert_int_equal(gnx_event_read(conn, 4, 9, "started,gap", "a&b \xc3\xa4"), 0);
	fd = take(question);
	assert_non_null(strstr(question,
		"GET /v1/events?since=4&limit=9&kind=started,gap"
		"&guest=a%26b%20%C3%A4 HTTP/1.1\r\n"));
	say(fd,
		OK "\r\n" EVENT(5, "") "\n" EVENT(6,
			",\"reason\":\"r\",\"operation\":9,\"before\":\"gone\",\"after\":\"running\",\"detail\":{\"a\": 1},"
			"\"guest\":{" GUEST "}"));
	close(fd);
	assert_int_equal(gnx_event_next(conn, -1, &e), 1);
	assert_int_equal(gnx_event_seq(e), 5);
	assert_string_equal(gnx_event_boot_id(e), "b");
	assert_string_equal(gnx_event_time(e), "2026-01-02T03:04:05.678Z");
	assert_int_equal(gnx_event_mono_ms(e), 7);
	assert_string_equal(gnx_event_kind(e), "started");
	assert_string_equal(gnx_event_known(e), "polled");
	assert_string_equal(gnx_event_reason(e), "");
	assert_int_equal(gnx_event_operation(e), 0);
	assert_string_equal(gnx_event_detail(e), "");
	assert_string_equal(gnx_event_after(e), "");
	assert_null(gnx_event_guest(e));
	assert_int_equal(strncmp(gnx_event_json(e), EVENT(5, ""), strlen(EVENT(5, "")) - 1), 0);
	assert_int_equal(gnx_event_next(conn, -1, &e), 1);
	assert_int_equal(gnx_event_seq(e), 6);
	assert_string_equal(gnx_event_reason(e), "r");
	assert_int_equal(gnx_event_operation(e), 9);
	assert_string_equal(gnx_event_before(e), "gone");
	assert_string_equal(gnx_event_after(e), "running");
	assert_string_equal(gnx_event_detail(e), "{\"a\":1}");
	assert_string_equal(gnx_guest_name(gnx_event_guest(e)), "web");
	assert_int_equal(gnx_event_next(conn, -1, &e), 0);
	assert_int_equal(gnx_event_next(conn, -1, &e), 0);
	assert_int_equal(gnx_fd(conn), -1);
}

static void count(void *arg, const struct gnx_event *e)
{
	assert_int_equal(gnx_event_seq(e), ++*(uint64_t *)arg);
}

/* Whatever pieces the lines come in, each event is told once and as soon as it is whole. */
static void follow(void **state)
{
	static const char text[] = CHUNKED "68\r\n" EVENT(1, "") "\r\n68\r\n" EVENT(2, "") "\r\n";
	const struct gnx_event *e = NULL;
	char question[4096];
	uint64_t seq = 0;
	int fd;

	(void)state;
	assert_int_equal(strlen(EVENT(1, "")), 0x68);
	assert_int_equal(gnx_event_follow(conn, 0, NULL, NULL), 0);
	fd = take(question);
	assert_non_null(strstr(question, "GET /v1/events?since=0&follow=yes HTTP/1.1\r\n"));
	assert_int_equal(gnx_dispatch(conn, count, &seq), 0);
	for (const char *p = text; *p; p++) {
		struct pollfd ready = {.fd = gnx_fd(conn), .events = POLLIN};
		int expected = p > text && p[-1] == '}' && *p == '\n';

		assert_int_equal(write(fd, p, 1), 1);
		assert_int_equal(poll(&ready, 1, 10000), 1);
		assert_int_equal(gnx_dispatch(conn, count, &seq), expected);
	}
	assert_int_equal(seq, 2);
	assert_int_equal(gnx_event_next(conn, 0, &e), -ETIMEDOUT);
	say(fd, "d0\r\n" EVENT(3, "") EVENT(4, ""));
	assert_int_equal(gnx_event_next(conn, 10000, &e), 1);
	assert_int_equal(gnx_event_seq(e), 3);
	close(fd);
	seq = 3;
	assert_int_equal(gnx_dispatch(conn, count, &seq), -EPIPE);
	assert_int_equal(seq, 4);
	assert_int_equal(gnx_fd(conn), -1);
	assert_int_equal(gnx_event_next(conn, -1, &e), -EPIPE);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A signal interrupts the wait for an event, which can be taken up again, and no other call. */
static void signals(void **state)
{
	const struct itimerval often = {{0, 20000}, {0, 20000}}, never = {0};
	struct sigaction sa = {.sa_handler = on_alarm}, old;
	const struct gnx_event *e = NULL;
	struct gnx_guests *list = NULL;
	char question[4096];
	pid_t pid;
	int fd;

	(void)state;
	sigaction(SIGALRM, &sa, &old);
	assert_int_equal(gnx_event_follow(conn, 0, NULL, NULL), 0);
	fd = take(question);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_int_equal(gnx_event_next(conn, -1, &e), -EINTR);
	pid = fork();
	if (!pid) {
		int other = take(question);

		usleep(100000);
		say(other, OK "\r\n{\"guests\":[]}");
		_exit(0);
	}
	assert_int_equal(gnx_guest_list(conn, &list), 0);
	setitimer(ITIMER_REAL, &never, NULL);
	answered();
	sigaction(SIGALRM, &old, NULL);
	gnx_guests_free(list);
	say(fd, OK "\r\n" EVENT(1, ""));
	assert_int_equal(gnx_event_next(conn, 10000, &e), 1);
	close(fd);
}

static void follow_ends(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{CHUNKED "0\r\n\r\n", -EPIPE},
		{CHUNKED "2\r\nx\n\r\n", -GNX_ERR_PROTOCOL},
		{CHUNKED "3\r\n{}\n\r\n", -GNX_ERR_PROTOCOL},
		{OK "Content-Length: 2\r\n\r\n{}", -EPIPE},
		{"HTTP/1.1 400 X\r\n\r\n"
		 "{\"error\":{\"code\":\"x\",\"message\":\"no kind\"}}",
			-EINVAL},
		{"HTTP/1.1 503 X\r\n\r\n" EVENT(1, ""), -EBUSY},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		const struct gnx_event *e = NULL;
		char question[4096];
		int fd;

		assert_int_equal(gnx_event_follow(conn, 0, NULL, NULL), 0);
		fd = take(question);
		say(fd, cases[i].text);
		close(fd);
		assert_int_equal(gnx_event_next(conn, 10000, &e), cases[i].code);
		assert_int_equal(gnx_fd(conn), -1);
		assert_null(e);
		if (cases[i].code == -EINVAL)
			assert_string_equal(gnx_conn_words(conn), "no kind");
	}
}

/* A line without an end is not kept for ever. */
static void endless_line(void **state)
{
	static char spaces[8192];
	const struct gnx_event *e = NULL;
	char question[4096];
	pid_t pid;
	int fd;

	(void)state;
	memset(spaces, ' ', sizeof(spaces));
	assert_int_equal(gnx_event_follow(conn, 0, NULL, NULL), 0);
	fd = take(question);
	pid = fork();
	if (!pid) {
		gnx_conn_close(conn); /* its copy of the other end */
		say(fd, OK "\r\n");
		while (send(fd, spaces, sizeof(spaces), MSG_NOSIGNAL) > 0)
			;
		_exit(0);
	}
	close(fd);
	assert_int_equal(gnx_event_next(conn, 10000, &e), -GNX_ERR_TOO_BIG);
	answered();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(read_events), cmocka_unit_test(follow),
		cmocka_unit_test(signals), cmocka_unit_test(follow_ends),
		cmocka_unit_test(endless_line)};

	return cmocka_run_group_tests(tests, start, stop);
}
