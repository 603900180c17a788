/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions to xenstored, which is played here byte by byte: whatever it does, nobody waits. */
#include "base/clean.h"
#include "base/sock.h"
#include "xen/observe/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#define CONTROL	  0
#define ERROR	  16
#define GET_QUOTA 25
#define SET_QUOTA 26

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
		cmocka_unit_test(an_answer_in_pieces), cmocka_unit_test(limits_of_each),
		cmocka_unit_test(what_makes_no_sense), cmocka_unit_test(more_than_was_asked),
		cmocka_unit_test(a_store_that_is_not_well)};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
