/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long events take, for bench/events: notes xenstored's word that a domain has come or gone,
 * and each "starting" and "destroyed" that the daemon tells, in one process, by one clock. Until
 * SIGTERM domains come and go one after the other; then a line is printed for each event: its kind,
 * and the milliseconds from that word on. 0: a look that was due anyhow came before the word.
 */
#include <gridnix/gridnix.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xenstore.h>

#define MANY 4096

static volatile sig_atomic_t ended;
static double words[2][MANY], told[2][MANY]; /* by came and went */
static size_t words_len[2], told_len[2];

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void note(double *times, size_t *len)
{
	if (*len < MANY)
		times[(*len)++] = now_ms();
}

/* Of the words that a domain is gone the first one counts: the others say that its memory is. */
static void take_word(struct xs_handle *xs)
{
	char **word = xs_check_watch(xs);
	bool went = word && !strcmp(word[XS_WATCH_TOKEN], "went");

	if (word && (!went || words_len[1] < words_len[0]))
		note(words[went], &words_len[went]);
	free(word);
}

static void take_event(void *arg, const struct gnx_event *event)
{
	bool went = !strcmp(gnx_event_kind(event), "destroyed");

	(void)arg;
	note(told[went], &told_len[went]);
}

static int follow(struct xs_handle *xs, struct gnx_conn *conn)
{
	while (!ended) {
		struct pollfd fds[] = {{.fd = xs_fileno(xs), .events = POLLIN},
			{.fd = gnx_fd(conn), .events = POLLIN}};

		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			take_word(xs);
		if (fds[1].revents && gnx_dispatch(conn, take_event, NULL) < 0)
			return fprintf(stderr, "latency: %s\n", gnx_conn_words(conn)), 1;
	}
	return 0;
}

static int print(void)
{
	static const char *const kinds[] = {"starting", "destroyed"};

	for (int went = 0; went < 2; went++) {
		if (words_len[went] != told_len[went])
			return fprintf(stderr, "latency: %zu words, %zu times %s\n",
				       words_len[went], told_len[went], kinds[went]),
			       1;
		for (size_t i = 0; i < told_len[went]; i++) {
			double ms = told[went][i] - words[went][i];

			printf("%s %.3f\n", kinds[went], ms > 0 ? ms : 0);
		}
	}
	return 0;
}

int main(void)
{
	struct xs_handle *xs = xs_open(0);
	struct gnx_host *host;
	struct gnx_conn *conn;

	signal(SIGTERM, end);
	if (!xs || gnx_conn_open(NULL, &conn) < 0 || gnx_host_get(conn, &host) < 0 ||
		gnx_event_follow(conn, gnx_host_last(host), "starting,destroyed", NULL) < 0) {
		fprintf(stderr, "latency: no xenstore, or no gridnixd\n");
		return 1;
	}
	gnx_host_free(host);
	/* Each watch speaks once when it is set. */
	if (!xs_watch(xs, "@introduceDomain", "came") || !xs_watch(xs, "@releaseDomain", "went"))
		return 1;
	for (int i = 0; i < 2; i++)
		free(xs_read_watch(xs, &(unsigned int){0}));
	return follow(xs, conn) || print();
}
