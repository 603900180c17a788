/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnixd-hooks: runs the administrator's programs, by the contract of gridnix-hooks(7). gridnixd
 * starts it with its end of a link and the rights that starting a program as another user takes. It
 * has two halves: this one decides and has no rights; start.h starts. Exit status 0: the monitor
 * has gone; 1: something was wrong, in words on standard error; 2: not started by gridnixd.
 */
#include "gridnixd/hooks/hooks.h"

#include "base/clean.h"

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static void complain(const char *words)
{
	fprintf(stderr, "gridnixd-hooks: %s\n", words);
}

void hooks_quit(struct hooks *h, const char *words)
{
	h->status = 1;
	complain(words);
	event_base_loopbreak(h->base);
}

const struct hook *hooks_find(const struct hooks *h, const char *name)
{
	for (size_t i = 0; i < h->config->len; i++)
		if (!strcmp(h->config->items[i].name, name))
			return &h->config->items[i];
	return NULL;
}

/* Lets the monitor know which hooks there are. */
static int publish(struct hooks *h)
{
	static struct wire w; /* beside the message that may be under way */
	int r = 0;

	for (size_t i = 0; i < h->config->len && r == 0; i++) {
		wire_begin(&w, MSG_FOUND);
		wire_put_u32(&w, (uint32_t)i);
		msg_put_hook(&w, &h->config->items[i]);
		r = wire_send(MSG_FD, &w);
	}
	wire_begin(&w, MSG_FOUND_END);
	wire_put_u32(&w, (uint32_t)h->config->len);
	return r ? r : wire_send(MSG_FD, &w);
}

void hooks_read(struct hooks *h)
{
	struct config *found = h->other;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf said = {0};
	bool same;

	config_read(h->dir, h->owner, found, &said);
	/* What lasts is said once. */
	if (said.len && (!h->said.len || strcmp(said.data, h->said.data) != 0))
		fputs(said.data, stderr);
	gnx_buf_done(&h->said);
	h->said = said;
	said = (struct gnx_buf){0};
	same = found->len == h->config->len &&
		!memcmp(found->items, h->config->items, found->len * sizeof(*found->items));
	h->other = h->config;
	h->config = found;
	if ((!same || !h->published) && publish(h) < 0)
		hooks_quit(h, "gridnixd does not take which hooks there are");
	h->published = true;
}

static void on_rereading(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	hooks_read(arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	deliver_next(arg);
}

static void on_monitor(evutil_socket_t fd, short what, void *arg)
{
	struct hooks *h = arg;
	int r;

	(void)what;
	while (!event_base_got_break(h->base) && (r = wire_recv(fd, &h->message)) != 0) {
		if (r > 0)
			r = h->message.type == MSG_BEFORE ? ask_take(h) : deliver_take(h);
		if (r == -EPIPE)
			event_base_loopbreak(h->base);
		else if (r < 0)
			hooks_quit(h, "what gridnixd says makes no sense");
		if (r < 0)
			return;
	}
}

static int take_ran(struct hooks *h, struct wire *w)
{
	uint32_t slot = wire_get_u32(w), status;
	unsigned how = wire_get_u8(w);
	char line[HOOK_WORDS_MAX + 1];
	struct run *run;

	status = wire_get_u32(w);
	wire_get_str(w, line, sizeof(line));
	if (w->type != MSG_RAN || wire_end(w) < 0 || how >= RAN_COUNT || slot >= START_RUNS_MAX ||
		h->runs[slot].phase != RUNNING)
		return -GNX_E_SYNTAX;
	run = &h->runs[slot];
	(run->asked ? ask_ran : deliver_ran)(h, run, (enum ran)how, status, line);
	return 0;
}

static void on_starter(evutil_socket_t fd, short what, void *arg)
{
	struct hooks *h = arg;
	static struct wire w; /* what is asked next is put together in h->message */
	int r;

	(void)what;
	while (!event_base_got_break(h->base) && (r = wire_recv(fd, &w)) != 0) {
		if (r > 0)
			r = take_ran(h, &w);
		if (r < 0) {
			hooks_quit(h, "the half that starts programs has gone");
			return;
		}
	}
}

/* Whether gridnixd has started us, and where hooks are. */
static int check_start(struct hooks *h, struct gnx_err *err)
{
	struct pollfd p = {.fd = MSG_FD, .events = POLLIN};
	int type = 0, r;
	socklen_t len = sizeof(type);

	if (getuid() == 0 || geteuid() == 0)
		return gnx_fail(err, -EPERM, "must not run as root");
	if (getsockopt(MSG_FD, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_SEQPACKET)
		return gnx_fail(err, -EBADF, "is started by gridnixd");
	while ((r = wire_recv(MSG_FD, &h->message)) == 0)
		poll(&p, 1, -1);
	wire_get_str(&h->message, h->dir, sizeof(h->dir));
	if (r < 0 || h->message.type != MSG_DIR || wire_end(&h->message) < 0)
		return gnx_fail(err, -GNX_E_SYNTAX, "gridnixd does not say where hooks are");
	return 0;
}

/* Starts the half that starts programs. */
static int split(struct hooks *h, struct gnx_err *err)
{
	struct start s = {.dir = h->dir};
	int ends[2], r;
	pid_t pid;

	r = keep_rights(&s.rights, err);
	if (r < 0)
		return r;
	/* Without rights this is a test, and what we can write is ours. */
	h->owner = s.owner = s.rights ? 0 : geteuid();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return gnx_fail_errno(err, "socketpair");
	pid = fork();
	if (pid < 0)
		return gnx_fail_errno(err, "fork");
	if (pid == 0) {
		close(ends[0]);
		close(MSG_FD);
		s.fd = ends[1];
		start_serve(&s);
	}
	close(ends[1]);
	h->starter_fd = ends[0];
	return 0;
}

static int serve(struct hooks *h, struct gnx_err *err)
{
	static const struct timeval every = {HOOKS_READ_S, 0};
	int code;

	h->monitor = event_new(h->base, MSG_FD, EV_READ | EV_PERSIST, on_monitor, h);
	h->starter = event_new(h->base, h->starter_fd, EV_READ | EV_PERSIST, on_starter, h);
	h->timer = evtimer_new(h->base, on_timer, h);
	h->rereading = event_new(h->base, -1, EV_PERSIST, on_rereading, h);
	event_add(h->monitor, NULL);
	event_add(h->starter, NULL);
	event_add(h->rereading, &every);
	code = confine(err);
	if (code < 0)
		return code;
	h->stale = true;
	hooks_read(h);
	deliver_next(h);
	return event_base_dispatch(h->base) < 0 ? gnx_fail_errno(err, "the loop") : 0;
}

int main(void)
{
	static struct hooks h;
	static struct config configs[2];
	struct gnx_err err = GNX_ERR_INIT;

	h.config = &configs[0];
	h.other = &configs[1];
	queue_init(&h.queue);
	TAILQ_INIT(&h.asked);
	signal(SIGPIPE, SIG_IGN);
	if (check_start(&h, &err) < 0) {
		complain(err.msg);
		return 2;
	}
	json_object_seed(0);
	tzset(); /* reads a file now and not in the filter */
	if (split(&h, &err) < 0 || !(h.base = event_base_new()) || serve(&h, &err) < 0) {
		complain(*err.msg ? err.msg : "no event loop");
		return 1;
	}
	return h.status;
}
