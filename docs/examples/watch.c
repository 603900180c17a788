/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prints a host's events from the journal's beginning, and those that follow, one a line. When the
 * daemon is restarted it goes on behind the last event. Build and run:
 *
 *	cc watch.c -o watch $(pkg-config --cflags --libs libgridnix) && ./watch [SOCKET]
 */
#include <errno.h>
#include <gridnix/gridnix.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Names come from outside: print them to a terminal only with control characters taken out. */
static void print(const struct gnx_event *event)
{
	const struct gnx_guest *guest = gnx_event_guest(event);

	printf("%" PRIu64 " %s %s", gnx_event_seq(event), gnx_event_time(event),
		gnx_event_kind(event));
	if (guest)
		printf(" %s %s", gnx_guest_uuid(guest), gnx_event_after(event));
	printf("\n");
	fflush(stdout);
}

/* Prints events until the reading ends: why. */
static int follow(struct gnx_conn *conn, uint64_t *last)
{
	const struct gnx_event *event;
	int r = gnx_event_follow(conn, *last, NULL, NULL);

	if (r < 0)
		return r;
	while ((r = gnx_event_next(conn, -1, &event)) > 0) {
		print(event);
		*last = gnx_event_seq(event);
	}
	return r;
}

int main(int argc, char **argv)
{
	struct gnx_conn *conn;
	uint64_t last = 0;
	int r;

	if (gnx_conn_open(argc > 1 ? argv[1] : NULL, &conn) < 0) {
		fprintf(stderr, "watch: no such socket can be, or no memory\n");
		return 1;
	}
	do {
		r = follow(conn, &last);
		fprintf(stderr, "watch: %s\n", gnx_conn_words(conn));
		sleep(1);
	} while (r == -EPIPE || r == -EBUSY || r == -GNX_ERR_UNREACHABLE);
	gnx_conn_close(conn);
	return 1;
}
