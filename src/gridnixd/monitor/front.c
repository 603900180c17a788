/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The front's life: it is started, fed, and started again when it ends or sends what is no
 * question. The clients' socket stays open meanwhile, so that they wait and are not turned away.
 */
#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "jail/role.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define RESTART_MS 1000

static void forget(struct event **e)
{
	if (*e)
		event_free(*e);
	*e = NULL;
}

/* Ends it, if need be for good, and keeps nothing of it. */
static void end(struct front *f)
{
	forget(&f->reading);
	forget(&f->writing);
	gnx_close(&f->fd);
	f->fd = -1;
	if (f->pid) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	f->pid = 0;
	gnx_buf_done(&f->out);
	f->out_at = 0;
}

/* It has ended, or is not to be believed. */
static void lost(struct monitor *m, const char *why)
{
	static const struct timeval delay = {RESTART_MS / 1000, RESTART_MS % 1000 * 1000};

	fprintf(stderr, "gridnixd: the front %s; it is started again\n", why);
	end(&m->front);
	event_add(m->front.restart, &delay);
}

static void again(evutil_socket_t fd, short what, void *arg)
{
	struct gnx_err err = GNX_ERR_INIT;

	(void)fd, (void)what;
	if (front_start(arg, &err) < 0)
		lost(arg, err.msg);
}

/* Sends what is there and then, if all of it was taken, the news; waits for room otherwise. */
static int feed(struct monitor *m)
{
	struct front *f = &m->front;
	int r = serve_flush(f);

	if (r == 1 && f->news) {
		struct wire w;
		uint64_t first, last;

		f->news = false;
		if (state_range(m->state, &first, &last, NULL) == 0) {
			wire_begin(&w, MSG_NEWS);
			wire_put_u64(&w, last);
			serve_put(f, &w);
			r = serve_flush(f);
		}
	}
	if (r < 0) {
		lost(m, "is gone");
		return r;
	}
	if (r == 0) {
		event_del(f->reading);
		event_add(f->writing, NULL);
	} else {
		event_add(f->reading, NULL);
	}
	return r;
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	int fds[WIRE_FDS_MAX], r;
	struct wire w;

	(void)what;
	while ((r = wire_recv_fds(fd, &w, fds)) == 1) {
		r = fds[1] < 0 ? serve(m, &w, fds[0]) : -GNX_E_SYNTAX;
		gnx_close(&fds[0]);
		gnx_close(&fds[1]);
		if (r < 0 || feed(m) != 1)
			break;
	}
	if (m->front.fd < 0)
		return;
	if (r == -EPIPE)
		lost(m, "has ended");
	else if (r < 0)
		lost(m, "asks what is no question");
}

static void writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	feed(arg);
}

int front_start(struct monitor *m, struct gnx_err *err)
{
	struct front *f = &m->front;
	int ends[2], r;

	if (!f->restart)
		f->restart = evtimer_new(m->base, again, m);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return gnx_fail_errno(err, "socketpair");

	const struct jail_role role = {f->path, f->user, {ends[1], f->listener}, 2};

	r = jail_role_start(&role, &f->pid, err);
	close(ends[1]);
	f->fd = ends[0];
	if (r < 0) {
		end(f);
		return r;
	}
	f->reading = event_new(m->base, f->fd, EV_READ | EV_PERSIST, readable, m);
	f->writing = event_new(m->base, f->fd, EV_WRITE, writable, m);
	event_add(f->reading, NULL);
	return 0;
}

void front_done(struct monitor *m)
{
	end(&m->front);
	forget(&m->front.restart);
	gnx_close(&m->front.listener);
}

void front_news(struct monitor *m)
{
	m->front.news = true;
	/* Behind an answer that is still being taken it follows by itself. */
	if (m->front.fd >= 0 && !m->front.out.len)
		feed(m);
}

void front_operation(struct monitor *m, const struct operation *o)
{
	struct wire w;

	if (m->front.fd < 0)
		return; /* the next one asks */
	wire_begin(&w, MSG_DONE);
	msg_put_operation(&w, o);
	serve_put(&m->front, &w);
	feed(m);
}
