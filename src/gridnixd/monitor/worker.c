/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers: see worker.h. */
#include "gridnixd/monitor/worker.h"

#include "base/clean.h"
#include "base/str.h"
#include "jail/role.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REFILL_MS 100

struct worker {
	struct workers *all;
	pid_t pid;
	int fd;
	struct event *readable;
	struct worker_events events; /* all NULL: it waits, or nobody wants to know */
};

static void free_worker(struct worker *w)
{
	if (w->readable)
		event_free(w->readable);
	gnx_close(&w->fd);
	free(w);
}

/* It has said all, or is not to be believed. How it ended. */
static int reap(struct worker *w)
{
	int status = 0;

	kill(w->pid, SIGKILL);
	waitpid(w->pid, &status, 0);
	return status;
}

static void end(struct worker *w, int code, const char *words)
{
	struct worker_events events = w->events;

	if (w->all->spare == w)
		w->all->spare = NULL;
	free_worker(w);
	if (events.end)
		events.end(events.arg, code, words);
}

/* It ended without a word, or its word is none. Of one that waited nobody hears: the next is
 * started when there is work. */
static void died(struct worker *w)
{
	char words[128];
	int status = reap(w);

	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		snprintf(words, sizeof(words), "the worker was ended by signal %d",
			WTERMSIG(status));
	else if (WIFEXITED(status))
		snprintf(words, sizeof(words),
			"the worker has ended with status %d; its own words are in the log",
			WEXITSTATUS(status));
	else
		snprintf(words, sizeof(words), "the worker was killed");
	end(w, -GNX_E_CHILD, words);
}

static void take_end(struct worker *w, struct wire *m)
{
	char words[OPERATION_WORDS_MAX + 1];
	int64_t code = wire_get_i64(m);

	wire_get_str(m, words, sizeof(words));
	if (wire_end(m) < 0 || code > 0 || code < -INT16_MAX) {
		died(w);
		return;
	}
	reap(w);
	end(w, (int)code, words);
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct wire m;
	int r = wire_recv(fd, &m);

	(void)what;
	if (r == 1 && m.type == MSG_WORK_DOMAIN) {
		int64_t domid = wire_get_i64(&m);

		if (wire_end(&m) == 0 && domid > 0 && domid < INT32_MAX && w->events.domain) {
			w->events.domain(w->events.arg, (int)domid);
			return;
		}
	}
	if (r == 1 && m.type == MSG_WORK_END)
		take_end(w, &m);
	else if (r)
		died(w);
}

/* Each holds the lock by a description of its own: it is free when the last of them has ended. */
static int lock_for(const struct workers *w, int *fd_out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(w->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0)
		return gnx_fail_errno(err, "%s", w->lock);
	*fd_out = fd;
	fd = -1;
	return 0;
}

/* file: -1: none, as those that wait have. */
static int make(struct workers *all, int file, struct worker **out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int lock = -1;
	struct worker *w;
	int ends[2], r = lock_for(all, &lock, err);
	pid_t pid;

	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return gnx_fail_errno(err, "socketpair");

	const struct jail_role role = {
		.path = all->path, .fds = {ends[1], lock, file}, .fds_len = file < 0 ? 2 : 3};

	r = jail_role_start(&role, &pid, err);
	close(ends[1]);
	if (r < 0) {
		close(ends[0]);
		return r;
	}
	w = gnx_alloc(sizeof(*w));
	*w = (struct worker){.all = all, .pid = pid, .fd = ends[0]};
	w->readable = event_new(all->base, w->fd, EV_READ | EV_PERSIST, readable, w);
	event_add(w->readable, NULL);
	*out = w;
	return 0;
}

static void refill(evutil_socket_t fd, short what, void *arg)
{
	struct workers *w = arg;
	struct gnx_err err = GNX_ERR_INIT;

	(void)fd, (void)what;
	if (!w->spare && make(w, -1, &w->spare, &err) < 0)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
}

void workers_refill(struct workers *w)
{
	static const struct timeval delay = {0, REFILL_MS * 1000};

	if (!w->path)
		return;
	if (!w->refill)
		w->refill = evtimer_new(w->base, refill, w);
	event_add(w->refill, &delay);
}

int workers_init(struct workers *w, struct event_base *base, const char *path, const char *dir,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = -1;

	*w = (struct workers){.base = base, .path = path, .left = -1};
	w->lock = gnx_fmt("%s/workers.lock", dir);
	fd = open(w->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return gnx_fail_errno(err, "%s", w->lock);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	/* Theirs goes on without a name; ours get a new one. */
	if (errno != EWOULDBLOCK || unlink(w->lock) < 0)
		return gnx_fail_errno(err, "%s", w->lock);
	w->left = fd;
	fd = -1;
	return 0;
}

bool workers_left(struct workers *w)
{
	if (w->left >= 0 && flock(w->left, LOCK_EX | LOCK_NB) == 0) {
		close(w->left);
		w->left = -1;
	}
	return w->left >= 0;
}

void workers_done(struct workers *w)
{
	if (w->spare) {
		reap(w->spare);
		free_worker(w->spare);
	}
	if (w->refill)
		event_free(w->refill);
	if (w->lock)
		gnx_close(&w->left);
	free(w->lock);
	*w = (struct workers){.left = -1};
}

int worker_start(struct workers *all, const struct msg_work *work, int file,
	const struct worker_events *events, struct worker **out, struct gnx_err *err)
{
	struct worker *w = file < 0 ? all->spare : NULL;
	struct wire m;
	int r = 0;

	if (!all->path)
		return gnx_fail(err, -EOPNOTSUPP, "this daemon has no workers: it only looks");
	wire_begin(&m, MSG_WORK);
	msg_put_work(&m, work);
	/* One that waited may have died. */
	if (w && wire_send(w->fd, &m) < 0) {
		reap(w);
		free_worker(w);
		w = NULL;
	}
	if (file < 0)
		all->spare = NULL;
	if (!w) {
		r = make(all, file, &w, err);
		if (!r && (r = wire_send(w->fd, &m)) < 0) {
			reap(w);
			free_worker(w);
			gnx_fail(err, r, "%s: takes no work: %s", all->path, gnx_strerror(r));
		}
	}
	if (r < 0)
		return r;
	w->events = *events;
	*out = w;
	workers_refill(all);
	return 0;
}

void worker_forget(struct worker **w)
{
	if (*w)
		free_worker(*w);
	*w = NULL;
}
