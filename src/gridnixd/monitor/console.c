/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' consoles, as far as root is needed: see console.h. */
#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "jail/role.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define RESTART_MS  1000
#define TRIES_QUICK 20	 /* one at each look */
#define RETRY_MS    5000 /* between two tries, later on */
#define CLOSED_MS   1000 /* a terminal that has gone is not opened again at once */
#define FILES	    4096 /* descriptors: the lock of each console is one */

static struct console *find(const struct consoles *all, const uint8_t uuid[GUEST_UUID])
{
	size_t low = 0, high = all->len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (memcmp(all->items[middle].uuid, uuid, GUEST_UUID) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < all->len && !memcmp(all->items[low].uuid, uuid, GUEST_UUID) ? &all->items[low]
										 : NULL;
}

static void free_items(struct consoles *all)
{
	for (size_t i = 0; i < all->len; i++) {
		console_unlock(all->items[i].lock_path, &all->items[i].lock);
		free(all->items[i].lock_path);
	}
	free(all->items);
}

static bool needed(void *arg, const uint8_t uuid[GUEST_UUID])
{
	return find(arg, uuid);
}

/* Ends it, if need be for good. Who reads its clients' terminals is told again. */
static void end(struct consoles *all)
{
	if (all->reading)
		event_free(all->reading);
	all->reading = NULL;
	gnx_close(&all->fd);
	all->fd = -1;
	if (all->pid) {
		kill(all->pid, SIGKILL);
		waitpid(all->pid, NULL, 0);
	}
	all->pid = 0;
	for (size_t i = 0; i < all->len; i++)
		all->items[i].open = false;
}

static void lost(struct monitor *m, const char *why)
{
	static const struct timeval delay = {RESTART_MS / 1000, RESTART_MS % 1000 * 1000};

	fprintf(stderr, "gridnixd: gridnixd-console %s; it is started again\n", why);
	end(&m->consoles);
	degraded_ended(m, &m->consoles.restarts, "consoles' process");
	event_add(m->consoles.restart, &delay);
}

static void again(evutil_socket_t fd, short what, void *arg)
{
	struct gnx_err err = GNX_ERR_INIT;

	(void)fd, (void)what;
	if (consoles_start(arg, &err) < 0)
		lost(arg, err.msg);
}

static int take_closed(struct monitor *m, struct wire *w)
{
	uint8_t uuid[GUEST_UUID];
	uint64_t incarnation;
	struct console *c;

	wire_get_bytes(w, uuid, sizeof(uuid));
	incarnation = wire_get_u64(w);
	if (wire_end(w) < 0)
		return -GNX_E_SYNTAX;
	c = find(&m->consoles, uuid);
	if (c && c->incarnation == incarnation) {
		c->open = false;
		c->tries = 0;
		c->retry_ms = monitor_ms() + CLOSED_MS;
	}
	return 0;
}

static int take_lines(struct monitor *m, struct wire *w)
{
	char lines[MSG_LINES_MAX + 1];
	uint8_t uuid[GUEST_UUID];

	wire_get_bytes(w, uuid, sizeof(uuid));
	wire_get_str(w, lines, sizeof(lines));
	for (const char *p = lines; *p; p++)
		if ((*p < ' ' || *p > '~') && *p != '\n')
			return -GNX_E_SYNTAX;
	if (wire_end(w) < 0)
		return -GNX_E_SYNTAX;
	crash_lines(m, uuid, lines);
	return 0;
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	struct wire w;
	int r;

	(void)what;
	while ((r = wire_recv(fd, &w)) == 1) {
		r = w.type == MSG_CONSOLE_CLOSED      ? take_closed(m, &w)
			: w.type == MSG_CONSOLE_LINES ? take_lines(m, &w)
						      : -GNX_E_SYNTAX;
		if (r < 0)
			break;
	}
	if (r < 0)
		lost(m, r == -EPIPE ? "has ended" : "says what it cannot say");
}

int consoles_start(struct monitor *m, struct gnx_err *err)
{
	struct consoles *all = &m->consoles;
	int ends[2], r;

	if (!all->path)
		return 0;
	all->restarts.began_ms = monitor_ms();
	if (!all->restart)
		all->restart = evtimer_new(m->base, again, m);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return gnx_fail_errno(err, "socketpair");

	const struct jail_role role = {
		.path = all->path, .user = all->user, .fds = {ends[1]}, .fds_len = 1};

	r = jail_role_start(&role, &all->pid, err);
	close(ends[1]);
	all->fd = ends[0];
	if (r < 0) {
		end(all);
		return r;
	}
	all->limit = 0;
	all->reading = event_new(m->base, all->fd, EV_READ | EV_PERSIST, readable, m);
	event_add(all->reading, NULL);
	return 0;
}

static void look_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	monitor_look(arg);
}

int consoles_init(struct monitor *m, const char *path, const char *dir, struct gnx_err *err)
{
	struct consoles *all = &m->consoles;
	struct rlimit files;

	*all = (struct consoles){.path = path, .user = m->front.user, .fd = -1, .logs.dir = -1};
	if (!path)
		return 0;
	all->crashed = evtimer_new(m->base, look_again, m);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES) {
		files.rlim_cur = files.rlim_max < FILES ? files.rlim_max : FILES;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	return console_logs_open(&all->logs, dir, err);
}

void consoles_done(struct monitor *m)
{
	struct consoles *all = &m->consoles;

	end(all);
	free_items(all);
	free(all->crashes);
	if (all->restart)
		event_free(all->restart);
	if (all->crashed)
		event_free(all->crashed);
	console_logs_done(&all->logs);
}

/* Sends what is to be sent, or nothing when it is too busy: its reader does not wait for us. */
static int send_to(struct consoles *all, const struct wire *w, const int *fds, size_t n)
{
	struct wire limit;

	if (all->limit != all->logs.limit) {
		wire_begin(&limit, MSG_CONSOLE_LIMIT);
		wire_put_u64(&limit, all->logs.limit);
		if (wire_send(all->fd, &limit) == 0)
			all->limit = all->logs.limit;
	}
	return wire_send_fds(all->fd, w, fds, n);
}

static int get_log(struct consoles *all, const uint8_t uuid[GUEST_UUID], bool make, int *fd_out,
	struct gnx_err *err)
{
	return console_logs_get(&all->logs, uuid, make, needed, all, fd_out, err);
}

/* Opens a console and hands it on. */
static int hand_on(struct monitor *m, struct console *c, const char *name, struct gnx_err *err)
{
	struct consoles *all = &m->consoles;
	GNX_CLEAN(gnx_close)
	int tty = -1;
	GNX_CLEAN(gnx_close)
	int log = -1;
	struct host_console where;
	struct wire w;
	int r = m->host.ops->console(m->host.self, c->domid, &where);

	if (r < 0)
		return r;
	c->holder = 0;
	if (c->lock < 0) {
		r = console_lock(where.lock, name, &c->lock, &c->holder, err);
		c->lock_path = r ? NULL : gnx_dup(where.lock);
	}
	if (!r)
		r = console_tty(where.tty, &tty, err);
	if (!r)
		r = get_log(all, c->uuid, true, &log, err);
	if (r < 0)
		return r;
	wire_begin(&w, MSG_CONSOLE_OPEN);
	wire_put_bytes(&w, c->uuid, sizeof(c->uuid));
	wire_put_u64(&w, c->incarnation);
	wire_put_u8(&w, c->fresh);
	wire_put_u64(&w, all->logs.limit);
	r = send_to(all, &w, (int[]){tty, log}, 2);
	c->open = r == 0;
	c->fresh = c->fresh && r < 0;
	return r;
}

/* Says why one cannot be opened, once for each; what comes by itself needs no words. */
static void try_one(struct monitor *m, struct console *c, const char *name)
{
	struct gnx_err err = GNX_ERR_INIT;
	int r;

	if (c->open || m->consoles.fd < 0 || monitor_ms() < c->retry_ms)
		return;
	r = hand_on(m, c, name, &err);
	if (++c->tries > TRIES_QUICK)
		c->retry_ms = monitor_ms() + RETRY_MS;
	if (r < 0 && r != -ENOENT && r != -EAGAIN && c->tries == TRIES_QUICK)
		fprintf(stderr, "gridnixd: %s: its console cannot be read: %s\n", name,
			*err.msg ? err.msg : gnx_strerror(r));
}

/* Whether it is the newest of its UUID, and has a domain. */
static bool has_console(const struct guest *g, const struct guest *next)
{
	static const uint8_t none[GUEST_UUID];

	return g->domid >= 0 && memcmp(g->uuid, none, GUEST_UUID) != 0 &&
		(!next || memcmp(g->uuid, next->uuid, GUEST_UUID) != 0);
}

/* Both lists are by UUID. */
void consoles_looked(struct monitor *m)
{
	struct consoles *all = &m->consoles;
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests), len = 0, at = 0;
	struct console *items;

	if (!all->path)
		return;
	items = gnx_alloc((n + 1) * sizeof(*items));
	for (size_t i = 0; i < n; i++) {
		const struct guest *g = &guests[i];
		struct console *old = find(all, g->uuid), *c = &items[len];

		if (!has_console(g, i + 1 < n ? g + 1 : NULL))
			continue;
		*c = (struct console){.incarnation = g->incarnation,
			.domid = g->domid,
			.lock = -1,
			.fresh = all->looked};
		memcpy(c->uuid, g->uuid, sizeof(c->uuid));
		if (old && old->incarnation == g->incarnation && old->domid == g->domid) {
			*c = *old;
			old->lock = -1;
			old->lock_path = NULL;
		}
		len++;
	}
	free_items(all);
	all->items = items;
	all->len = len;
	for (size_t i = 0; i < n; i++) {
		if (at < len && !memcmp(items[at].uuid, guests[i].uuid, GUEST_UUID) &&
			items[at].incarnation == guests[i].incarnation)
			try_one(m, &items[at++], guests[i].name);
	}
	all->looked = true;
}

/* Whose console a client means: a guest, or one that is gone and has left a log. */
static int subject(struct monitor *m, const char *guest, uint8_t uuid[GUEST_UUID], bool *known,
	struct gnx_err *err)
{
	struct subject s;
	int r = monitor_subject(m, guest, &s, err);

	*known = r == 0;
	if (r == 0)
		memcpy(uuid, s.uuid, GUEST_UUID);
	else if (r == -ENOENT && guest_uuid_parse(guest, uuid) == 0)
		r = 0;
	return r;
}

int consoles_client(struct monitor *m, const char *guest, const struct msg_console *want,
	int client, struct gnx_err *err)
{
	struct consoles *all = &m->consoles;
	uint8_t uuid[GUEST_UUID];
	const struct console *c;
	GNX_CLEAN(gnx_close)
	int log = -1;
	struct wire w;
	bool known;
	int r = subject(m, guest, uuid, &known, err);

	if (r < 0)
		return r;
	if (all->fd < 0)
		return gnx_fail(err, -EOPNOTSUPP,
			all->path ? "gridnixd-console is being restarted"
				  : "this daemon reads no consoles");
	c = find(all, uuid);
	if (c && c->holder && want->stream)
		return gnx_fail(err, -GNX_E_STATE,
			"%s: its console is held by process %d, perhaps an 'xl console'", guest,
			c->holder);
	r = get_log(all, uuid, known, &log, known ? err : NULL);
	if (r < 0 && !known)
		return gnx_fail(err, -ENOENT, "%s: there is no such guest", guest);
	if (r < 0)
		return r;
	wire_begin(&w, MSG_CONSOLE_CLIENT);
	wire_put_bytes(&w, uuid, sizeof(uuid));
	wire_put_u64(&w, all->logs.limit);
	msg_put_console(&w, want);
	return send_to(all, &w, (int[]){client, log}, 2);
}

void consoles_forget(struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	console_logs_drop(&m->consoles.logs, uuid);
}

bool consoles_ask(struct monitor *m, const struct guest *g)
{
	const struct console *c = find(&m->consoles, g->uuid);
	struct wire w;

	if (!c || !c->open || c->incarnation != g->incarnation)
		return false;
	wire_begin(&w, MSG_CONSOLE_ASK);
	wire_put_bytes(&w, c->uuid, sizeof(c->uuid));
	return wire_send(m->consoles.fd, &w) == 0;
}
