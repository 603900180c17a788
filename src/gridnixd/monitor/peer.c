/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A peer's life: it is started, fed, and started again when it ends or sends what is no question.
 * The clients' socket stays open meanwhile, so that they wait and are not turned away.
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
#define BEHIND_MAX (64 << 20) /* bytes that it may leave untaken */

static void forget(struct event **e)
{
	if (*e)
		event_free(*e);
	*e = NULL;
}

/* Ends it, if need be for good, and keeps nothing of it. */
static void end(struct peer *p)
{
	forget(&p->reading);
	forget(&p->writing);
	gnx_close(&p->fd);
	p->fd = -1;
	if (p->pid) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	p->pid = 0;
	gnx_buf_done(&p->out);
	p->out_at = 0;
}

/* It has ended, or is not to be believed. */
static void lost(struct peer *p, const char *why)
{
	static const struct timeval delay = {RESTART_MS / 1000, RESTART_MS % 1000 * 1000};

	fprintf(stderr, "gridnixd: the %s %s; it is started again\n", p->name, why);
	end(p);
	degraded_ended(p->m, &p->restarts, p->name);
	event_add(p->restart, &delay);
	if (p->lost)
		p->lost(p->m);
}

static void again(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;
	struct gnx_err err = GNX_ERR_INIT;

	(void)fd, (void)what;
	if (peer_start(p->m, p, &err) < 0)
		lost(p, err.msg);
}

/* Sends what is there and then, if all of it was taken, the news; waits for room otherwise. */
static int feed(struct peer *p)
{
	int r = serve_flush(p);

	if (r == 1 && p->news) {
		struct wire w;
		uint64_t first, last;

		p->news = false;
		if (state_range(p->m->state, &first, &last, NULL) == 0) {
			wire_begin(&w, MSG_NEWS);
			wire_put_u64(&w, last);
			serve_put(p, &w);
			r = serve_flush(p);
		}
	}
	if (r < 0) {
		lost(p, "is gone");
		return r;
	}
	if (r == 0) {
		event_del(p->reading);
		event_add(p->writing, NULL);
	} else {
		event_add(p->reading, NULL);
	}
	return r;
}

static bool may_ask(const struct peer *p, uint16_t type)
{
	const enum msg *ask = p->asks;

	while (*ask && *ask != type)
		ask++;
	return *ask;
}

/* client: what came along, or -1. */
static int take(struct peer *p, struct wire *w, int client)
{
	if (may_ask(p, w->type))
		return serve(p->m, p, w, client);
	return p->take && client < 0 ? p->take(p->m, w) : -GNX_E_SYNTAX;
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;
	int fds[WIRE_FDS_MAX], r;
	struct wire w;

	(void)what;
	while ((r = wire_recv_fds(fd, &w, fds)) == 1) {
		r = fds[1] < 0 ? take(p, &w, fds[0]) : -GNX_E_SYNTAX;
		gnx_close(&fds[0]);
		gnx_close(&fds[1]);
		if (r < 0 || p->fd < 0 || feed(p) != 1)
			break;
	}
	if (p->fd < 0) {
		gnx_buf_done(&p->out); /* an answer that was under way is for nobody */
		return;
	}
	if (r == -EPIPE)
		lost(p, "has ended");
	else if (r < 0)
		lost(p, "says what makes no sense");
}

static void writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	feed(arg);
}

/* It begins with no arguments. */
static void say_dir(struct peer *p)
{
	struct wire w;

	wire_begin(&w, MSG_DIR);
	wire_put_str(&w, p->dir);
	serve_put(p, &w);
	serve_flush(p);
}

int peer_start(struct monitor *m, struct peer *p, struct gnx_err *err)
{
	int ends[2], r;

	if (!p->path)
		return 0;
	p->m = m;
	p->restarts.began_ms = monitor_ms();
	if (!p->restart)
		p->restart = evtimer_new(m->base, again, p);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return gnx_fail_errno(err, "socketpair");

	struct jail_role role = {.path = p->path,
		.user = p->user,
		.fds = {ends[1]},
		.fds_len = 1 + p->given_len,
		.caps = p->caps};

	memcpy(role.fds + 1, p->given, sizeof(p->given));
	r = jail_role_start(&role, &p->pid, err);
	close(ends[1]);
	p->fd = ends[0];
	if (r < 0) {
		end(p);
		return r;
	}
	p->reading = event_new(m->base, p->fd, EV_READ | EV_PERSIST, readable, p);
	p->writing = event_new(m->base, p->fd, EV_WRITE, writable, p);
	event_add(p->reading, NULL);
	p->news = true;
	if (p->dir)
		say_dir(p);
	return 0;
}

void peer_done(struct peer *p)
{
	end(p);
	forget(&p->restart);
	for (size_t i = 0; i < p->given_len; i++)
		gnx_close(&p->given[i]);
}

void peer_feed(struct peer *p)
{
	if (p->fd >= 0)
		feed(p);
}

void peer_say(struct peer *p, const struct wire *w)
{
	if (p->fd < 0)
		return;
	if (p->out.len > BEHIND_MAX) {
		lost(p, "does not take what it is told");
		return;
	}
	serve_put(p, w);
	feed(p);
}

static void news(struct peer *p)
{
	p->news = true;
	/* Behind an answer that is still being taken it follows by itself. */
	if (p->fd >= 0 && !p->out.len)
		feed(p);
}

void peers_news(struct monitor *m)
{
	news(&m->front);
	news(&m->hooks);
}
