/* SPDX-License-Identifier: BSD-3-Clause */
/* A simulated host: see sim.h. */
#include "sim/sim.h"
#include "base/clean.h"
#include "base/file.h"
#include "base/sock.h"
#include "base/str.h"
#include "sim/devices.h"
#include "sim/figures.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define LINE_MAX_BYTES 512
#define BEFORE_MAX     65536 /* bytes */
#define DOMID_MAX      32751
#define CLIENTS_MAX    16 /* more wait */

/* One who says what happens. */
struct client {
	int fd; /* -1: none */
	char line[LINE_MAX_BYTES];
	size_t len;
};

/* A domain's console. */
struct tty {
	int domid;
	char path[sizeof(((struct host_console *)NULL)->tty)];
};

struct domain {
	struct guest_look look;
	struct stats *stats; /* what lines have said beyond it, or NULL */
	pid_t keeper;	     /* 0: none */
	char kept[16];	     /* its state when that is looked for */
	struct host_registers registers[2];
	size_t registers_len;
	struct quota quota; /* what it has of the store */
	uint32_t writes;    /* to the store, in a second */
	uint64_t every;	    /* but in every so many samples only */
	uint64_t sampled;   /* of these, in the sample that is taken */
	char written[64];   /* where */
};

struct sim {
	int epoll, listener;
	char *path;
	struct client clients[CLIENTS_MAX];
	struct host_memory memory;
	char leftover[64]; /* what the next sweep finds; "": nothing */
	struct sim_devices devices;
	bool domains_changed; /* or anything else but devices, since the last look */
	int *asked;	      /* domains that the store was asked for */
	size_t asked_len;
	uint32_t busy;		/* percent of a processor that the store uses */
	int64_t cpu_ms, cpu_at; /* that it has used, at that time */
	int sample;		/* ticks while one is taken; -1: none is */
	int64_t sample_ms;	/* since when */
	uint64_t samples;	/* so far */
	bool lost;		/* the watch, at the next moment */
	bool silent, each;	/* the store does not answer; it has limits for each guest */
	struct domain *domains; /* by domid */
	size_t domains_len;
	struct tty *ttys; /* of domains that are there */
	size_t ttys_len;
};

static void drop_client(struct client *c)
{
	gnx_close(&c->fd);
	c->fd = -1;
	c->len = 0;
}

static void sim_close(void *self)
{
	struct sim *s = self;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		gnx_close(&s->clients[i].fd);
	gnx_close(&s->listener);
	gnx_close(&s->epoll);
	gnx_close(&s->sample);
	for (size_t i = 0; i < s->domains_len; i++)
		free(s->domains[i].stats);
	free(s->domains);
	sim_devices_done(&s->devices);
	free(s->ttys);
	free(s->asked);
	free(s->path);
	free(s);
}

static int sim_watch(void *self, struct gnx_err *err)
{
	(void)self, (void)err;
	return 0;
}

static int sim_fd(void *self)
{
	const struct sim *s = self;

	return s->epoll;
}

static int sim_devices(void *self, bool all, bool (*tell)(void *arg, const struct device_look *l),
	void *arg, struct gnx_err *err)
{
	struct sim *s = self;

	(void)err;
	sim_devices_tell(&s->devices, all, tell, arg);
	return 0;
}

static int sim_guests(void *self, struct guest_look **out, size_t *n_out, struct gnx_err *err)
{
	const struct sim *s = self;

	(void)err;
	*out = gnx_alloc((s->domains_len + 1) * sizeof(**out));
	for (size_t i = 0; i < s->domains_len; i++)
		(*out)[i] = s->domains[i].look;
	*n_out = s->domains_len;
	return 0;
}

/* Where the domain is, or would be. */
static size_t place(const struct sim *s, int domid)
{
	size_t low = 0, high = s->domains_len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->domains[middle].look.domid < domid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_there(const struct sim *s, size_t at, int domid)
{
	return at < s->domains_len && s->domains[at].look.domid == domid;
}

static int set_state(struct guest_look *d, const char *state)
{
	static const char *const stops[] = {
		"poweroff", "reboot", "suspend", "crash", "watchdog", "soft-reset"};

	d->paused = !strcmp(state, "paused");
	d->dying = !strcmp(state, "dying");
	d->stopped = false;
	for (size_t i = 0; i < GNX_LEN(stops); i++)
		if (!strcmp(state, stops[i])) {
			d->stopped = true;
			d->stop = (int)i;
		}
	return d->paused || d->dying || d->stopped || !strcmp(state, "running") ? 0 : -EINVAL;
}

static const char *put_domain(struct sim *s, const struct gnx_strv *w)
{
	struct guest_look d = {.memory_kib = 32768, .vcpus = 1};
	uint64_t domid;
	size_t at;

	if (w->len != 5 || gnx_parse_u64(w->items[1], DOMID_MAX, &domid) < 0 || !domid ||
		guest_uuid_parse(w->items[2], d.uuid) < 0 || strlen(w->items[3]) > GUEST_NAME_MAX ||
		set_state(&d, w->items[4]) < 0)
		return "error domain DOMID UUID NAME STATE\n";
	strcpy(d.name, w->items[3]);
	d.domid = (int)domid;
	at = place(s, d.domid);
	if (!is_there(s, at, d.domid)) {
		s->domains = gnx_room(s->domains, s->domains_len, sizeof(*s->domains));
		memmove(s->domains + at + 1, s->domains + at,
			(s->domains_len - at) * sizeof(*s->domains));
		s->domains[at] = (struct domain){0};
		quota_init(&s->domains[at].quota);
		s->domains_len++;
	}
	s->domains[at].look = d;
	return "ok\n";
}

static struct tty *find_tty(const struct sim *s, int domid)
{
	for (size_t i = 0; i < s->ttys_len; i++)
		if (s->ttys[i].domid == domid)
			return &s->ttys[i];
	return NULL;
}

static void drop_tty(struct sim *s, int domid)
{
	struct tty *t = find_tty(s, domid);

	if (t)
		*t = s->ttys[--s->ttys_len];
}

static const char *drop_domain(struct sim *s, const struct gnx_strv *w)
{
	uint64_t domid;
	size_t at;

	if (w->len != 2 || gnx_parse_u64(w->items[1], DOMID_MAX, &domid) < 0)
		return "error gone DOMID\n";
	at = place(s, (int)domid);
	if (!is_there(s, at, (int)domid))
		return "error there is no such domain\n";
	drop_tty(s, (int)domid);
	free(s->domains[at].stats);
	s->domains_len--;
	memmove(s->domains + at, s->domains + at + 1, (s->domains_len - at) * sizeof(*s->domains));
	return "ok\n";
}

static const char *put_tty(struct sim *s, const struct gnx_strv *w)
{
	struct tty t = {0};
	uint64_t domid;

	if (w->len != 3 || gnx_parse_u64(w->items[1], DOMID_MAX, &domid) < 0 ||
		!is_there(s, place(s, (int)domid), (int)domid) ||
		strlen(w->items[2]) >= sizeof(t.path))
		return "error console DOMID TTY\n";
	t.domid = (int)domid;
	strcpy(t.path, w->items[2]);
	drop_tty(s, t.domid);
	s->ttys = gnx_room(s->ttys, s->ttys_len, sizeof(t));
	s->ttys[s->ttys_len++] = t;
	return "ok\n";
}

static int sim_console(void *self, int domid, struct host_console *out)
{
	const struct sim *s = self;
	const struct tty *t = find_tty(s, domid);

	if (!t)
		return -ENOENT;
	strcpy(out->tty, t->path);
	snprintf(out->lock, sizeof(out->lock), "%s.%d", s->path, domid);
	return 0;
}

static const char *set_keeper(struct sim *s, const struct gnx_strv *w)
{
	uint64_t domid, pid;
	size_t at;

	if (w->len != 4 || gnx_parse_u64(w->items[1], DOMID_MAX, &domid) < 0 ||
		gnx_parse_u64(w->items[2], INT32_MAX, &pid) < 0 ||
		set_state(&(struct guest_look){0}, w->items[3]) < 0)
		return "error keeper DOMID PID STATE\n";
	at = place(s, (int)domid);
	if (!is_there(s, at, (int)domid))
		return "error there is no such domain\n";
	s->domains[at].keeper = (pid_t)pid;
	strcpy(s->domains[at].kept, w->items[3]);
	return "ok\n";
}

static int sim_keeper(void *self, const struct guest *g, struct gnx_err *err)
{
	struct sim *s = self;
	size_t at = place(s, g->domid);
	struct domain *d = is_there(s, at, g->domid) ? &s->domains[at] : NULL;
	int fd;

	if (!d || !d->keeper)
		return gnx_fail(err, -ENOENT, "nothing acts when it ends");
	set_state(&d->look, d->kept);
	fd = pidfd_open(d->keeper, 0);
	if (fd < 0 && errno == ESRCH)
		errno = ENOENT;
	return fd < 0 ? gnx_fail_errno(err, "process %d", (int)d->keeper) : fd;
}

static const char *add_registers(struct sim *s, const struct gnx_strv *w)
{
	struct host_registers regs;
	struct domain *d;
	uint64_t domid;
	size_t at;

	if (w->len != 5 || gnx_parse_u64(w->items[1], DOMID_MAX, &domid) < 0 ||
		gnx_parse_u64(w->items[2], UINT64_MAX, &regs.ip) < 0 ||
		gnx_parse_u64(w->items[3], UINT64_MAX, &regs.sp) < 0 ||
		gnx_parse_u64(w->items[4], UINT64_MAX, &regs.flags) < 0)
		return "error registers DOMID IP SP FLAGS\n";
	at = place(s, (int)domid);
	if (!is_there(s, at, (int)domid))
		return "error there is no such domain\n";
	d = &s->domains[at];
	if (d->registers_len == GNX_LEN(d->registers))
		return "error it has no more processors\n";
	d->registers[d->registers_len++] = regs;
	return "ok\n";
}

static size_t sim_registers(void *self, int domid, struct host_registers *out, size_t max)
{
	const struct sim *s = self;
	size_t at = place(s, domid), n;

	if (!is_there(s, at, domid))
		return 0;
	n = s->domains[at].registers_len < max ? s->domains[at].registers_len : max;
	for (size_t i = 0; i < n; i++)
		out[i] = s->domains[at].registers[i];
	return n;
}

static const char *set_memory(struct sim *s, const struct gnx_strv *w)
{
	if (w->len != 3 || gnx_parse_u64(w->items[1], INT64_MAX, &s->memory.total_kib) < 0 ||
		gnx_parse_u64(w->items[2], INT64_MAX, &s->memory.available_kib) < 0)
		return "error memory TOTAL_KIB AVAILABLE_KIB\n";
	return "ok\n";
}

static int sim_memory(void *self, struct host_memory *out, struct gnx_err *err)
{
	const struct sim *s = self;

	(void)err;
	*out = s->memory;
	return 0;
}

static const char *set_leftover(struct sim *s, const struct gnx_strv *w)
{
	if (w->len != 2 || strlen(w->items[1]) >= sizeof(s->leftover))
		return "error leftover PATH\n";
	strcpy(s->leftover, w->items[1]);
	return "ok\n";
}

static int sim_sweep(void *self, int64_t now_ms, int64_t grace_ms,
	void (*told)(void *arg, const char *path), void *arg, struct gnx_err *err)
{
	struct sim *s = self;

	(void)now_ms, (void)grace_ms, (void)err;
	if (*s->leftover)
		told(arg, s->leftover);
	*s->leftover = '\0';
	return 0;
}

static const char *set_store(struct sim *s, const struct gnx_strv *w)
{
	const char *how = w->len == 2 ? w->items[1] : "";

	s->silent = !strcmp(how, "silent");
	s->each = !strcmp(how, "each");
	s->lost = !strcmp(how, "lost");
	return s->silent || s->each || s->lost || !strcmp(how, "answers") ? "ok\n"
									  : "error store HOW\n";
}

static const char *put_quota(struct sim *s, const struct gnx_strv *w)
{
	uint64_t domid = 0;
	size_t at, limit = 0;

	if (w->len == 5)
		while (limit < QUOTA_COUNT &&
			strcmp(quota_word((enum quota_limit)limit), w->items[2]) != 0)
			limit++;
	at = w->len == 5 && gnx_parse_u64(w->items[1], DOMID_MAX, &domid) == 0
		? place(s, (int)domid)
		: s->domains_len;
	if (!is_there(s, at, (int)domid) || limit == QUOTA_COUNT ||
		gnx_parse_u64(w->items[3], INT64_MAX, &s->domains[at].quota.used[limit]) < 0 ||
		gnx_parse_u64(w->items[4], INT64_MAX, &s->domains[at].quota.max[limit]) < 0)
		return "error quota DOMID LIMIT USED MAX\n";
	return "ok\n";
}

/* As on a real host, what is asked for is answered the next time. */
static int sim_quota(void *self, const int *domids, size_t n,
	void (*told)(void *arg, int domid, const struct quota *q), void *arg, struct gnx_err *err)
{
	struct sim *s = self;

	(void)err;
	if (s->silent)
		return -EAGAIN;
	for (size_t i = 0; i < s->asked_len; i++) {
		size_t at = place(s, s->asked[i]);

		if (is_there(s, at, s->asked[i]))
			told(arg, s->asked[i], &s->domains[at].quota);
	}
	s->asked_len = n;
	s->asked = gnx_resize(s->asked, (n + 1) * sizeof(*s->asked));
	memcpy(s->asked, domids, n * sizeof(*domids));
	return 0;
}

static int sim_limit(
	void *self, int domid, enum quota_limit limit, uint64_t max, struct gnx_err *err)
{
	struct sim *s = self;
	size_t at = place(s, domid);

	(void)err;
	if (!s->each)
		return -ENOTSUP;
	if (is_there(s, at, domid))
		s->domains[at].quota.max[limit] = max;
	return 0;
}

static int64_t sim_store_cpu(void *self)
{
	struct sim *s = self;
	int64_t now = gnx_now_ms();

	s->cpu_ms += (now - s->cpu_at) * s->busy / 100;
	s->cpu_at = now;
	return s->cpu_ms;
}

static const char *set_writes(struct sim *s, const struct gnx_strv *w)
{
	uint64_t domid, busy, rate, every = 1;
	size_t at;

	if (w->len < 5 || w->len > 6 || gnx_parse_u64(w->items[1], 100, &busy) < 0 ||
		gnx_parse_u64(w->items[2], DOMID_MAX, &domid) < 0 ||
		gnx_parse_u64(w->items[3], 100000, &rate) < 0 ||
		strlen(w->items[4]) >= sizeof(s->domains->written) ||
		(w->len == 6 && gnx_parse_u64(w->items[5], 100, &every) < 0) || !every)
		return "error writes PERCENT DOMID RATE PATH [EVERY]\n";
	at = place(s, (int)domid);
	if (!is_there(s, at, (int)domid))
		return "error there is no such domain\n";
	sim_store_cpu(s);
	s->busy = (uint32_t)busy;
	s->domains[at].writes = (uint32_t)rate;
	s->domains[at].every = every;
	strcpy(s->domains[at].written, w->items[4]);
	return "ok\n";
}

static int sim_sample_begin(void *self, struct gnx_err *err)
{
	static const struct itimerspec often = {{0, 10000000}, {0, 10000000}};
	struct sim *s = self;

	for (size_t i = 0; i < s->domains_len; i++)
		s->domains[i].sampled = 0;
	s->samples++;
	s->sample_ms = gnx_now_ms();
	s->sample = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->sample < 0 || timerfd_settime(s->sample, 0, &often, NULL) < 0)
		return gnx_fail_errno(err, "a timer");
	return s->sample;
}

/* As many as there are to be by now. */
static int sim_sample(
	void *self, void (*told)(void *arg, const char *path), void *arg, struct gnx_err *err)
{
	struct sim *s = self;
	uint64_t ticks, passed = (uint64_t)(gnx_now_ms() - s->sample_ms);

	(void)err;
	if (read(s->sample, &ticks, sizeof(ticks)) < 0)
		return 0;
	for (size_t i = 0; i < s->domains_len; i++) {
		struct domain *d = &s->domains[i];

		if (d->writes && !d->look.paused && s->samples % d->every == 0)
			for (; d->sampled < passed * d->writes / 1000; d->sampled++)
				told(arg, d->written);
	}
	return 0;
}

static void sim_sample_end(void *self)
{
	struct sim *s = self;

	gnx_close(&s->sample);
	s->sample = -1;
}

static const char *put_figure(struct sim *s, const struct gnx_strv *w)
{
	uint64_t domid = 0;
	size_t at;

	if (w->len < 2 || gnx_parse_u64(w->items[1], DOMID_MAX, &domid) < 0)
		return "error no domain is named\n";
	at = place(s, (int)domid);
	if (!is_there(s, at, (int)domid))
		return "error there is no such domain\n";
	if (!s->domains[at].stats) {
		s->domains[at].stats = gnx_alloc(sizeof(struct stats));
		stats_init(s->domains[at].stats);
	}
	return sim_figures_take(w, s->domains[at].stats) < 0 ? "error no such figure\n" : "ok\n";
}

/* Does what a line says: the answer, static. */
static const char *take_line(struct sim *s, const char *line)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv w = {0};
	const char *answer =
		"error domain, gone, console, keeper, registers, memory, leftover, store, quota, writes, figure, vif, "
		"vbd, says, device or look\n";
	const char *verb;

	gnx_strv_split(&w, line, " ");
	verb = w.len ? w.items[0] : "";
	if (!strcmp(verb, "domain"))
		answer = put_domain(s, &w);
	else if (!strcmp(verb, "gone"))
		answer = drop_domain(s, &w);
	else if (!strcmp(verb, "console"))
		answer = put_tty(s, &w);
	else if (!strcmp(verb, "keeper"))
		answer = set_keeper(s, &w);
	else if (!strcmp(verb, "registers"))
		answer = add_registers(s, &w);
	else if (!strcmp(verb, "memory"))
		answer = set_memory(s, &w);
	else if (!strcmp(verb, "leftover"))
		answer = set_leftover(s, &w);
	else if (!strcmp(verb, "store"))
		answer = set_store(s, &w);
	else if (!strcmp(verb, "quota"))
		answer = put_quota(s, &w);
	else if (!strcmp(verb, "writes"))
		answer = set_writes(s, &w);
	else if (!strcmp(verb, "figure") || !strcmp(verb, "vif") || !strcmp(verb, "vbd") ||
		!strcmp(verb, "says"))
		answer = put_figure(s, &w);
	else if (!strcmp(verb, "device"))
		answer = sim_devices_take(&s->devices, &w) < 0 ? "error no such device\n" : "ok\n";
	else if (!strcmp(verb, "look"))
		answer = "ok\n";
	s->domains_changed |= strcmp(verb, "device") && strcmp(verb, "look");
	return answer;
}

/* Whether the line asked for a look. */
static bool one_line(struct sim *s, struct client *c, const char *line)
{
	const char *answer = take_line(s, line);

	if (send(c->fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
		drop_client(c);
	return !strcmp(line, "look");
}

/* Takes lines until one asks for a look, or no more are there; whether one did. */
static bool read_lines(struct sim *s, struct client *c)
{
	bool look = false;
	ssize_t n;
	char byte;

	while (!look && c->fd >= 0 && (n = recv(c->fd, &byte, 1, 0)) != 0) {
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n < 0)
			break;
		if (byte != '\n') {
			if (c->len < sizeof(c->line) - 1)
				c->line[c->len++] = byte;
			continue;
		}
		c->line[c->len] = '\0';
		c->len = 0;
		look = one_line(s, c, c->line);
	}
	if (!look && c->fd >= 0)
		drop_client(c);
	return look;
}

/* The next one who waits, if there is room. */
static int accept_client(struct sim *s)
{
	struct epoll_event e = {.events = EPOLLIN};

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &s->clients[i];

		if (c->fd >= 0)
			continue;
		c->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (c->fd < 0)
			return errno == EAGAIN ? 0 : -errno;
		e.data.ptr = c;
		return epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->fd, &e) < 0 ? -errno : 0;
	}
	return 0;
}

static int sim_drain(void *self)
{
	struct sim *s = self;
	struct epoll_event e;
	int r = 1;

	if (epoll_wait(s->epoll, &e, 1, 0) != 1)
		return 0;
	if (!e.data.ptr)
		return accept_client(s);
	if (read_lines(s, e.data.ptr)) {
		r = s->domains_changed;
		s->domains_changed = false;
	}
	if (!s->lost)
		return r;
	s->lost = false;
	return -EPIPE;
}

static void sim_stats_begin(void *self)
{
	(void)self;
}

/* What is slow on a real host is left out on this one, too. */
static void leave_out_slow(struct stats *s)
{
	for (size_t i = STATS_GUEST_xenstore_nodes; i <= STATS_GUEST_xenstore_watches_max; i++)
		s->figures[i] = STATS_NONE;
	memset(s->reported, 0, sizeof(s->reported));
	for (size_t i = 0; i < s->vifs_len; i++)
		*s->vifs[i].ipv4 = *s->vifs[i].ipv6 = '\0';
}

static void sim_stats(void *self, int domid, bool slow, struct stats *out)
{
	const struct sim *s = self;
	size_t at = place(s, domid);
	const struct guest_look *look;

	if (!is_there(s, at, domid))
		return;
	if (s->domains[at].stats)
		*out = *s->domains[at].stats;
	look = &s->domains[at].look;
	if (out->figures[STATS_GUEST_cpu_ns] == STATS_NONE)
		out->figures[STATS_GUEST_cpu_ns] = look->cpu_ns;
	out->figures[STATS_GUEST_vcpus] = out->figures[STATS_GUEST_vcpus_max] = look->vcpus;
	out->figures[STATS_GUEST_memory_kib] = look->memory_kib;
	out->figures[STATS_GUEST_memory_max_kib] = look->memory_kib + 1024;
	if (!slow)
		leave_out_slow(out);
}

static void sim_host_stats(void *self, struct stats_host *out)
{
	(void)self;
	sim_figures_host(out);
}

static int listen_on(struct sim *s, const char *path, struct gnx_err *err)
{
	struct epoll_event e = {.events = EPOLLIN};
	int r = gnx_listen(path, &s->listener, err);

	if (r < 0)
		return r;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &e) < 0)
		return gnx_fail_errno(err, "epoll");
	return 0;
}

/* What was so before: lines in a file, if there is one. */
static int read_before(struct sim *s, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s.before", s->path);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};
	int r = access(path, F_OK) < 0 ? 0 : gnx_file_read(path, BEFORE_MAX, &text, err);

	if (r < 0 || !text.len)
		return r;
	gnx_strv_split(&lines, text.data, "\n");
	for (size_t i = 0; i < lines.len; i++)
		if (strcmp(take_line(s, lines.items[i]), "ok\n") != 0)
			return gnx_fail(err, -GNX_E_SYNTAX, "%s: %s", path, lines.items[i]);
	return 0;
}

int sim_open(const char *path, struct host *out, struct gnx_err *err)
{
	static const struct host_ops ops = {sim_watch, sim_fd, sim_drain, sim_guests, sim_devices,
		sim_console, sim_keeper, sim_registers, sim_memory, sim_sweep, sim_quota, sim_limit,
		sim_store_cpu, sim_sample_begin, sim_sample, sim_sample_end, sim_stats_begin,
		sim_stats, sim_host_stats, sim_close};
	struct sim *s = gnx_alloc(sizeof(*s));
	int r;

	s->epoll = s->listener = s->sample = -1;
	s->cpu_at = gnx_now_ms();
	s->path = gnx_dup(path);
	s->memory = (struct host_memory){1 << 20, 1 << 19};
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		s->clients[i].fd = -1;
	r = listen_on(s, path, err);
	if (!r)
		r = read_before(s, err);
	if (r < 0) {
		sim_close(s);
		return r;
	}
	*out = (struct host){&ops, s};
	return 0;
}
