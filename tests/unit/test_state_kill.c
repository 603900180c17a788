/* SPDX-License-Identifier: BSD-3-Clause */
/* state/state.h: nothing is lost, and all fits together, when the process that adds is killed. */
#include "base/clean.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "state_journal.h"

/*
 * A child adds batches, each with a number that says what the guests are from then on, and reports
 * what it has added; the parent kills it and looks.
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
		r = state_add(s, e, n, &(struct state_seen){.guests = g, .guests_len = len}, &err);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_old_log_does_not_come_back),
		TEST(a_kill_at_any_moment_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
