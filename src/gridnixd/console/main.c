/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnixd-console: guests' consoles. gridnixd starts it without privileges, with its end of the
 * link open, over which terminals, logs and clients come. Exit status 0: the monitor has gone; 1:
 * something was wrong, in words on standard error; 2: not started by gridnixd.
 */
#include "gridnixd/console/console.h"
#include "gridnixd/console/sandbox.h"

#include "base/clean.h"

#include <fcntl.h>
#include <signal.h>

struct broker {
	struct consoles consoles;
	int status;
};

static void complain(const char *words)
{
	fprintf(stderr, "gridnixd-console: %s\n", words);
}

static void on_message(evutil_socket_t fd, short what, void *arg)
{
	struct broker *b = arg;
	int fds[WIRE_FDS_MAX], r;
	struct wire w;

	(void)what;
	r = wire_recv_fds(fd, &w, fds);
	if (r > 0)
		r = consoles_take(&b->consoles, &w, fds);
	if (r >= 0)
		return;
	b->status = r != -EPIPE;
	if (b->status)
		fprintf(stderr, "gridnixd-console: from gridnixd: %s\n", gnx_strerror(r));
	event_base_loopbreak(b->consoles.base);
}

static int serve(struct broker *b, struct gnx_err *err)
{
	struct event *link =
		event_new(b->consoles.base, MSG_FD, EV_READ | EV_PERSIST, on_message, b);
	int r;

	event_add(link, NULL);
	r = sandbox_enter(&console_role, err);
	if (r == 0 && event_base_dispatch(b->consoles.base) < 0)
		r = gnx_fail_errno(err, "the loop");
	consoles_done(&b->consoles);
	event_free(link);
	return r;
}

int main(void)
{
	struct broker b = {.consoles.link = MSG_FD};
	struct gnx_err err = GNX_ERR_INIT;

	if (getuid() == 0 || geteuid() == 0) {
		complain("must not run as root");
		return 2;
	}
	if (fcntl(MSG_FD, F_GETFD) < 0) {
		complain("is started by gridnixd");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	TAILQ_INIT(&b.consoles.list);
	b.consoles.base = event_base_new();
	if (!b.consoles.base || serve(&b, &err) < 0) {
		complain(b.consoles.base ? err.msg : "no event loop");
		return 1;
	}
	event_base_free(b.consoles.base);
	return b.status;
}
