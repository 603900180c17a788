/* SPDX-License-Identifier: BSD-3-Clause */
/* state/state.h: what is added is there again, whole and in order, whatever happens between. */
#include "base/clean.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "state_fixture.h"

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"

/* A disk that is full, as far as a process can have that without one. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int unlimit_and_remove_dir(void **state)
{
	limit_files(RLIM_INFINITY);
	return remove_dir(state);
}

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

/* Changes the file from outside. */
static void sql(const char *dir, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/state.db", dir);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A guest that is told from others by its number. */
static struct guest guest(unsigned number)
{
	struct guest g = {.uuid = {(uint8_t)(number >> 8), (uint8_t)number},
		.incarnation = 1,
		.domid = (int)number,
		.state = GUEST_running,
		.memory_kib = 65536,
		.vcpus = 1,
		.cpu_ns = 1000};

	snprintf(g.name, sizeof(g.name), "guest%u", number);
	return g;
}

static struct event_record event(enum event_kind kind, const struct guest *g)
{
	struct event_record e = {.wall_ms = 1700000000123,
		.mono_ms = 4711,
		.boot_id = BOOT,
		.kind = kind,
		.reason = "reason",
		.guest = *g,
		.before = GUEST_starting,
		.detail = "{\"a\":1}"};

	return e;
}

static void add(struct state *s, struct event_record *events, size_t n, const struct guest *guests,
	size_t guests_len)
{
	struct gnx_err err = GNX_ERR_INIT;

	if (state_add(s, events, n, guests, guests_len, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Adds so many events of no guest. */
static void add_plain(struct state *s, size_t n)
{
	struct event_record e = {.kind = EVENT_gap};

	for (size_t i = 0; i < n; i++)
		add(s, &e, 1, NULL, 0);
}

static void assert_range(struct state *s, uint64_t first, uint64_t last)
{
	uint64_t f = 99, l = 99;

	assert_int_equal(state_range(s, &f, &l, NULL), 0);
	assert_int_equal(f, first);
	assert_int_equal(l, last);
}

/* What was told, in order. */
struct told {
	struct event_record events[64];
	struct guest guests[64];
	size_t n;
	int answer; /* to the event told last that still fits */
	size_t stop_at;
};

static int on_event(void *arg, const struct event_record *e)
{
	struct told *t = arg;

	assert_true(t->n < GNX_LEN(t->events));
	t->events[t->n++] = *e;
	return t->n == t->stop_at ? t->answer : 0;
}

static void on_guest(void *arg, const struct guest *g)
{
	struct told *t = arg;

	assert_true(t->n < GNX_LEN(t->guests));
	t->guests[t->n++] = *g;
}

static void assert_guest_equal(const struct guest *a, const struct guest *b)
{
	assert_memory_equal(a->uuid, b->uuid, sizeof(a->uuid));
	assert_true(a->incarnation == b->incarnation);
	assert_int_equal(a->domid, b->domid);
	assert_int_equal(a->state, b->state);
	assert_string_equal(a->name, b->name);
	assert_true(a->memory_kib == b->memory_kib);
	assert_true(a->vcpus == b->vcpus);
}

static void assert_event_equal(const struct event_record *a, const struct event_record *b)
{
	assert_true(a->seq == b->seq);
	assert_true(a->wall_ms == b->wall_ms);
	assert_true(a->mono_ms == b->mono_ms);
	assert_string_equal(a->boot_id, b->boot_id);
	assert_int_equal(a->kind, b->kind);
	assert_string_equal(a->reason, b->reason);
	assert_guest_equal(&a->guest, &b->guest);
	assert_true(a->guest.cpu_ns == b->guest.cpu_ns);
	assert_int_equal(a->before, b->before);
	assert_string_equal(a->detail, b->detail);
}

/* That these are the guests that are remembered. */
static void assert_guests(struct state *s, const struct guest *guests, size_t n)
{
	struct told t = {0};

	assert_int_equal(state_guests(s, on_guest, &t, NULL), 0);
	assert_int_equal(t.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_guest_equal(&t.guests[i], &guests[i]);
		assert_true(t.guests[i].cpu_ns == 0);
	}
}

static void a_new_one_is_empty(void **state)
{
	GNX_CLEAN(state_close)
	struct state *s = open_state(*state);
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/state.db", (char *)*state);
	char boot[GUEST_UUID_TEXT] = "old";
	struct told t = {0};
	struct stat st;

	assert_range(s, 0, 0);
	assert_int_equal(state_last_boot(s, boot, NULL), 0);
	assert_string_equal(boot, "");
	assert_int_equal(state_events(s, 0, 10, on_event, &t, NULL), 0);
	assert_int_equal(t.n, 0);
	assert_guests(s, NULL, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
}

/* Of every kind and state, with the least and the most that fits. */
static void events_come_back_as_they_were(void **state)
{
	struct state *s = open_state(*state);
	struct guest g = guest(7),
		     most = {.incarnation = UINT64_MAX,
			     .domid = INT32_MAX,
			     .memory_kib = UINT64_MAX,
			     .vcpus = UINT32_MAX,
			     .cpu_ns = UINT64_MAX};
	struct event_record put[EVENT_COUNT + 3];
	struct told t = {0};
	size_t n = 0;

	for (unsigned i = 0; i < EVENT_COUNT; i++) {
		put[n] = event(i, &g);
		put[n].before = i % GUEST_STATE_COUNT;
		put[n++].guest.state = (i + 1) % GUEST_STATE_COUNT;
	}
	put[n++] =
		(struct event_record){.boot_id = BOOT, .wall_ms = INT64_MIN, .mono_ms = INT64_MAX};
	memset(most.uuid, 0xff, sizeof(most.uuid));
	memset(most.name, 0xff, GUEST_NAME_MAX); /* not UTF-8 */
	put[n] = event(EVENT_crashed, &most);
	memset(put[n].reason, 'r', GUEST_REASON_MAX);
	memset(put[n++].detail, 'd', EVENT_DETAIL_MAX);
	put[n] = event(EVENT_destroyed, &g);
	put[n++].guest.domid = -1;

	add(s, put, n, NULL, 0);
	state_close(&s);
	assert_null(s);
	s = open_state(*state);
	assert_range(s, 1, n);
	assert_int_equal(state_events(s, 0, 100, on_event, &t, NULL), 0);
	assert_int_equal(t.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(put[i].seq, i + 1);
		assert_event_equal(&t.events[i], &put[i]);
	}
	state_close(&s);
}

static void kinds_and_states_are_stored_by_name(void **state)
{
	struct state *s = open_state(*state);
	struct guest g = guest(7);
	struct event_record e = event(EVENT_started, &g);
	struct told t = {0};

	add(s, &e, 1, &g, 1);
	state_close(&s);
	sql(*state,
		"UPDATE events SET kind = 'crashed', before = 'paused', state = 'gone'"
		" WHERE kind = 'started' AND before = 'starting' AND state = 'running';"
		"UPDATE guests SET state = 'paused' WHERE state = 'running'");
	s = open_state(*state);
	e.kind = EVENT_crashed;
	e.before = GUEST_paused;
	e.guest.state = GUEST_gone;
	g.state = GUEST_paused;
	assert_guests(s, &g, 1);
	assert_int_equal(state_events(s, 0, 10, on_event, &t, NULL), 0);
	assert_int_equal(t.n, 1);
	assert_event_equal(&t.events[0], &e);
	state_close(&s);
}

static void events_are_told_from_a_number_on(void **state)
{
	static const struct {
		uint64_t since;
		size_t max;
		uint64_t first;
		size_t n;
	} cases[] = {{0, SIZE_MAX, 1, 10}, {0, 3, 1, 3}, {7, 64, 8, 3}, {9, 1, 10, 1},
		{10, 64, 0, 0}, {UINT64_MAX, 64, 0, 0}, {0, 0, 0, 0}};
	GNX_CLEAN(state_close)
	struct state *s = open_state(*state);

	add_plain(s, 10);
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct told t = {0};

		assert_int_equal(
			state_events(s, cases[i].since, cases[i].max, on_event, &t, NULL), 0);
		assert_int_equal(t.n, cases[i].n);
		for (size_t j = 0; j < t.n; j++)
			assert_int_equal(t.events[j].seq, cases[i].first + j);
	}
}

static void telling_ends_when_told_so(void **state)
{
	GNX_CLEAN(state_close)
	struct state *s = open_state(*state);
	struct told t = {.stop_at = 4, .answer = -EAGAIN};

	add_plain(s, 10);
	assert_int_equal(state_events(s, 0, 10, on_event, &t, NULL), -EAGAIN);
	assert_int_equal(t.n, 4);
	t = (struct told){.stop_at = 10, .answer = 7};
	assert_int_equal(state_events(s, 0, 10, on_event, &t, NULL), 7);
	assert_int_equal(t.n, 10);
	add_plain(s, 1);
}

static void the_last_boot_is_known(void **state)
{
	GNX_CLEAN(state_close)
	struct state *s = open_state(*state);
	struct event_record e[2] = {{.boot_id = "first"}, {.boot_id = BOOT}};
	char boot[GUEST_UUID_TEXT];

	add(s, e, 2, NULL, 0);
	assert_int_equal(state_last_boot(s, boot, NULL), 0);
	assert_string_equal(boot, BOOT);
}

static void guests_are_replaced(void **state)
{
	struct state *s = open_state(*state);
	struct guest g[4] = {guest(1), guest(2), guest(2), guest(3)};

	g[2].incarnation = 2;
	add(s, NULL, 0, g, 4);
	assert_guests(s, g, 4);
	/* The first is gone, two have changed, and there are new ones between and behind. */
	g[0] = guest(2);
	g[0].domid = -1;
	g[0].state = GUEST_gone;
	g[1] = guest(3);
	strcpy(g[1].name, "renamed");
	g[2] = guest(256);
	g[3] = guest(257);
	add(s, NULL, 0, g, 4);
	assert_guests(s, g, 4);
	state_close(&s);
	s = open_state(*state);
	assert_guests(s, g, 4);
	g[3].memory_kib++;
	g[2].vcpus++;
	add(s, NULL, 0, g + 1, 3);
	assert_guests(s, g + 1, 3);
	state_close(&s);
	s = open_state(*state);
	assert_guests(s, g + 1, 3);
	add(s, NULL, 0, NULL, 0);
	state_close(&s);
	s = open_state(*state);
	assert_guests(s, NULL, 0);
	state_close(&s);
}

static off_t log_size(const char *dir)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/state.db-wal", dir);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void only_guests_that_differ_are_written(void **state)
{
	enum { MANY = 10000 };
	GNX_CLEAN(state_close)
	struct state *s = open_state(*state);
	GNX_CLEAN(gnx_free)
	struct guest *g = gnx_alloc(MANY * sizeof(*g));
	off_t before, after;

	for (unsigned i = 0; i < MANY; i++)
		g[i] = guest(i);
	add(s, NULL, 0, g, MANY);
	before = log_size(*state);
	assert_true(before > 500000);
	for (unsigned i = 0; i < MANY; i++)
		g[i].cpu_ns++;
	add(s, NULL, 0, g, MANY);
	assert_int_equal(log_size(*state), before);
	g[MANY / 2].state = GUEST_paused;
	add(s, NULL, 0, g, MANY);
	after = log_size(*state);
	assert_true(after > before && after < before + 65536);
}

static void numbers_are_not_given_again(void **state)
{
	struct state *s = open_state(*state);

	add_plain(s, 10);
	assert_int_equal(state_trim(s, 10, NULL), 0);
	assert_int_equal(state_trim(s, UINT64_MAX, NULL), 0);
	assert_range(s, 1, 10);
	assert_int_equal(state_trim(s, 3, NULL), 0);
	assert_range(s, 8, 10);
	assert_int_equal(state_trim(s, 0, NULL), 0);
	assert_range(s, 0, 0);
	assert_int_equal(state_trim(s, 5, NULL), 0);
	state_close(&s);
	s = open_state(*state);
	add_plain(s, 2);
	assert_range(s, 11, 12);
	state_close(&s);
}

static void what_cannot_be_written_changes_nothing(void **state)
{
	struct state *s = open_state(*state);
	struct guest g = guest(1), changed = g;
	struct event_record e[32] = {0};
	struct gnx_err err = GNX_ERR_INIT;

	add(s, e, 1, &g, 1);
	changed.domid = 99;
	e[0].seq = 0;
	for (size_t i = 0; i < GNX_LEN(e); i++)
		memset(e[i].detail, 'd', EVENT_DETAIL_MAX);
	limit_files((rlim_t)log_size(*state) + 8192);
	for (int i = 0; i < 3; i++) {
		assert_true(state_add(s, e, GNX_LEN(e), &changed, 1, &err) < 0);
		assert_non_null(strstr(err.msg, "/state.db: "));
		assert_int_equal(e[0].seq, 0);
		assert_range(s, 1, 1);
		assert_guests(s, &g, 1);
	}
	limit_files(RLIM_INFINITY);
	add(s, e, GNX_LEN(e), &changed, 1);
	assert_int_equal(e[0].seq, 2);
	state_close(&s);
	s = open_state(*state);
	assert_range(s, 1, 33);
	assert_guests(s, &changed, 1);
	state_close(&s);
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
	assert_refused(*state, -GNX_E_VERSION, "version 1000; this one knows 4): install that one");
	sql(*state, "PRAGMA user_version = 4");
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

/*
 * For kill: a child adds batches, each with a number that says what the guests are from then on,
 * and reports what it has added; the parent kills it and looks.
 */
enum { ROUNDS = 30, GUESTS_MAX = 40, BATCH_MAX = 6, KEEP = 300 };

static uint32_t scramble(uint32_t x)
{
	x = (x ^ (x >> 16)) * 0x45d9f3bu;
	x = (x ^ (x >> 16)) * 0x45d9f3bu;
	return x ^ (x >> 16);
}

/* The guests of a batch: some are there, and of those some are as they were in the one before. */
static size_t guests_of(uint32_t batch, struct guest out[GUESTS_MAX])
{
	size_t n = 0;

	for (unsigned i = 0; i < GUESTS_MAX; i++) {
		uint32_t is = scramble(batch * GUESTS_MAX + i);

		if (is % 4 == 0)
			continue;
		out[n] = guest(i);
		out[n].incarnation = 1 + (is >> 2) % 2;
		out[n].state = (is >> 3) % 2 ? GUEST_running : GUEST_paused;
		out[n].memory_kib += (is >> 4) % 3;
		n++;
	}
	return n;
}

static void __attribute__((noreturn)) keep_adding(const char *dir, uint32_t batch, int report)
{
	struct state *s = NULL;
	struct gnx_err err = GNX_ERR_INIT;
	int r = state_open(dir, &s, &err);

	while (r == 0) {
		struct event_record e[BATCH_MAX] = {0};
		struct guest g[GUESTS_MAX];
		size_t len = guests_of(++batch, g), n = 1 + scramble(batch) % BATCH_MAX;

		for (size_t i = 0; i < n; i++)
			snprintf(e[i].detail, sizeof(e[i].detail), "%u %zu %zu", batch, i, n);
		r = state_add(s, e, n, g, len, &err);
		if (r == 0 && write(report, &e[n - 1].seq, sizeof(e->seq)) != sizeof(e->seq))
			r = -1;
		if (r == 0 && batch % 16 == 0)
			r = state_trim(s, KEEP, &err);
	}
	fprintf(stderr, "%s\n", err.msg);
	_exit(1);
}

static pid_t start_adding(const char *dir, uint32_t batch, int *report)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		keep_adding(dir, batch, ends[1]);
	close(ends[1]);
	*report = ends[0];
	return pid;
}

/* Kills it; *added is the last number that it has reported, if there was another one. */
static void end_adding(pid_t pid, int report, uint64_t *added)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	while (read(report, added, sizeof(*added)) > 0)
		;
	close(report);
}

/* Who moves state.db away may forget the log beside it. */
static void an_old_log_does_not_come_back(void **state)
{
	GNX_CLEAN(gnx_free)
	char *db = gnx_fmt("%s/state.db", (char *)*state);
	struct state *s;
	uint64_t added;
	int report;
	pid_t pid = start_adding(*state, 0, &report);

	assert_int_equal(read(report, &added, sizeof(added)), sizeof(added));
	end_adding(pid, report, &added);
	assert_true(log_size(*state) > 0);
	assert_int_equal(unlink(db), 0);
	s = open_state(*state);
	assert_range(s, 0, 0);
	add_plain(s, 1);
	assert_range(s, 1, 1);
	state_close(&s);
}

/* Where the reader of the journal is. */
struct reader {
	uint64_t seq;
	uint32_t batch;
	size_t i; /* of n events of the batch */
	size_t n;
};

static int read_on(void *arg, const struct event_record *e)
{
	struct reader *was = arg, is = {.seq = e->seq};

	assert_int_equal(sscanf(e->detail, "%u %zu %zu", &is.batch, &is.i, &is.n), 3);
	/* What is left of a journal that was trimmed may begin within a batch. */
	if (was->seq) {
		bool next = was->i + 1 == was->n;

		assert_true(is.seq == was->seq + 1);
		assert_int_equal(is.batch, next ? was->batch + 1 : was->batch);
		assert_int_equal(is.i, next ? 0 : was->i + 1);
	}
	*was = is;
	return 0;
}

/* Checks what the last child has left, and says where it was. */
static struct reader look_at(const char *dir, uint64_t added)
{
	GNX_CLEAN(state_close)
	struct state *s = open_state(dir);
	struct guest g[GUESTS_MAX];
	struct reader at = {0};
	uint64_t first, last;

	assert_int_equal(state_range(s, &first, &last, NULL), 0);
	assert_true(last >= added);
	assert_int_equal(state_events(s, 0, SIZE_MAX, read_on, &at, NULL), 0);
	assert_true(at.seq == last);
	assert_true(first == 0 || first <= last);
	if (last) {
		assert_int_equal(at.i + 1, at.n);
		assert_guests(s, g, guests_of(at.batch, g));
	} else {
		assert_guests(s, NULL, 0);
	}
	return at;
}

static void a_kill_at_any_moment_loses_nothing(void **state)
{
	struct reader at = {0};
	uint64_t added = 0;

	srand((unsigned)getpid());
	for (int round = 0; round < ROUNDS; round++) {
		int report;
		pid_t pid = start_adding(*state, at.batch, &report);

		/* Some are killed as they open it. */
		if (round % 3)
			assert_int_equal(read(report, &added, sizeof(added)), sizeof(added));
		usleep((useconds_t)(rand() % (round % 3 ? 60000 : 5000)));
		end_adding(pid, report, &added);
		at = look_at(*state, added);
		added = at.seq;
	}
	print_message("%llu events\n", (unsigned long long)at.seq);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, unlimit_and_remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_one_is_empty),
		TEST(events_come_back_as_they_were),
		TEST(kinds_and_states_are_stored_by_name),
		TEST(events_are_told_from_a_number_on),
		TEST(telling_ends_when_told_so),
		TEST(the_last_boot_is_known),
		TEST(guests_are_replaced),
		TEST(only_guests_that_differ_are_written),
		TEST(numbers_are_not_given_again),
		TEST(what_cannot_be_written_changes_nothing),
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
		TEST(an_old_log_does_not_come_back),
		TEST(a_kill_at_any_moment_loses_nothing),
	};

	signal(SIGXFSZ, SIG_IGN); /* writes fail instead */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
