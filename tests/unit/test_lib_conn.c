/* SPDX-License-Identifier: BSD-3-Clause */
/* libgridnix against a daemon of canned answers: values, failures, events in pieces. */
#include "base/clean.h"

#include <errno.h>
#include <gridnix/gridnix.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <cmocka.h>

#define OK	"HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define EVENT(seq, more)                                                                           \
	"{\"seq\":" #seq ",\"boot_id\":\"b\",\"time\":\"2026-01-02T03:04:05.678Z\","               \
	"\"mono_ms\":7,\"kind\":\"started\",\"known\":\"polled\"" more "}\n"
#define GUEST "\"uuid\":\"u-1\",\"name\":\"web\",\"incarnation\":2,\"state\":\"running\""

static char dir[] = "/tmp/test-lib-XXXXXX";
static struct sockaddr_un addr = {.sun_family = AF_UNIX};
static int listener;
static struct gnx_conn *conn;

static int start(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/api.sock", dir);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(listener, 8) < 0)
		return -1;
	return gnx_conn_open(addr.sun_path, &conn);
}

static int stop(void **state)
{
	(void)state;
	gnx_conn_close(conn);
	close(listener);
	unlink(addr.sun_path);
	return rmdir(dir);
}

/* Takes a connection and its question, which is copied to question. */
static int take(char question[4096])
{
	int fd = accept(listener, NULL, NULL);
	size_t len = 0;

	do {
		ssize_t n = read(fd, question + len, 4095 - len);

		assert_true(n > 0);
		len += (size_t)n;
		question[len] = '\0';
	} while (!strstr(question, "\r\n\r\n"));
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* A child that answers one question so, and closes the connection. */
static void answer(const char *text)
{
	char question[4096];
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return;
	alarm(60);
	say(take(question), text);
	_exit(0);
}

static void answered(void)
{
	int status;

	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
}

static void host(void **state)
{
	struct gnx_host *h = NULL;

	(void)state;
	answer(OK "\r\n{\"version\":\"0.1.0\",\"boot_id\":\"b-1\",\"guests\":2,"
		  "\"first\":1,\"last\":17,\"up_ms\":123456,\"new\":[]}");
	assert_int_equal(gnx_host_get(conn, &h), 0);
	answered();
	assert_string_equal(gnx_host_version(h), "0.1.0");
	assert_string_equal(gnx_host_boot_id(h), "b-1");
	assert_int_equal(gnx_host_guests(h), 2);
	assert_int_equal(gnx_host_first(h), 1);
	assert_int_equal(gnx_host_last(h), 17);
	assert_int_equal(gnx_host_up_ms(h), 123456);
	gnx_host_free(h);
}

static void guests(void **state)
{
	struct gnx_guests *list = NULL;
	const struct gnx_guest *g;

	(void)state;
	answer(OK "\r\n{\"guests\":[{" GUEST ",\"domid\":3,\"memory_kib\":65536,\"vcpus\":2,"
		  "\"cpu_ns\":9000000000},{" GUEST "}]}\n");
	assert_int_equal(gnx_guest_list(conn, &list), 0);
	answered();
	assert_int_equal(gnx_guests_count(list), 2);
	g = gnx_guests_at(list, 0);
	assert_string_equal(gnx_guest_uuid(g), "u-1");
	assert_string_equal(gnx_guest_name(g), "web");
	assert_string_equal(gnx_guest_state(g), "running");
	assert_int_equal(gnx_guest_domid(g), 3);
	assert_int_equal(gnx_guest_incarnation(g), 2);
	assert_int_equal(gnx_guest_memory_kib(g), 65536);
	assert_int_equal(gnx_guest_vcpus(g), 2);
	assert_int_equal(gnx_guest_cpu_ns(g), 9000000000);
	assert_int_equal(gnx_guest_domid(gnx_guests_at(list, 1)), -1);
	assert_null(gnx_guests_at(list, 2));
	assert_int_equal(strncmp(gnx_guests_json(list), "{\"guests\":[{", 12), 0);
	assert_null(strchr(gnx_guests_json(list), '\n'));
	gnx_guests_free(list);
}

/* No answer of these makes a list, and the output parameter stays as it was. */
static void failures(void **state)
{
	static const struct {
		const char *text, *words;
		int code;
	} cases[] = {
		{"HTTP/1.1 503 X\r\n\r\n{\"error\":{\"code\":\"busy\",\"message\":\"come later\"}}",
			"come later", -EBUSY},
		{"HTTP/1.1 400 X\r\n\r\n{\"error\":{\"code\":\"x\",\"message\":\"no kind x\"}}",
			"no kind x", -EINVAL},
		{"HTTP/1.1 404 X\r\n\r\n<html>", "no JSON", -ENOENT},
		{"HTTP/1.1 413 X\r\n\r\n", "status 413", -GNX_ERR_TOO_BIG},
		{"HTTP/1.1 500 X\r\n\r\n{}", "status 500", -EIO},
		{"HTTP/1.1 302 X\r\n\r\n{}", "status 302", -GNX_ERR_PROTOCOL},
		{OK "\r\n", "no JSON", -GNX_ERR_PROTOCOL},
		{OK "\r\n[]", "no JSON", -GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[", "no JSON", -GNX_ERR_PROTOCOL},
		{OK "\r\n{}", "no list", -GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[{}]}", "no list", -GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[{" GUEST ",\"domid\":4294967296}]}", "no list",
			-GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[{" GUEST ",\"vcpus\":-1}]}", "no list", -GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[{" GUEST ",\"cpu_ns\":\"1\"}]}", "no list",
			-GNX_ERR_PROTOCOL},
		{OK "Content-Length: 100\r\n\r\n{\"guests\":[]}", "lost", -EPIPE},
		{"220 mail.example.org ESMTP\r\n", "no HTTP", -GNX_ERR_PROTOCOL},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_guests *list = NULL;
		int r;

		answer(cases[i].text);
		r = gnx_guest_list(conn, &list);
		answered();
		assert_int_equal(r, cases[i].code);
		assert_null(list);
		if (i != 2 && !strstr(gnx_conn_words(conn), cases[i].words))
			fail_msg("%s: %s", cases[i].text, gnx_conn_words(conn));
	}
}

static void no_daemon(void **state)
{
	GNX_CLEAN(gnx_close)
	int fd = -1;
	char question[4096];
	struct gnx_conn *other = NULL;
	struct gnx_host *h = NULL;

	(void)state;
	assert_int_equal(gnx_conn_open("/nowhere/api.sock", &other), 0);
	assert_int_equal(gnx_host_get(other, &h), -GNX_ERR_UNREACHABLE);
	assert_non_null(strstr(gnx_conn_words(other), "/nowhere/api.sock: No such file"));
	assert_int_equal(gnx_event_follow(other, 0, NULL, NULL), -GNX_ERR_UNREACHABLE);
	assert_int_equal(gnx_fd(other), -1);
	gnx_conn_close(other);
	/* One that never answers */
	assert_int_equal(gnx_conn_patience(conn, 20), 0);
	assert_int_equal(gnx_host_get(conn, &h), -ETIMEDOUT);
	assert_null(h);
	assert_int_equal(gnx_conn_patience(conn, 30000), 0);
	fd = take(question);
}

static void nonsense(void **state)
{
	const struct gnx_event *e = NULL;
	struct gnx_conn *c = NULL;
	char longest[200] = "";

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	assert_int_equal(gnx_conn_open("", &c), -EINVAL);
	assert_int_equal(gnx_conn_open(longest, &c), -ENAMETOOLONG);
	assert_int_equal(gnx_conn_open(NULL, NULL), -EINVAL);
	assert_int_equal(gnx_host_get(NULL, NULL), -EINVAL);
	assert_int_equal(gnx_guest_list(conn, NULL), -EINVAL);
	assert_int_equal(gnx_conn_patience(conn, 0), -EINVAL);
	assert_int_equal(gnx_event_read(NULL, 0, 0, NULL, NULL), -EINVAL);
	assert_int_equal(gnx_event_next(conn, 0, NULL), -EINVAL);
	assert_int_equal(gnx_dispatch(conn, NULL, NULL), -EINVAL);
	assert_int_equal(gnx_event_next(conn, 0, &e), -ENOTCONN);
	assert_int_equal(gnx_fd(conn), -1);
	assert_int_equal(gnx_fd(NULL), -1);
	assert_int_equal(gnx_guest_domid(NULL), -1);
	assert_string_equal(gnx_event_kind(NULL), "");
	gnx_conn_close(NULL);
	gnx_host_free(NULL);
	gnx_guests_free(NULL);
}

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
			",\"reason\":\"r\",\"before\":\"gone\",\"after\":\"running\",\"detail\":{\"a\": 1},"
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
	assert_string_equal(gnx_event_detail(e), "");
	assert_string_equal(gnx_event_after(e), "");
	assert_null(gnx_event_guest(e));
	assert_int_equal(strncmp(gnx_event_json(e), EVENT(5, ""), strlen(EVENT(5, "")) - 1), 0);
	assert_int_equal(gnx_event_next(conn, -1, &e), 1);
	assert_int_equal(gnx_event_seq(e), 6);
	assert_string_equal(gnx_event_reason(e), "r");
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
	const struct CMUnitTest tests[] = {cmocka_unit_test(nonsense), cmocka_unit_test(host),
		cmocka_unit_test(guests), cmocka_unit_test(failures), cmocka_unit_test(no_daemon),
		cmocka_unit_test(read_events), cmocka_unit_test(follow), cmocka_unit_test(signals),
		cmocka_unit_test(follow_ends), cmocka_unit_test(endless_line)};

	return cmocka_run_group_tests(tests, start, stop);
}
