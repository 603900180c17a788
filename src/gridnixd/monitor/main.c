/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd: its options, and the loop that looks and answers. See monitor.h. */
#include "base/clean.h"
#include "base/file.h"
#include "base/sock.h"
#include "gridnixd/monitor/config.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/ports.h"
#include "sim/sim.h"
#include "xen/observe/domains.h"

#include <getopt.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DNSMASQ	     "/usr/sbin/dnsmasq"
#define METRICS_MODE 0666 /* they are for everybody */

struct options {
	struct config config;
	const char *sim, *front, *worker, *console, *hooks;
	const char *rules, *rearm, *dnsmasq, *route_after;
	bool check, bridges;
};

static const char help[] =
	"usage: gridnixd [OPTION]...\n"
	"\n"
	"Sees every guest of this host, keeps a journal of what happens to them, and tells it by\n"
	"HTTP on a UNIX socket; gridnix(1) shows it. Runs in the foreground, as root, in dom0.\n"
	"\n"
	"  --config FILE  its configuration, with the files FILE.d/*.conf behind it\n"
	"                 (default: " CONFIG_FILE "; with --sim: none)\n"
	"  --check        look whether the configuration is right, and no more\n"
	"  --state DIR    where the journal is kept (default: /var/lib/gridnix)\n"
	"  --saves DIR    where guests' states are saved (default: saved in the state's)\n"
	"  --socket PATH  where clients connect (default: /run/gridnix/api.sock)\n"
	"  --guests DIR   files of guests that are defined at the start, unless they are already\n"
	"                 (default: /etc/gridnix/guests; with --sim: none)\n"
	"  --networks DIR files of networks that are defined at the start\n"
	"                 (default: /etc/gridnix/networks; with --sim: none)\n"
	"  --no-autostart guests are not started because the host was booted\n"
	"  --route-after FILE  nothing is passed on between networks before this file is there\n"
	"  --sim PATH     no Xen: a simulated host, which is told what happens on this socket\n"
	"  --bridges      with --sim, make networks' bridges nonetheless\n"
	"  --rules DIR    where the rules of nftables are that the daemon loads (default:\n"
	"                 " GNX_RULES ")\n"
	"  --rearm FILE   the program that makes the guard's sets (default: " GNX_REARM ";\n"
	"                 with --sim: none, and nothing is guarded)\n"
	"  --dnsmasq FILE  the program that tells guests their addresses (default:\n"
	"                 " DNSMASQ ")\n"
	"  --front FILE   the program that serves clients (default: " GNX_FRONT ")\n"
	"  --worker FILE  the program that does the work (default: " GNX_WORKER ";\n"
	"                 with --sim: none)\n"
	"  --console FILE the program that reads guests' consoles (default:\n"
	"                 " GNX_CONSOLE "; with --sim: none)\n"
	"  --hooks FILE   the program that runs hooks (default: " GNX_HOOKS ";\n"
	"                 with --sim: none)\n"
	"  --hooks-dir DIR  where hooks are (default: /etc/gridnix/hooks.d)\n"
	"  --help         this text\n"
	"  --version      the version\n";

/* 1: go on; 0: done; -EINVAL: said what is wrong. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'C'}, {"state", required_argument, NULL, 's'},
		{"saves", required_argument, NULL, 'd'}, {"socket", required_argument, NULL, 'S'},
		{"guests", required_argument, NULL, 'g'},
		{"networks", required_argument, NULL, 'N'},
		{"no-autostart", no_argument, NULL, 'n'}, {"bridges", no_argument, NULL, 'b'},
		{"route-after", required_argument, NULL, 'R'},
		{"rules", required_argument, NULL, 'r'}, {"rearm", required_argument, NULL, 'G'},
		{"dnsmasq", required_argument, NULL, 'q'},
		{"hooks-dir", required_argument, NULL, 'D'}, {"sim", required_argument, NULL, 'x'},
		{"front", required_argument, NULL, 'f'}, {"worker", required_argument, NULL, 'w'},
		{"console", required_argument, NULL, 'o'}, {"hooks", required_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'c')
			o->config.path = optarg;
		else if (c == 'C')
			o->check = true;
		else if (c == 's')
			config_give(&o->config, "state", "dir", optarg);
		else if (c == 'd')
			config_give(&o->config, "state", "saves", optarg);
		else if (c == 'S')
			config_give(&o->config, "socket", "path", optarg);
		else if (c == 'g')
			config_give(&o->config, "guests", "dir", optarg);
		else if (c == 'N')
			config_give(&o->config, "networks", "dir", optarg);
		else if (c == 'n')
			config_give(&o->config, "guests", "autostart", "no");
		else if (c == 'D')
			config_give(&o->config, "hooks", "dir", optarg);
		else if (c == 'R')
			o->route_after = optarg;
		else if (c == 'b')
			o->bridges = true;
		else if (c == 'q')
			o->dnsmasq = optarg;
		else if (c == 'r')
			o->rules = optarg;
		else if (c == 'G')
			o->rearm = optarg;
		else if (c == 'x')
			o->sim = optarg;
		else if (c == 'f')
			o->front = optarg;
		else if (c == 'w')
			o->worker = optarg;
		else if (c == 'o')
			o->console = optarg;
		else if (c == 'k')
			o->hooks = optarg;
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

/* Adds a socket to those that the front serves. */
static int listen_on(struct peer *f, const char *path, struct gnx_err *err)
{
	int r = gnx_listen(path, &f->given[f->given_len], err);

	f->given_len += !r;
	return r;
}

/* A path beside the clients' socket: given. */
static char *beside_socket(const struct settings *s, const char *name)
{
	int len = (int)(strrchr(s->socket_path, '/') - s->socket_path);

	return gnx_fmt("%.*s/%s", len, s->socket_path, name);
}

/* The clients' socket, root's alone at first, and those for metrics, which are for everybody. */
static int listen_all(struct peer *f, const struct settings *s, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *dir = gnx_dup(s->socket_path);
	GNX_CLEAN(gnx_free)
	char *metrics = beside_socket(s, "metrics.sock");
	int r;

	*strrchr(dir, '/') = '\0';
	r = *dir ? gnx_mkdirs(dir, err) : 0;
	if (!r)
		r = listen_on(f, s->socket_path, err);
	if (!r)
		r = config_apply_socket(s, err);
	if (!r)
		r = listen_on(f, metrics, err);
	if (!r && chmod(metrics, METRICS_MODE) < 0)
		r = gnx_fail_errno(err, "%s", metrics);
	if (!r && s->metrics_port) {
		r = gnx_listen_local((uint16_t)s->metrics_port, &f->given[f->given_len], err);
		f->given_len += !r;
	}
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

static const enum msg front_questions[] = {MSG_ASK_HOST, MSG_ASK_GUESTS, MSG_ASK_EVENTS,
	MSG_ASK_DEFINE, MSG_ASK_UNDEFINE, MSG_ASK_DEFINITION, MSG_ASK_DO, MSG_ASK_OPERATION,
	MSG_ASK_HOOKS, MSG_ASK_DEAD, MSG_ASK_REPLAY, MSG_ASK_CONSOLE, MSG_ASK_STATS,
	MSG_ASK_HOST_STATS, MSG_ASK_NETWORK_DEFINE, MSG_ASK_NETWORKS, MSG_ASK_NETWORK_DELETE,
	MSG_ASK_LEASES, MSG_ASK_GUARD, MSG_ASK_FIREWALL_DEFINE, MSG_ASK_FIREWALLS,
	MSG_ASK_FIREWALL_DELETE, MSG_ASK_TRAFFIC, MSG_ASK_NET, 0};
static const enum msg hooks_questions[] = {MSG_ASK_EVENTS, MSG_ASK_WAITING, MSG_ASK_PLAN,
	MSG_ASK_LOST, MSG_ASK_DELIVERED, MSG_ASK_FAILED, 0};

/* Who the peers are, and what they may ask. */
static void name_peers(struct monitor *m, const struct options *o)
{
	/* A simulated host is for tests, which need not be root. */
	bool root = geteuid() == 0;

	m->front = (struct peer){.name = "front",
		.path = o->front,
		.user = root ? "_gridnix" : NULL,
		.fd = -1,
		.asks = front_questions,
		.lost = ports_lost};
	m->hooks = (struct peer){.name = "hooks' process",
		.path = o->hooks || o->sim ? o->hooks : GNX_HOOKS,
		.user = root ? "_gnxhook" : NULL,
		.dir = m->settings.hooks_dir,
		.fd = -1,
		/* What it takes to start a program as another user, and to end it. */
		.caps = root ? 1 << CAP_SETUID | 1 << CAP_SETGID | 1 << CAP_KILL : 0,
		.asks = hooks_questions,
		.take = hooks_take,
		.lost = hooks_lost};
}

void monitor_look(struct monitor *m)
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
		consoles_looked(m);
		look_around(m);
	}
}

static void on_host(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	int r = m->host.ops->drain(m->host.self);

	(void)fd, (void)what;
	/* Looks go on, and it is tried again at each. */
	if (r < 0) {
		fprintf(stderr, "gridnixd: the host cannot be watched: %s\n", gnx_strerror(r));
		event_free(m->watch);
		m->watch = NULL;
	}
	if (r || !devices_look(m))
		monitor_look(m);
}

static void watch_host(struct monitor *m)
{
	static bool said;
	struct gnx_err err = GNX_ERR_INIT;
	int r = m->host.ops->watch(m->host.self, &err);

	/* What lasts is said once. */
	if (r < 0 && !said)
		fprintf(stderr, "gridnixd: the host cannot be watched: %s\n", err.msg);
	said = r < 0;
	if (r < 0)
		return;
	m->watch =
		event_new(m->base, m->host.ops->fd(m->host.self), EV_READ | EV_PERSIST, on_host, m);
	event_add(m->watch, NULL);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;

	(void)fd, (void)what;
	if (!m->watch)
		watch_host(m);
	monitor_look(m);
}

static void set_interval(struct monitor *m)
{
	uint32_t ms = m->settings.guests_interval;
	const struct timeval every = {ms / 1000, ms % 1000 * 1000};

	event_add(m->timer, &every);
}

static void waits(const char *section, const char *key)
{
	fprintf(stderr, "gridnixd: [%s] %s: changes when gridnixd is restarted\n", section, key);
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	struct settings now;
	struct gnx_err err = GNX_ERR_INIT;

	(void)fd, (void)what;
	if (config_load(m->config, &now, &err) < 0) {
		fprintf(stderr, "gridnixd: %s; the configuration stays as it was\n", err.msg);
		return;
	}
	settings_reload(&m->settings, &now, waits);
	set_interval(m);
	m->sweep_ms = 0; /* the time that it waits may be another */
	if (config_apply_socket(&m->settings, &err) < 0)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	fputs("gridnixd: the configuration was read again\n", stderr);
}

static int monitor_open(struct monitor *m, const struct options *o, struct gnx_err *err)
{
	const struct settings *s = &m->settings;
	int r = gnx_mkdirs(s->state_dir, err);

	m->started_ms = monitor_ms();
	m->guests = guests_new();
	m->devices = device_table_new();
	m->all_devices = true;
	m->networks.bridges = o->bridges || !o->sim;
	m->routing.rules = o->rules;
	m->routing.after = o->route_after;
	m->routing.record = beside_socket(s, "forwarding");
	m->serving.program = o->dnsmasq;
	m->serving.dir = beside_socket(s, "dnsmasq");
	m->base = event_base_new();
	if (!m->base)
		return gnx_fail(err, -ENOMEM, "no event loop");
	m->soon = evtimer_new(m->base, on_soon, m);
	m->timer = event_new(m->base, -1, EV_PERSIST, on_timer, m);
	set_interval(m);
	m->reload = evsignal_new(m->base, SIGHUP, on_reload, m);
	event_add(m->reload, NULL);
	/* A simulated host is for tests, which need not be root. */
	name_peers(m, o);
	if (!r)
		r = read_boot_id(m->boot_id, err);
	if (!r)
		r = saved_init(m, err);
	if (!r)
		r = state_open(s->state_dir, &m->state, err);
	if (!r)
		r = workers_init(&m->workers, m->base, o->worker || o->sim ? o->worker : GNX_WORKER,
			s->state_dir, err);
	if (!r)
		r = consoles_init(
			m, o->console || o->sim ? o->console : GNX_CONSOLE, s->state_dir, err);
	if (!r)
		r = o->sim ? sim_open(o->sim, &m->host, err) : domains_open(&m->host, err);
	if (!r) {
		watch_host(m);
		r = look_begin(m, err);
	}
	if (!r)
		r = traffic_load(m, err);
	if (!r && (o->rearm || !o->sim))
		guarding_begin(m, o->rearm ? o->rearm : GNX_REARM);
	if (!r)
		r = listen_all(&m->front, s, err);
	if (!r)
		workers_refill(&m->workers);
	if (!r)
		r = consoles_start(m, err);
	if (!r)
		r = peer_start(m, &m->hooks, err);
	return r ? r : peer_start(m, &m->front, err);
}

static void monitor_done(struct monitor *m)
{
	struct event *events[] = {m->soon, m->timer, m->reload, m->watch};

	peer_done(&m->front);
	peer_done(&m->hooks);
	hooks_done(m);
	consoles_done(m);
	operate_done(m);
	traffic_done(m);
	guarding_done(m);
	workers_done(&m->workers);
	writes_end(m);
	look_done(m);
	defined_done(&m->defined);
	networks_done(&m->networks);
	routing_done(&m->routing);
	firewalls_done(&m->firewalls);
	serving_done(&m->serving);
	free(m->boot.entries);
	free(m->saves);
	for (size_t i = 0; i < GNX_LEN(events); i++)
		if (events[i])
			event_free(events[i]);
	if (m->host.ops)
		m->host.ops->close(m->host.self);
	state_close(&m->state);
	guests_free(&m->guests);
	device_table_free(&m->devices);
	if (m->base)
		event_base_free(m->base);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_base_loopexit(arg, NULL);
}

/* Until a signal ends it. */
static void run(struct monitor *m)
{
	struct event *events[] = {evsignal_new(m->base, SIGTERM, on_signal, m->base),
		evsignal_new(m->base, SIGINT, on_signal, m->base)};

	for (size_t i = 0; i < GNX_LEN(events); i++)
		event_add(events[i], NULL);
	event_base_dispatch(m->base);
	for (size_t i = 0; i < GNX_LEN(events); i++)
		event_free(events[i]);
}

int main(int argc, char **argv)
{
	struct options o = {.front = GNX_FRONT, .rules = GNX_RULES, .dnsmasq = DNSMASQ};
	GNX_CLEAN(monitor_done)
	struct monitor m = {.front.fd = -1,
		.hooks.fd = -1,
		.workers.left = -1,
		.consoles.fd = -1,
		.consoles.logs.dir = -1};
	struct gnx_err err = GNX_ERR_INIT;
	int r = parse(argc, argv, &o);

	if (r <= 0)
		return r < 0 ? 2 : 0;
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN); /* until it can be answered: nobody means to end us by it */
	o.config.none = o.sim && !o.config.path;
	m.config = &o.config;
	r = config_load(m.config, &m.settings, &err);
	if (!r && o.check)
		return 0;
	if (!r)
		r = monitor_open(&m, &o, &err);
	if (r < 0) {
		fprintf(stderr, "gridnixd: %s\n", err.msg);
		return 1;
	}
	run(&m);
	return 0;
}
