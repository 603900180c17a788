/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnixd-api: the front, which alone speaks with clients. gridnixd starts it without privileges,
 * with its end of the link and the listening socket open. Exit status 0: the monitor has gone; 1:
 * something was wrong, in words on standard error; 2: not started by gridnixd.
 */
#include "gridnixd/api/calls.h"
#include "gridnixd/api/sandbox.h"

#include "base/clean.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

struct front {
	struct event_base *base;
	struct calls calls;
	struct http *https[METRICS_TCP_FD - LISTEN_FD + 1]; /* one for each socket */
	int status;
};

static void complain(const char *words)
{
	fprintf(stderr, "gridnixd-api: %s\n", words);
}

static void on_news(void *arg, uint64_t last)
{
	struct front *f = arg;

	events_news(f->calls.events, last);
}

static void on_done(void *arg, const struct operation *o)
{
	struct front *f = arg;

	operations_done(f->calls.operations, o);
}

static void on_lost(void *arg, int code)
{
	struct front *f = arg;

	f->status = code != -EPIPE;
	if (f->status)
		fprintf(stderr, "gridnixd-api: from gridnixd: %s\n", gnx_strerror(code));
	event_base_loopbreak(f->base);
}

/* Libraries must not go on without the memory that they asked for, and lose an answer's middle. */
static void *must(void *p)
{
	if (!p) {
		complain("out of memory");
		abort();
	}
	return p;
}

static void *must_malloc(size_t n)
{
	return must(malloc(n ? n : 1));
}

static void *must_realloc(void *p, size_t n)
{
	return must(realloc(p, n ? n : 1));
}

static bool is_listener(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

/* Whether gridnixd has started us. */
static int check_start(struct gnx_err *err)
{
	if (getuid() == 0 || geteuid() == 0)
		return gnx_fail(err, -EPERM, "must not run as root");
	if (fcntl(MSG_FD, F_GETFD) < 0 || !is_listener(LISTEN_FD) || !is_listener(METRICS_FD))
		return gnx_fail(err, -EBADF, "is started by gridnixd");
	for (int fd = LISTEN_FD; is_listener(fd); fd++)
		if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
			return gnx_fail_errno(err, "the listening socket");
	return 0;
}

/* Serves all sockets. */
static int serve_sockets(struct front *f, struct gnx_err *err)
{
	int code = http_new(
		f->base, LISTEN_FD, HTTP_CLIENTS_MAX, calls_run, &f->calls, &f->https[0], err);

	for (int i = 1; !code && i < (int)GNX_LEN(f->https) && is_listener(LISTEN_FD + i); i++)
		code = http_new(f->base, LISTEN_FD + i, METRICS_CLIENTS_MAX, metrics_run,
			f->calls.metrics, &f->https[i], err);
	return code;
}

static int serve(struct front *f, struct gnx_err *err)
{
	const struct link_events events = {
		.news = on_news, .done = on_done, .lost = on_lost, .arg = f};
	int code;

	f->calls.link = link_new(f->base, MSG_FD, &events);
	f->calls.events = events_new(f->calls.link);
	f->calls.operations = operations_new(f->calls.link);
	f->calls.metrics = metrics_new(f->base, f->calls.link);
	code = serve_sockets(f, err);
	if (code == 0)
		code = sandbox_enter(&api_role, err);
	if (code == 0 && event_base_dispatch(f->base) < 0)
		code = gnx_fail_errno(err, "the loop");
	for (size_t i = 0; i < GNX_LEN(f->https); i++)
		http_free(&f->https[i]);
	metrics_free(&f->calls.metrics);
	operations_free(&f->calls.operations);
	events_free(&f->calls.events);
	link_free(&f->calls.link);
	return code;
}

int main(void)
{
	struct front f = {0};
	struct gnx_err err = GNX_ERR_INIT;

	if (check_start(&err) < 0) {
		complain(err.msg);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	event_set_mem_functions(must_malloc, must_realloc, free);
	json_set_alloc_funcs(must_malloc, free);
	json_object_seed(0);
	tzset(); /* reads a file now and not in the sandbox */
	f.base = event_base_new();
	if (!f.base || serve(&f, &err) < 0) {
		complain(f.base ? err.msg : "no event loop");
		return 1;
	}
	event_base_free(f.base);
	return f.status;
}
