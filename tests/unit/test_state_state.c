/* SPDX-License-Identifier: BSD-3-Clause */
/* state/state.h: what is added is there again, whole and in order, whatever happens between. */
#include "base/clean.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "state_journal.h"

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
	const struct state_seen seen = {.guests = &changed, .guests_len = 1};
	struct event_record e[32] = {0};
	struct gnx_err err = GNX_ERR_INIT;

	add(s, e, 1, &g, 1);
	changed.domid = 99;
	e[0].seq = 0;
	for (size_t i = 0; i < GNX_LEN(e); i++)
		memset(e[i].detail, 'd', EVENT_DETAIL_MAX);
	limit_files((rlim_t)log_size(*state) + 8192);
	for (int i = 0; i < 3; i++) {
		assert_true(state_add(s, e, GNX_LEN(e), &seen, &err) < 0);
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
	};

	signal(SIGXFSZ, SIG_IGN); /* writes fail instead */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
