/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions to xenstored, which is played here byte by byte: whatever it does, nobody waits. */
#include "base/clean.h"
#include "base/file.h"
#include "base/sock.h"
#include "xen/observe/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <cmocka.h>

#define CONTROL	    0
#define WATCH	    4
#define WATCH_EVENT 15
#define ERROR	    16
#define GET_QUOTA   25
#define SET_QUOTA   26

static char dir[] = "/tmp/gridnix-control-XXXXXX", path[64], told[256];
static int listener = -1, store = -1;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", dir);
	return gnx_listen(path, &listener, NULL);
}

static int remove_dir(void **state)
{
	(void)state;
	gnx_close(&listener);
	unlink(path);
	return rmdir(dir);
}

static void begin(struct control *c)
{
	gnx_close(&store);
	assert_int_equal(control_open(c, path, NULL), 0);
	store = accept(listener, NULL, NULL);
	assert_true(store >= 0);
	*told = '\0';
}

/* The next question: type, number, and its text with "|" for each NUL. */
static void asked(uint32_t type, uint32_t number, const char *text)
{
	uint32_t head[4];
	char got[64] = "";

	assert_int_equal(recv(store, head, sizeof(head), MSG_WAITALL), sizeof(head));
	assert_true(head[3] < sizeof(got));
	if (head[3])
		assert_int_equal(recv(store, got, head[3], MSG_WAITALL), head[3]);
	for (size_t i = 0; i < head[3]; i++)
		got[i] = got[i] ? got[i] : '|';
	assert_string_equal(got, text);
	assert_int_equal(head[0], type);
	assert_int_equal(head[1], number);
	assert_int_equal(head[2], 0);
}

static void say_bytes(const void *bytes, size_t len)
{
	assert_int_equal(send(store, bytes, len, 0), len);
}

static void say(uint32_t type, uint32_t number, const char *text)
{
	const uint32_t head[4] = {type, number, 0, (uint32_t)strlen(text) + 1};

	say_bytes(head, sizeof(head));
	say_bytes(text, strlen(text) + 1);
}

static void tell(void *arg, int domid, const char *text)
{
	size_t len = strlen(told);

	(void)arg;
	snprintf(told + len, sizeof(told) - len, "%d %s;", domid, text);
}

static int take(struct control *c, struct gnx_err *err)
{
	return control_take(c, tell, NULL, err);
}

static void questions_and_answers(void **state)
{
	struct control c;

	(void)state;
	begin(&c);
	assert_int_equal(take(&c, NULL), 0);
	assert_int_equal(control_ask(&c, CONTROL_LIMITS, NULL), 0);
	assert_int_equal(control_ask(&c, 7, NULL), 0);
	assert_int_equal(control_ask(&c, 32751, NULL), 0);
	asked(CONTROL, 0, "quota|");
	asked(CONTROL, 7, "quota|7|");
	asked(CONTROL, 32751, "quota|32751|");
	assert_int_equal(take(&c, NULL), -EAGAIN);
	say(CONTROL, 0, "limits");
	say(ERROR, 7, "ENOENT");
	assert_int_equal(take(&c, NULL), -EAGAIN);
	assert_string_equal(told, "0 limits;");
	say(CONTROL, 32751, "");
	assert_int_equal(take(&c, NULL), 0);
	assert_string_equal(told, "0 limits;32751 ;");
	control_close(&c);
}

static void an_answer_in_pieces(void **state)
{
	const uint32_t head[4] = {CONTROL, 5, 0, 2};
	struct control c;

	(void)state;
	begin(&c);
	assert_int_equal(control_ask(&c, 5, NULL), 0);
	for (size_t i = 0; i < sizeof(head); i++) {
		say_bytes((const char *)head + i, 1);
		assert_int_equal(take(&c, NULL), -EAGAIN);
	}
	say_bytes("a", 1);
	assert_int_equal(take(&c, NULL), -EAGAIN);
	say_bytes("b", 1);
	assert_int_equal(take(&c, NULL), 0);
	assert_string_equal(told, "5 ab;");
	control_close(&c);
}

static void limits_of_each(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct control c;

	(void)state;
	begin(&c);
	assert_int_equal(control_ask_each(&c, NULL), 0);
	asked(GET_QUOTA, 0, "");
	say(ERROR, 0, "ENOSYS");
	assert_int_equal(take(&c, NULL), 0);
	assert_false(c.each);
	assert_int_equal(control_ask_each(&c, NULL), 0);
	asked(GET_QUOTA, 0, "");
	say(GET_QUOTA, 0, "nodes watches");
	assert_int_equal(take(&c, NULL), 0);
	assert_true(c.each);
	assert_int_equal(control_limit(&c, 7, "nodes", 800, NULL), 0);
	asked(SET_QUOTA, 0x10007, "7|nodes|800|");
	say(SET_QUOTA, 0x10007, "OK");
	assert_int_equal(take(&c, NULL), 0);
	assert_int_equal(control_limit(&c, 7, "nodes", 800, NULL), 0);
	say(ERROR, 0x10007, "EINVAL");
	assert_int_equal(take(&c, &err), -EIO);
	assert_string_equal(err.msg, "xenstore: domain 7 has the limits that it had: EINVAL");
	assert_string_equal(told, "");
	assert_int_equal(c.fd, -1);
}

/* As the store does: an answer, one event at once, and then what is written. */
static void what_is_written(void **state)
{
	const char *token = "/local/domain/7/data/x\0w";
	const uint32_t head[4] = {WATCH_EVENT, 0, 0, 25};
	struct control c;

	(void)state;
	begin(&c);
	assert_int_equal(control_watch(&c, "/local/domain", NULL), 0);
	asked(WATCH, 0, "/local/domain|w|");
	assert_int_equal(take(&c, NULL), -EAGAIN);
	say(WATCH, 0, "OK");
	say(WATCH_EVENT, 0, "/local/domain");
	assert_int_equal(take(&c, NULL), -EAGAIN);
	say_bytes(head, sizeof(head));
	say_bytes(token, 25);
	say_bytes(head, sizeof(head));
	assert_int_equal(take(&c, NULL), -EAGAIN);
	say_bytes(token, 25);
	assert_int_equal(take(&c, NULL), -EAGAIN);
	assert_string_equal(
		told, "0 /local/domain;0 /local/domain/7/data/x;0 /local/domain/7/data/x;");
	gnx_close(&store);
	store = -1;
	assert_int_equal(take(&c, NULL), -EPIPE);
	begin(&c);
	assert_int_equal(control_watch(&c, "/local/domain", NULL), 0);
	say(ERROR, 0, "EACCES");
	assert_int_equal(take(&c, NULL), -EIO);
	assert_int_equal(c.fd, -1);
	/* Nobody has asked for any. */
	begin(&c);
	assert_int_equal(control_ask(&c, 1, NULL), 0);
	say(WATCH_EVENT, 0, "/local/domain/7");
	assert_int_equal(take(&c, NULL), -EPROTO);
}

static void count(void *arg, int domid, const char *text)
{
	(void)domid, (void)text;
	++*(size_t *)arg;
}

/* However fast the store is: the socket has some hundred events at a time, and there are ends. */
static void without_end(void **state)
{
	const uint32_t head[4] = {WATCH_EVENT, 0, 0, 0};
	size_t sent = 0, n = 0;
	struct control c;

	(void)state;
	begin(&c);
	assert_int_equal(control_watch(&c, "/local/domain", NULL), 0);
	for (int i = 0; i < 10; i++) {
		while (send(store, head, sizeof(head), MSG_DONTWAIT) == sizeof(head))
			sent++;
		assert_int_equal(control_take(&c, count, &n, NULL), -EAGAIN);
	}
	while (n < sent)
		assert_int_equal(control_take(&c, count, &n, NULL), -EAGAIN);
	assert_int_equal(n, sent);
	control_close(&c);
}

/* Seconds of processor time pass in between. */
static void burn(void)
{
	clock_t end = clock() + CLOCKS_PER_SEC / 20;

	while (clock() < end)
		;
}

static void how_busy_it_is(void **state)
{
	char pid_file[96], number[16], nobody[] = "0\n";
	int64_t ms;
	struct control c = {.fd = -1};

	(void)state;
	snprintf(pid_file, sizeof(pid_file), "%s/pid", dir);
	snprintf(number, sizeof(number), "%d\n", (int)getpid());
	assert_int_equal(control_cpu_ms(&c, pid_file), -ENOTCONN);
	begin(&c);
	/* Whoever listens here is no xenstored, and nobody else is named. */
	assert_int_equal(control_cpu_ms(&c, pid_file), -ESRCH);
	prctl(PR_SET_NAME, "oxenstored");
	ms = control_cpu_ms(&c, pid_file);
	assert_true(ms >= 0);
	burn();
	assert_in_range(control_cpu_ms(&c, pid_file), ms + 20, ms + 60000);
	prctl(PR_SET_NAME, "other");
	assert_int_equal(gnx_file_write(pid_file, nobody, strlen(nobody), NULL), 0);
	assert_int_equal(control_cpu_ms(&c, pid_file), -ESRCH);
	assert_int_equal(gnx_file_write(pid_file, number, strlen(number), NULL), 0);
	assert_int_equal(control_cpu_ms(&c, pid_file), -ESRCH);
	unlink(pid_file);
	control_close(&c);
}

/* The process that listened has ended, as oxenstored's first one. */
static void another_process(void **state)
{
	char pid_file[96], number[16], socket_path[96];
	struct control c;
	int fd, status;
	pid_t child;

	(void)state;
	snprintf(pid_file, sizeof(pid_file), "%s/pid", dir);
	snprintf(socket_path, sizeof(socket_path), "%s/other", dir);
	snprintf(number, sizeof(number), "%d\n", (int)getpid());
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	child = fork();
	if (!child) {
		struct sockaddr_un name = {.sun_family = AF_UNIX};

		strcpy(name.sun_path, socket_path);
		_exit(bind(fd, (void *)&name, sizeof(name)) < 0 || listen(fd, 1) < 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(control_open(&c, socket_path, NULL), 0);
	prctl(PR_SET_NAME, "xenstored");
	assert_int_equal(control_cpu_ms(&c, pid_file), -ESRCH);
	assert_int_equal(gnx_file_write(pid_file, number, strlen(number), NULL), 0);
	assert_true(control_cpu_ms(&c, pid_file) >= 0);
	control_close(&c);
	gnx_close(&fd);
	unlink(pid_file);
	unlink(socket_path);
}

static void what_makes_no_sense(void **state)
{
	static const uint32_t heads[][4] = {
		{CONTROL, 1, 0, 4097}, {CONTROL, 1, 0, UINT32_MAX}, {15, 1, 0, 0}};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(heads); i++) {
		struct gnx_err err = GNX_ERR_INIT;
		struct control c;

		begin(&c);
		assert_int_equal(control_ask(&c, 1, NULL), 0);
		say_bytes(heads[i], sizeof(heads[i]));
		assert_int_equal(take(&c, &err), -EPROTO);
		assert_int_equal(c.fd, -1);
	}
}

static void more_than_was_asked(void **state)
{
	struct control c;

	(void)state;
	begin(&c);
	assert_int_equal(control_ask(&c, 1, NULL), 0);
	say(CONTROL, 1, "a");
	say(CONTROL, 1, "b");
	assert_int_equal(take(&c, NULL), -EPROTO);
	assert_string_equal(told, "1 a;");
}

/* It may have ended, or never read. */
static void a_store_that_is_not_well(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct control c;
	int r = 0;

	(void)state;
	begin(&c);
	assert_int_equal(control_ask(&c, 1, NULL), 0);
	gnx_close(&store);
	store = -1;
	assert_true(take(&c, NULL) < 0);
	assert_int_equal(c.fd, -1);
	begin(&c);
	for (int i = 0; i < 1000000 && !r; i++)
		r = control_ask(&c, 1, &err);
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(c.fd, -1);
	assert_int_equal(control_open(&c, "/nowhere", &err), -ENOENT);
	assert_int_equal(c.fd, -1);
	control_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(questions_and_answers),
		cmocka_unit_test(what_is_written), cmocka_unit_test(without_end),
		cmocka_unit_test(how_busy_it_is), cmocka_unit_test(another_process),
		cmocka_unit_test(an_answer_in_pieces), cmocka_unit_test(limits_of_each),
		cmocka_unit_test(what_makes_no_sense), cmocka_unit_test(more_than_was_asked),
		cmocka_unit_test(a_store_that_is_not_well)};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
