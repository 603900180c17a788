/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnix watch: events as they happen. When the daemon is restarted it waits for the new one and
 * goes on behind the last event that it printed.
 */
#include "base/clean.h"
#include "gridnix/cmd.h"

#include <errno.h>
#include <inttypes.h>

#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 2000

/* The number of the journal's last event. */
static int last_event(struct gnx_conn *conn, uint64_t *last_out)
{
	struct gnx_host *host;
	int r = gnx_host_get(conn, &host);

	if (r < 0)
		return r;
	*last_out = gnx_host_last(host);
	gnx_host_free(host);
	return 0;
}

/* Prints events until the reading ends: why. *since is the last one's number. */
static int follow(struct gnx_conn *conn, const struct cmd_args *a, uint64_t *since)
{
	const struct gnx_event *e;
	int r = gnx_event_follow(conn, *since, a->kinds, a->guest);

	while (!r && (r = gnx_event_next(conn, -1, &e)) > 0) {
		*since = gnx_event_seq(e);
		cmd_print(a, e);
		r = ferror(stdout) ? -EIO : 0;
	}
	return r;
}

/* Waits until a daemon answers; *since becomes 0 when its journal has begun anew. */
static int await_daemon(struct gnx_conn *conn, int *retry_ms, uint64_t *since)
{
	uint64_t last = 0;
	int r;

	fprintf(stderr, "gridnix: the connection to gridnixd was lost; trying again\n");
	do {
		usleep((useconds_t)*retry_ms * 1000);
		*retry_ms = *retry_ms * 2 < RETRY_MAX_MS ? *retry_ms * 2 : RETRY_MAX_MS;
		r = last_event(conn, &last);
	} while (cmd_passing(r));
	if (r < 0)
		return r;
	if (last < *since) {
		fprintf(stderr,
			"gridnix: the journal was deleted meanwhile; from its beginning:\n");
		*since = 0;
	}
	fprintf(stderr, "gridnix: connected again; going on behind event %" PRIu64 "\n", *since);
	return 0;
}

enum cmd_status cmd_watch(struct gnx_conn *conn, const struct cmd_args *a)
{
	int retry_ms = RETRY_MIN_MS, r;
	uint64_t since = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	r = last_event(conn, &since);
	if (a->since_given)
		since = a->since;
	while (!r) {
		uint64_t before = since;

		r = follow(conn, a, &since);
		if (since != before)
			retry_ms = RETRY_MIN_MS;
		if (cmd_passing(r))
			r = await_daemon(conn, &retry_ms, &since);
	}
	return ferror(stdout) ? CMD_FAILED : cmd_fail(conn, r); /* main() has words for stdout */
}
