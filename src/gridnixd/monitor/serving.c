/* SPDX-License-Identifier: BSD-3-Clause */
/* Each network's dnsmasq: see serving.h. */
#include "gridnixd/monitor/serving.h"

#include "base/clean.h"
#include "base/file.h"
#include "gridnixd/monitor/monitor.h"
#include "jail/role.h"
#include "net/bridge.h"
#include "net/served.h"

#include <linux/capability.h>
#include <net/if.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define USER	    "_gnxdns"
#define SOON_MS	    100	  /* changes that follow each other are taken together */
#define WELL_MS	    10000 /* one that ran for so long is well */
#define RESTART_MS  1000
#define RESTARTS_MS 30000 /* when it ends again and again */
#define WORDS_MAX   159

/* One network's. */
struct served {
	struct monitor *m;
	char network[NETWORK_NAME_MAX + 1];
	struct gnx_buf conf, dhcp, hosts; /* as they are on disk */
	unsigned int bridge;		  /* index of the interface that it was started for */
	pid_t pid;			  /* 0: it does not run */
	int pidfd;
	struct event *ended;
	unsigned soon; /* how often it has ended early, one after the other */
	int64_t began_ms, next_ms;
	char words[WORDS_MAX + 1]; /* why it does not run; "": it does */
};

/* --- One process */

static void reap(struct served *s)
{
	if (s->ended)
		event_free(s->ended);
	s->ended = NULL;
	if (s->pid)
		waitpid(s->pid, NULL, 0);
	gnx_close(&s->pidfd);
	s->pidfd = -1;
	s->pid = 0;
}

static void stop(struct served *s)
{
	if (s->pid)
		kill(s->pid, SIGKILL);
	reap(s);
}

static void say(struct served *s, const char *words)
{
	if (!strcmp(s->words, words))
		return;
	snprintf(s->words, sizeof(s->words), "%.*s", WORDS_MAX, words);
	if (*words)
		fprintf(stderr, "gridnixd: network %s: %s\n", s->network, words);
}

static void failed(struct served *s, const char *words)
{
	int64_t now = monitor_ms(), wait = RESTART_MS << (s->soon < 5 ? s->soon : 5);

	s->soon = now - s->began_ms < WELL_MS ? s->soon + 1 : 0;
	s->next_ms = now + (wait < RESTARTS_MS ? wait : RESTARTS_MS);
	say(s, words);
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct served *s = arg;

	(void)fd, (void)what;
	reap(s);
	failed(s, "dnsmasq has ended; gridnixd's log has its words, and it is started again");
	serving_news(s->m);
}

static void start(struct served *s, unsigned int bridge)
{
	const struct serving *all = &s->m->serving;
	GNX_CLEAN(gnx_free)
	char *conf = gnx_fmt("--conf-file=%s/%s.conf", all->dir, s->network);
	char *const argv[] = {"dnsmasq", "--keep-in-foreground", conf, NULL};
	/* A simulated host is for tests, which need not be root. */
	const bool root = geteuid() == 0;
	const struct jail_role role = {.path = all->program,
		.argv = argv,
		.tied = true,
		.user = root ? USER : NULL,
		.caps = root ? 1 << CAP_NET_ADMIN | 1 << CAP_NET_RAW | 1 << CAP_NET_BIND_SERVICE
			     : 0};
	struct gnx_err err = GNX_ERR_INIT;

	s->began_ms = monitor_ms();
	s->bridge = bridge;
	if (access(all->program, X_OK) < 0) {
		failed(s, "there is no dnsmasq: apt install dnsmasq-base");
		return;
	}
	if (jail_role_start(&role, &s->pid, &err) < 0) {
		s->pid = 0;
		failed(s, err.msg);
		return;
	}
	s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (s->pidfd < 0) {
		stop(s);
		failed(s, "dnsmasq can't be watched");
		return;
	}
	s->ended = event_new(s->m->base, s->pidfd, EV_READ, on_ended, s);
	event_add(s->ended, NULL);
}

/* --- What it is told */

static char *path_of(const struct served *s, const char *suffix)
{
	return gnx_fmt("%s/%s.%s", s->m->serving.dir, s->network, suffix);
}

static int write_file(
	const struct served *s, const char *suffix, const struct gnx_buf *text, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = path_of(s, suffix);

	return gnx_file_write(path, text->data, text->len, err);
}

/* An interface of a guest that is on a network. */
struct on {
	uint8_t uuid[GUEST_UUID];
	uint32_t vif;
	uint8_t mac[6];
	char name[GUEST_NAME_MAX + 1];
};

/* Those of all networks; by UUID and number. */
struct ons {
	struct on *items;
	size_t len;
};

static void take_definition(void *arg, const struct definition *d, enum state_want want)
{
	struct ons *all = arg;

	(void)want;
	for (size_t i = 0; i < d->vifs_len; i++) {
		struct on *o;

		if (!*d->vifs[i].network)
			continue;
		all->items = gnx_room(all->items, all->len, sizeof(*o));
		o = &all->items[all->len++];
		o->vif = (uint32_t)i;
		memcpy(o->uuid, d->uuid, sizeof(o->uuid));
		memcpy(o->mac, d->vifs[i].mac, sizeof(o->mac));
		strcpy(o->name, d->name);
	}
}

static int compare(const void *a, const void *b)
{
	const struct on *x = a, *y = b;
	int order = memcmp(x->uuid, y->uuid, GUEST_UUID);

	return order ? order : (x->vif > y->vif) - (x->vif < y->vif);
}

static void write_hosts(const struct monitor *m, const struct network *n, const struct ons *on,
	struct gnx_buf *dhcp, struct gnx_buf *hosts)
{
	const struct leases *l = &m->networks.leases;

	for (size_t i = 0; on->len && i < l->len; i++) {
		struct on key = {.vif = l->items[i].vif};
		const struct on *o;

		memcpy(key.uuid, l->items[i].uuid, GUEST_UUID);
		if (strcmp(l->items[i].network, n->name) != 0)
			continue;
		o = bsearch(&key, on->items, on->len, sizeof(key), compare);
		if (o)
			served_host(n, &l->items[i], o->mac, o->name, dhcp, hosts);
	}
}

static bool same(const struct gnx_buf *a, const struct gnx_buf *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

static void replace(struct gnx_buf *old, struct gnx_buf *now)
{
	gnx_buf_done(old);
	*old = *now;
	*now = (struct gnx_buf){0};
}

/* Writes what has changed. Whether it has to be started anew: 1; is to read its hosts again: 2. */
static int write_files(struct served *s, struct gnx_buf *conf, struct gnx_buf *dhcp,
	struct gnx_buf *hosts, struct gnx_err *err)
{
	int what = !same(&s->conf, conf) ||
			!served_grown(
				s->dhcp.data ? s->dhcp.data : "", dhcp->data ? dhcp->data : "")
		? 1
		: !same(&s->dhcp, dhcp) || !same(&s->hosts, hosts) ? 2
								   : 0;
	int r = what ? write_file(s, "dhcp", dhcp, err) : 0;

	if (!r && what)
		r = write_file(s, "hosts", hosts, err);
	if (!r && what)
		r = write_file(s, "conf", conf, err);
	if (r < 0)
		return r;
	replace(&s->conf, conf);
	replace(&s->dhcp, dhcp);
	replace(&s->hosts, hosts);
	return what;
}

static int make_dir(struct serving *g, struct gnx_err *err)
{
	const struct passwd *user = geteuid() == 0 ? getpwnam(USER) : NULL;
	int r = gnx_mkdirs(g->dir, err);

	if (r < 0)
		return r;
	return chmod(g->dir, 0750) < 0 || (user && chown(g->dir, 0, user->pw_gid) < 0)
		? gnx_fail_errno(err, "%s", g->dir)
		: 0;
}

static int tell(
	struct served *s, const struct network *n, const struct ons *on, struct gnx_err *err)
{
	struct monitor *m = s->m;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf conf = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf dhcp = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf hosts = {0};
	int r = make_dir(&m->serving, err);

	if (r < 0)
		return r;
	served_conf(n, m->serving.dir, &conf);
	write_hosts(m, n, on, &dhcp, &hosts);
	return write_files(s, &conf, &dhcp, &hosts, err);
}

static int find_ons(const struct monitor *m, struct ons *out, struct gnx_err *err)
{
	int r = state_definitions(m->state, take_definition, out, err);

	if (out->len)
		qsort(out->items, out->len, sizeof(*out->items), compare);
	return r;
}

/* --- All of them */

static void drop(struct serving *g, size_t i)
{
	static const char *const suffixes[] = {"conf", "dhcp", "hosts"};
	struct served *s = g->items[i];

	stop(s);
	for (size_t n = 0; n < GNX_LEN(suffixes); n++) {
		GNX_CLEAN(gnx_free)
		char *path = path_of(s, suffixes[n]);

		unlink(path);
	}
	gnx_buf_done(&s->conf);
	gnx_buf_done(&s->dhcp);
	gnx_buf_done(&s->hosts);
	free(s);
	g->items[i] = g->items[--g->len];
}

void serving_done(struct serving *g)
{
	while (g->len)
		drop(g, 0);
	free(g->items);
	free(g->dir);
	if (g->soon)
		event_free(g->soon);
	*g = (struct serving){0};
}

static struct served *find(const struct serving *g, const char *network)
{
	for (size_t i = 0; i < g->len; i++)
		if (!strcmp(g->items[i]->network, network))
			return g->items[i];
	return NULL;
}

const char *serving_words(const struct serving *g, const char *network)
{
	const struct served *s = find(g, network);

	return s ? s->words : "";
}

static struct served *add(struct monitor *m, const char *network)
{
	struct serving *g = &m->serving;
	struct served *s = gnx_alloc(sizeof(*s));

	*s = (struct served){.m = m, .pidfd = -1};
	strcpy(s->network, network);
	g->items = gnx_room(g->items, g->len, sizeof(struct served *));
	g->items[g->len++] = s;
	return s;
}

/* The index of its bridge; 0: there is none, or somebody else's of the name, who is not served. */
static unsigned int bridge_of(struct monitor *m, const struct network *n)
{
	return networks_netlink(m, NULL) == 0 && bridge_there(&m->networks.nl, n, NULL) == 1
		? if_nametoindex(n->bridge)
		: 0;
}

/* on: what it is to be told; NULL: what it was. */
static int keep(
	struct monitor *m, const struct network *n, const struct ons *on, struct gnx_err *err)
{
	struct served *s = find(&m->serving, n->name);
	unsigned int bridge = bridge_of(m, n);
	int what = 0;

	if (!s)
		s = add(m, n->name);
	if (on)
		what = tell(s, n, on, err);
	if (what < 0) {
		failed(s, err->msg);
		return what;
	}
	if (s->pid && (what == 1 || s->bridge != bridge))
		stop(s);
	else if (s->pid && what == 2)
		kill(s->pid, SIGHUP);
	if (!s->pid && bridge && (what == 1 || monitor_ms() >= s->next_ms))
		start(s, bridge);
	if (s->pid && monitor_ms() - s->began_ms >= RESTART_MS)
		say(s, "");
	return 0;
}

static void drop_others(struct monitor *m)
{
	struct serving *g = &m->serving;

	for (size_t i = g->len; i--;) {
		const struct network *n = networks_find(&m->networks, g->items[i]->network);

		if (!n || !n->dhcp)
			drop(g, i);
	}
}

static int keep_all(struct monitor *m, struct gnx_err *err)
{
	const bool stale = m->serving.stale;
	struct ons on = {0};
	int r = stale ? find_ons(m, &on, err) : 0;

	for (size_t i = 0; r >= 0 && i < m->networks.len; i++) {
		const struct network *n = &m->networks.items[i].network;

		if (n->dhcp)
			r = keep(m, n, stale ? &on : NULL, err);
	}
	free(on.items);
	return r;
}

void serving_look(struct monitor *m)
{
	struct serving *g = &m->serving;
	struct gnx_err err = GNX_ERR_INIT;
	int64_t now = monitor_ms();
	int r;

	if (!m->networks.bridges || now < g->next_ms)
		return;
	drop_others(m);
	r = keep_all(m, &err);
	/* With many guests this takes its time: at most a tenth of the daemon's. */
	if (g->stale)
		g->next_ms = now + 10 * (monitor_ms() - now) + (r < 0 ? RESTART_MS : 0);
	g->stale = r < 0;
}

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	serving_look(arg);
}

void serving_news(struct monitor *m)
{
	static const struct timeval soon = {SOON_MS / 1000, SOON_MS % 1000 * 1000};
	struct serving *g = &m->serving;
	bool some = g->len;

	for (size_t i = 0; !some && i < m->networks.len; i++)
		some = m->networks.items[i].network.dhcp;
	if (!m->networks.bridges || !some)
		return;
	g->stale = true;
	if (!g->soon)
		g->soon = evtimer_new(m->base, on_soon, m);
	if (!event_pending(g->soon, EV_TIMEOUT, NULL))
		event_add(g->soon, &soon);
}
