/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state/state.h: what is refused: what another process has, what is not ours or newer, and what is
 * damaged or does not fit.
 */
#include "base/clean.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "state_journal.h"

/* That it cannot be opened, and that the words name the file and have these in them. */
static void assert_refused(const char *dir, int code, const char *words)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/state.db: ", dir);
	struct gnx_err err = GNX_ERR_INIT;
	struct state *s = NULL;

	assert_int_equal(state_open(dir, &s, &err), code);
	assert_null(s);
	assert_int_equal(err.code, code);
	if (!gnx_starts(err.msg, path) || !strstr(err.msg, words))
		fail_msg("%s: wanted: %s", err.msg, words);
}

static void one_process_has_it(void **state)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct state *s = NULL;

		if (state_open(*state, &s, NULL) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_refused(*state, -EBUSY, "does gridnixd run already?");
	assert_refused(
		*state, -EBUSY, "does gridnixd run already?"); /* the first did not free it */
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < 2; i++) {
		GNX_CLEAN(state_close)
		struct state *s = open_state(*state);

		assert_refused(*state, -EBUSY, "does gridnixd run already?");
		add_plain(s, 1);
		assert_range(s, 1, (uint64_t)i + 1);
	}
}

/* Puts bytes into the place of the database. */
static void write_file(const char *dir, const void *data, size_t len)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/state.db", dir);

	assert_int_equal(gnx_file_write(path, data, len, NULL), 0);
}

static void read_file(const char *dir, struct gnx_buf *out)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/state.db", dir);

	assert_int_equal(gnx_file_read(path, 1 << 24, out, NULL), 0);
}

static void what_is_no_database_is_refused(void **state)
{
	static const char bytes[20000] = "no database, but long enough to be one";
	static const size_t sizes[] = {2, 6, 100, 512, 4096, sizeof(bytes)};

	for (size_t i = 0; i < GNX_LEN(sizes); i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf after = {0};

		write_file(*state, bytes, sizes[i]);
		assert_refused(*state, -GNX_E_SYNTAX, "move it away");
		read_file(*state, &after);
		assert_int_equal(after.len, sizes[i]);
		assert_memory_equal(after.data, bytes, sizes[i]);
	}
}

static void another_programs_database_is_refused(void **state)
{
	static const char *const others[] = {"CREATE TABLE theirs (x)", "PRAGMA user_version = 1",
		"PRAGMA application_id = 1", "PRAGMA application_id = 0x676e7873",
		"PRAGMA application_id = 0x676e7873; PRAGMA user_version = -1"};

	for (size_t i = 0; i < GNX_LEN(others); i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf before = {0}, after = {0};

		write_file(*state, "", 0);
		sql(*state, others[i]);
		read_file(*state, &before);
		assert_refused(*state, -GNX_E_SYNTAX, "not gridnixd's: move it away");
		read_file(*state, &after);
		assert_int_equal(after.len, before.len);
		assert_memory_equal(after.data, before.data, before.len);
		gnx_buf_done(&after);
	}
	/* One that says that it is ours, but has not our tables. */
	write_file(*state, "", 0);
	sql(*state, "PRAGMA application_id = 0x676e7873; PRAGMA user_version = 1");
	assert_refused(*state, -GNX_E_SYNTAX, "(no such table: events): move it away");
}

static void a_newer_one_is_refused(void **state)
{
	struct state *s = open_state(*state);

	add_plain(s, 1);
	state_close(&s);
	sql(*state, "PRAGMA user_version = 1000");
	assert_refused(
		*state, -GNX_E_VERSION, "version 1000; this one knows 10): install that one");
	sql(*state, "PRAGMA user_version = 10");
	s = open_state(*state);
	assert_range(s, 1, 1);
	state_close(&s);
}

static void a_missing_directory_is_told(void **state)
{
	GNX_CLEAN(gnx_free)
	char *dir = gnx_fmt("%s/none", (char *)*state);

	assert_refused(dir, -ENOENT, "No such file or directory");
}

/* Adds so many large events in one go. */
static void add_large(struct state *s, size_t n)
{
	GNX_CLEAN(gnx_free)
	struct event_record *e = gnx_alloc(n * sizeof(*e));

	for (size_t i = 0; i < n; i++)
		memset(e[i].detail, 'd', EVENT_DETAIL_MAX);
	add(s, e, n, NULL, 0);
}

static void a_damaged_one_is_refused(void **state)
{
	struct state *s = open_state(*state);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf good = {0};

	add_large(s, 60);
	state_close(&s);
	read_file(*state, &good);
	assert_true(good.len > 60 * EVENT_DETAIL_MAX);
	write_file(*state, good.data, good.len / 2);
	assert_refused(*state, -GNX_E_SYNTAX, "move it away");
	write_file(*state, good.data, good.len);
	s = open_state(*state);
	assert_range(s, 1, 60);
	state_close(&s);
	memset(good.data + good.len / 2, 0x55, 8192);
	write_file(*state, good.data, good.len);
	assert_refused(*state, -GNX_E_SYNTAX, "damaged: move it away");
}

static int count(void *arg, const struct event_record *e)
{
	(void)e;
	++*(uint64_t *)arg;
	return 0;
}

/* More than SQLite keeps in memory, and damaged while it is open. */
static void later_damage_is_an_error(void **state)
{
	enum { MANY = 3000 };
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/state.db", (char *)*state);
	static const char bytes[65536] = "damage";
	struct state *s = open_state(*state);
	struct gnx_err err = GNX_ERR_INIT;
	uint64_t n = 0;
	int fd;

	add_large(s, MANY);
	state_close(&s);
	s = open_state(*state);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 1 << 20), sizeof(bytes));
	assert_int_equal(state_events(s, 0, SIZE_MAX, count, &n, &err), -GNX_E_SYNTAX);
	assert_true(n > 0 && n < MANY);
	assert_non_null(strstr(err.msg, "/state.db: damaged"));
	assert_non_null(strstr(err.msg, "move it away"));
	add_plain(s, 1); /* its end is whole, and nothing is left running */
	state_close(&s);
	close(fd);
}

/* A change of a column, and that column; NULL: it fits. */
struct misfit {
	const char *set;
	const char *column;
};

static const struct misfit guest_misfits[] = {
	{"name = hex(zeroblob(63)) || 'x'", NULL},
	{"name = hex(zeroblob(64))", "name"},
	{"name = 'a' || char(0) || 'b'", "name"},
	{"state = 'asleep'", "state"},
	{"state = 'running' || char(0)", "state"},
	{"state = ''", "state"},
	{"uuid = zeroblob(15)", "uuid"},
	{"uuid = zeroblob(17)", "uuid"},
	{"uuid = x''", "uuid"},
	{"domid = -1", NULL},
	{"domid = -2", "domid"},
	{"domid = 1 << 31", "domid"},
	{"vcpus = (1 << 32) - 1", NULL},
	{"vcpus = 1 << 32", "vcpus"},
	{"domid = -2, vcpus = -1", "domid"},
};

static const struct misfit event_misfits[] = {
	{"boot_id = hex(zeroblob(18))", NULL},
	{"kind = 'exploded'", "kind"},
	{"reason = '0123456789abcde'", NULL},
	{"reason = '0123456789abcdef'", "reason"},
	{"before = 'Running'", "before"},
	{"detail = hex(zeroblob(1024))", NULL},
	{"detail = hex(zeroblob(1024)) || 'x'", "detail"},
};

/* A state with an event and its guest, in one of whose tables something is changed then. */
static void make_changed(const char *dir, const char *table, const char *set)
{
	GNX_CLEAN(gnx_free)
	char *text = gnx_fmt("UPDATE %s SET %s", table, set);
	struct guest g = guest(1);
	struct event_record e = event(EVENT_started, &g);
	struct state *s;

	write_file(dir, "", 0);
	s = open_state(dir);
	add(s, &e, 1, &g, 1);
	state_close(&s);
	sql(dir, text);
}

static void guests_that_do_not_fit_are_errors(void **state)
{
	for (size_t i = 0; i < GNX_LEN(guest_misfits); i++) {
		const struct misfit *m = &guest_misfits[i];
		GNX_CLEAN(gnx_free)
		char *words = gnx_fmt("a guest has a bad %s: move it away", m->column);
		GNX_CLEAN(state_close)
		struct state *s = NULL;

		make_changed(*state, "guests", m->set);
		if (m->column)
			assert_refused(*state, -GNX_E_SYNTAX, words);
		else
			s = open_state(*state);
	}
}

static void check_event(const char *dir, const struct misfit *m)
{
	GNX_CLEAN(gnx_free)
	char *words = gnx_fmt("/state.db: event 1 has a bad %s: move it away", m->column);
	struct gnx_err err = GNX_ERR_INIT;
	struct told t = {0};
	struct state *s;

	make_changed(dir, "events", m->set);
	s = open_state(dir);
	assert_int_equal(state_events(s, 0, 10, on_event, &t, &err), m->column ? -GNX_E_SYNTAX : 0);
	assert_int_equal(t.n, m->column ? 0 : 1);
	if (m->column && !strstr(err.msg, words))
		fail_msg("%s: wanted: %s", err.msg, words);
	add_plain(s, 1); /* nothing is left running */
	state_close(&s);
}

static void events_that_do_not_fit_are_errors(void **state)
{
	for (size_t i = 0; i < GNX_LEN(guest_misfits); i++)
		check_event(*state, &guest_misfits[i]);
	for (size_t i = 0; i < GNX_LEN(event_misfits); i++)
		check_event(*state, &event_misfits[i]);
}

static void a_boot_id_that_does_not_fit_is_an_error(void **state)
{
	char boot[GUEST_UUID_TEXT] = "old";
	struct state *s;

	make_changed(*state, "events", "boot_id = hex(zeroblob(18)) || 'x'");
	s = open_state(*state);
	assert_int_equal(state_last_boot(s, boot, NULL), -GNX_E_SYNTAX);
	assert_string_equal(boot, "old");
	state_close(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_process_has_it),
		TEST(what_is_no_database_is_refused),
		TEST(another_programs_database_is_refused),
		TEST(a_newer_one_is_refused),
		TEST(a_missing_directory_is_told),
		TEST(a_damaged_one_is_refused),
		TEST(later_damage_is_an_error),
		TEST(guests_that_do_not_fit_are_errors),
		TEST(events_that_do_not_fit_are_errors),
		TEST(a_boot_id_that_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
