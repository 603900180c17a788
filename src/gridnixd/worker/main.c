/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnixd-worker: does one thing to a guest, and ends. gridnixd starts it ahead, as root; it
 * connects to Xen and waits until there is work. Exit status 0: the work is done or has failed,
 * gridnixd was told which, or it has gone before there was work; 1: what it said was no work; 2:
 * not started by gridnixd.
 */
#include "base/clean.h"
#include "gridnixd/msg.h"
#include "xen/operate/operate.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

/* gridnixd starts it with an empty environment, and hotplug scripts are shell scripts. */
#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void complain(const char *words)
{
	fprintf(stderr, "gridnixd-worker: %s\n", words);
}

/* Whether gridnixd has started us. */
static int prepare(struct gnx_err *err)
{
	int type = 0;
	socklen_t len = sizeof(type);

	if (getsockopt(MSG_FD, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_SEQPACKET)
		return gnx_fail(err, -EBADF, "is started by gridnixd");
	/* Hotplug scripts may leave something running, and gridnixd waits until all of these are
	 * closed. */
	if (close_range(MSG_FD, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return gnx_fail_errno(err, "close on exec");
	signal(SIGPIPE, SIG_IGN);
	return setenv("PATH", PATH, 1) < 0 ? gnx_fail_errno(err, "PATH") : 0;
}

/* 1: there is work; 0: there will be none. */
static int wait_for_work(struct msg_work *work, struct gnx_err *err)
{
	struct pollfd p = {.fd = MSG_FD, .events = POLLIN};
	struct wire w;
	int r;

	while ((r = wire_recv(MSG_FD, &w)) == 0)
		poll(&p, 1, -1);
	if (r == 1) {
		msg_get_work(&w, work);
		r = w.type == MSG_WORK && wire_end(&w) == 0 ? 1 : -GNX_E_SYNTAX;
	}
	if (r == -EPIPE)
		return 0;
	return r < 0 ? gnx_fail(err, r, "from gridnixd: %s", gnx_strerror(r)) : r;
}

/* That gridnixd has gone is no reason to stop. */
static void say(const struct wire *w)
{
	int r = wire_send(MSG_FD, w);

	if (r < 0)
		fprintf(stderr, "gridnixd-worker: to gridnixd: %s\n", gnx_strerror(r));
}

static void on_made(void *arg, int domid)
{
	struct wire w;

	(void)arg;
	wire_begin(&w, MSG_WORK_DOMAIN);
	wire_put_i64(&w, domid);
	say(&w);
}

static void say_end(int code, const struct gnx_err *err)
{
	char words[OPERATION_WORDS_MAX + 1] = "";
	struct wire w;

	if (code < 0)
		snprintf(words, sizeof(words), "%.*s", OPERATION_WORDS_MAX,
			*err->msg ? err->msg : gnx_strerror(code));
	wire_begin(&w, MSG_WORK_END);
	wire_put_i64(&w, code);
	wire_put_str(&w, words);
	say(&w);
}

static void on_signal(int number)
{
	(void)number;
}

/* What was begun is finished: half a domain is no use to anybody. Not ignored, for hotplug scripts,
 * and what they leave running, would inherit that. */
static void be_undisturbed(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	const struct sigaction nothing = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	for (size_t i = 0; i < GNX_LEN(signals); i++)
		sigaction(signals[i], &nothing, NULL);
}

/* xen may be NULL: it is tried again then, and the answer tells what is wrong. */
static void do_work(struct operate **xen, const struct msg_work *work)
{
	const struct operate_work w = {
		work->verb, &work->guest, work->value, work->domid, FILE_FD, on_made, NULL};
	struct gnx_err err = GNX_ERR_INIT;
	int r = *xen ? 0 : operate_open(complain, xen, &err);

	if (!r)
		r = operate_run(*xen, &w, &err);
	say_end(r, &err);
}

int main(void)
{
	static struct msg_work work;
	GNX_CLEAN(operate_close)
	struct operate *xen = NULL;
	struct gnx_err err = GNX_ERR_INIT;
	int r;

	if (prepare(&err) < 0) {
		complain(err.msg);
		return 2;
	}
	operate_open(complain, &xen, NULL);
	r = wait_for_work(&work, &err);
	if (r < 0) {
		complain(err.msg);
		return 1;
	}
	if (r) {
		be_undisturbed();
		do_work(&xen, &work);
	}
	return 0;
}
