/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd: its options, and the loop that looks and answers. See monitor.h. */
#include "base/clean.h"
#include "base/file.h"
#include "base/sock.h"
#include "gridnixd/monitor/monitor.h"
#include "sim/sim.h"
#include "xen/observe/domains.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_MODE 0660
#define GUESTS	    "/etc/gridnix/guests"

struct options {
	const char *state, *socket, *sim, *front, *worker, *guests;
	bool no_autostart;
};

static const char help[] =
	"usage: gridnixd [OPTION]...\n"
	"\n"
	"Sees every guest of this host, keeps a journal of what happens to them, and tells it by\n"
	"HTTP on a UNIX socket; gridnix(1) shows it. Runs in the foreground, as root, in dom0.\n"
	"\n"
	"  --state DIR    where the journal is kept (default: /var/lib/gridnix)\n"
	"  --socket PATH  where clients connect (default: /run/gridnix/api.sock)\n"
	"  --guests DIR   files of guests that are defined at the start, unless they are already\n"
	"                 (default: " GUESTS "; with --sim: none)\n"
	"  --no-autostart guests are not started because the host was booted\n"
	"  --sim PATH     no Xen: a simulated host, which is told what happens on this socket\n"
	"  --front FILE   the program that serves clients (default: " GNX_FRONT ")\n"
	"  --worker FILE  the program that does the work (default: " GNX_WORKER ";\n"
	"                 with --sim: none)\n"
	"  --help         this text\n"
	"  --version      the version\n";

/* 1: go on; 0: done; -EINVAL: said what is wrong. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {{"state", required_argument, NULL, 's'},
		{"socket", required_argument, NULL, 'S'}, {"sim", required_argument, NULL, 'x'},
		{"guests", required_argument, NULL, 'g'}, {"no-autostart", no_argument, NULL, 'n'},
		{"front", required_argument, NULL, 'f'}, {"worker", required_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 's')
			o->state = optarg;
		else if (c == 'S')
			o->socket = optarg;
		else if (c == 'x')
			o->sim = optarg;
		else if (c == 'f')
			o->front = optarg;
		else if (c == 'w')
			o->worker = optarg;
		else if (c == 'g')
			o->guests = optarg;
		else if (c == 'n')
			o->no_autostart = true;
		else if (c == 'h' || c == 'v') {
			fputs(c == 'h' ? help : "gridnixd " GNX_VERSION "\n", stdout);
			return 0;
		} else {
			return -EINVAL;
		}
	}
	if (optind == argc)
		return 1;
	fprintf(stderr, "gridnixd: %s: there is nothing to name here; see --help\n", argv[optind]);
	return -EINVAL;
}

/* The clients' socket, for root and its group. */
static int listen_on(const char *path, int *fd_out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *dir = gnx_dup(path);
	char *slash = strrchr(dir, '/');
	int r = 0;

	if (slash && slash != dir) {
		*slash = '\0';
		r = gnx_mkdirs(dir, err);
	}
	if (!r)
		r = gnx_listen(path, fd_out, err);
	if (!r && chmod(path, SOCKET_MODE) < 0)
		r = gnx_fail_errno(err, "%s", path);
	return r;
}

static int read_boot_id(char out[GUEST_UUID_TEXT], struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = gnx_file_read("/proc/sys/kernel/random/boot_id", 256, &text, err);

	if (r < 0)
		return r;
	snprintf(out, GUEST_UUID_TEXT, "%s", gnx_trim(text.data));
	return 0;
}

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	operate_looked(arg);
}

void monitor_soon(struct monitor *m)
{
	static const struct timeval now;

	event_add(m->soon, &now);
}

static int monitor_open(struct monitor *m, const struct options *o, struct gnx_err *err)
{
	int r = gnx_mkdirs(o->state, err);

	m->started_ms = monitor_ms();
	m->definitions = o->guests || o->sim ? o->guests : GUESTS;
	m->autostart = !o->no_autostart;
	m->guests = guests_new();
	m->base = event_base_new();
	if (!m->base)
		return gnx_fail(err, -ENOMEM, "no event loop");
	m->soon = evtimer_new(m->base, on_soon, m);
	m->front.path = o->front;
	/* A simulated host is for tests, which need not be root. */
	m->front.user = geteuid() == 0 ? "_gridnix" : NULL;
	if (!r)
		r = read_boot_id(m->boot_id, err);
	if (!r)
		r = state_open(o->state, &m->state, err);
	if (!r)
		r = workers_init(&m->workers, m->base, o->worker || o->sim ? o->worker : GNX_WORKER,
			o->state, err);
	if (!r)
		r = o->sim ? sim_open(o->sim, &m->host, err) : domains_open(&m->host, err);
	if (!r)
		r = look_begin(m, err);
	if (!r)
		r = listen_on(o->socket, &m->front.listener, err);
	if (!r)
		workers_refill(&m->workers);
	return r ? r : front_start(m, err);
}

static void monitor_done(struct monitor *m)
{
	front_done(m);
	operate_done(m);
	workers_done(&m->workers);
	look_done(m);
	defined_done(&m->defined);
	free(m->boot.entries);
	if (m->soon)
		event_free(m->soon);
	if (m->host.ops)
		m->host.ops->close(m->host.self);
	state_close(&m->state);
	guests_free(&m->guests);
	if (m->base)
		event_base_free(m->base);
}

static void look_now(struct monitor *m)
{
	static bool said;
	struct gnx_err err = GNX_ERR_INIT;
	int r = look(m, &err);

	/* What lasts is said once. */
	if (r < 0 && !said)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	said = r < 0;
	if (r == 0) {
		operate_looked(m);
		keep_looked(m);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	look_now(arg);
}

static void on_host(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	int r = m->host.ops->drain(m->host.self);

	(void)fd, (void)what;
	if (r < 0) {
		fprintf(stderr, "gridnixd: the host cannot be watched: %s\n", gnx_strerror(r));
		event_base_loopbreak(m->base);
	}
	look_now(m);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_base_loopexit(arg, NULL);
}

/* Until a signal ends it, 0, or the host cannot be watched any more. */
static int run(struct monitor *m)
{
	static const struct timeval every = {LOOK_MS / 1000, LOOK_MS % 1000 * 1000};
	struct event *events[] = {
		event_new(m->base, m->host.ops->fd(m->host.self), EV_READ | EV_PERSIST, on_host, m),
		event_new(m->base, -1, EV_PERSIST, on_timer, m),
		evsignal_new(m->base, SIGTERM, on_signal, m->base),
		evsignal_new(m->base, SIGINT, on_signal, m->base)};

	for (size_t i = 0; i < GNX_LEN(events); i++)
		event_add(events[i], i == 1 ? &every : NULL);
	event_base_dispatch(m->base);
	for (size_t i = 0; i < GNX_LEN(events); i++)
		event_free(events[i]);
	return event_base_got_break(m->base) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options o = {
		.state = "/var/lib/gridnix", .socket = "/run/gridnix/api.sock", .front = GNX_FRONT};
	GNX_CLEAN(monitor_done)
	struct monitor m = {.front.fd = -1, .front.listener = -1, .workers.left = -1};
	struct gnx_err err = GNX_ERR_INIT;
	int r = parse(argc, argv, &o);

	if (r <= 0)
		return r < 0 ? 2 : 0;
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	r = monitor_open(&m, &o, &err);
	if (r < 0) {
		fprintf(stderr, "gridnixd: %s\n", err.msg);
		return 1;
	}
	return run(&m);
}
