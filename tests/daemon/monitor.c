/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * monitor FRONT SOCKET: starts gridnixd-api as gridnixd does, without privileges, and plays the
 * monitor as the lines on standard input say; each is answered by a line on standard output. Its
 * journal has made-up events from first to last.
 */
#include "base/clean.h"
#include "base/str.h"
#include "gridnixd/msg.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define KINDS  13 /* take turns; the tests know their numbers */
#define NOBODY 65534

#define OPERATIONS_MAX 64

static struct {
	int fd; /* the link */
	pid_t front;
	uint64_t first, last; /* of the journal */
	uint32_t guests;
	bool held;	 /* does not read questions */
	int64_t end;	 /* of every answer; below 0: without items */
	char words[128]; /* and these words */
	/* What was asked for, by number from 1, and how operations end: see "auto". */
	struct operation operations[OPERATIONS_MAX + 1];
	uint64_t operations_len;
	char ends[16];
	struct definition definition; /* without a name: none */
} m = {.first = 1, .last = 20, .guests = 3};

static void fail(const char *words)
{
	perror(words);
	exit(1);
}

static void send_message(const struct wire *w)
{
	struct pollfd p = {.fd = m.fd, .events = POLLOUT};
	int code;

	while ((code = wire_send(m.fd, w)) == -EAGAIN)
		poll(&p, 1, -1);
	if (code < 0)
		fprintf(stderr, "monitor: send: %s\n", gnx_strerror(code));
}

static struct guest make_guest(uint32_t i)
{
	static const char *const names[] = {"web", "two words", "\xff\"\n\\"};
	struct guest g = {
		.incarnation = 1 + i % 2,
		.domid = i % 5 == 4 ? -1 : (int)(i + 1) % 32752,
		.state = i % GUEST_STATE_COUNT,
		.memory_kib = 262144,
		.vcpus = 1 + i % 4,
		.cpu_ns = i ? 1ULL << 50 : UINT64_MAX,
	};

	memcpy(g.uuid, &i, sizeof(i));
	g.uuid[15] = 1;
	snprintf(g.name, sizeof(g.name), "%s", names[i % GNX_LEN(names)]);
	/* With many guests, as much text as there can be. */
	if (i >= 100)
		memset(g.name, 1, GUEST_NAME_MAX);
	return g;
}

static struct event_record make_event(uint64_t seq)
{
	struct event_record e = {
		.seq = seq,
		.wall_ms = 1795650000000LL + (int64_t)seq,
		.mono_ms = (int64_t)seq,
		.boot_id = "01234567-89ab-cdef-0123-456789abcdef",
		.kind = seq % KINDS,
		.before = seq % GUEST_STATE_COUNT,
	};

	if (e.kind > EVENT_gap) {
		e.kind += EVENT_starting - EVENT_defined;
		e.guest = make_guest((uint32_t)(seq % 3));
	}
	if (e.kind == EVENT_started)
		e.operation = seq;
	if (seq == 16) {
		/* A guest that never had a domain. */
		e.kind = EVENT_defined;
		e.before = e.guest.state = GUEST_off;
		e.guest.domid = -1;
		e.guest.incarnation = 0;
	}
	if (e.kind == EVENT_crashed) {
		strcpy(e.reason, "crash");
		strcpy(e.detail,
			seq == 8 ? "{\"console\":[\"a\\n\",\"\\u00fc\"]}"
				 : "{\"console\":\"\\u0000\"}");
	}
	return e;
}

static void begin(struct wire *w, enum msg type, uint32_t question)
{
	wire_begin(w, (uint16_t)type);
	wire_put_u32(w, question);
}

/* The guests of a page: from *first on, up to the one whose number is returned. */
static uint32_t page_of(const struct msg_page *page, uint32_t *first)
{
	*first = 0;
	if (page->behind) {
		memcpy(first, page->uuid, sizeof(*first));
		++*first;
	}
	return page->max && page->max < m.guests - *first ? *first + page->max + 1 : m.guests;
}

static void answer_guests(uint32_t question, const struct msg_page *page)
{
	uint32_t i, end = page_of(page, &i);
	struct wire w;

	for (; i < end; i++) {
		const struct guest g = make_guest(i);

		begin(&w, MSG_GUEST, question);
		msg_put_guest(&w, &g);
		wire_put_u8(&w, i % 2);
		send_message(&w);
	}
}

static void answer_items(
	struct wire *w, enum msg type, uint32_t question, uint64_t since, uint32_t max)
{
	const struct msg_host host = {"01234567-89ab-cdef-0123-456789abcdef", m.last ? m.first : 0,
		m.last, m.guests, 1000, {[DEGRADED_journal] = "the disk is full"}};

	if (type == MSG_ASK_HOST) {
		begin(w, MSG_HOST, question);
		msg_put_host(w, &host);
		send_message(w);
	}
	if (type == MSG_ASK_HOST_STATS) {
		struct stats_host h = {.xen = "4.20.0"};

		stats_unknown(h.figures, STATS_HOST_COUNT);
		h.figures[STATS_HOST_cpus] = 2;
		h.figures[STATS_HOST_idle_ns] = 1500000000;
		begin(w, MSG_HOST_STATS, question);
		msg_put_host_stats(w, &h);
		send_message(w);
	}
	for (uint64_t seq = since < m.first ? m.first : since + 1;
		type == MSG_ASK_EVENTS && seq <= m.last && max; seq++, max--) {
		const struct event_record e = make_event(seq);

		begin(w, MSG_EVENT, question);
		msg_put_event(w, &e);
		send_message(w);
	}
}

static void say_done(const struct operation *o)
{
	struct wire w;

	wire_begin(&w, MSG_DONE);
	msg_put_operation(&w, o);
	send_message(&w);
}

static void send_operation(uint32_t question, const struct operation *o)
{
	struct wire w;

	begin(&w, MSG_OPERATION, question);
	msg_put_operation(&w, o);
	send_message(&w);
}

static void send_definition(uint32_t question, const struct definition *d)
{
	struct wire w;

	begin(&w, MSG_DEFINITION, question);
	msg_put_definition(&w, d);
	send_message(&w);
}

static void end_operation(struct operation *o, const char *state, const char *words)
{
	o->state = (enum operation_state)operation_state_by_name(state);
	o->ended_ms = o->began_ms + 1;
	snprintf(o->words, sizeof(o->words), "%s", words);
}

static void send_end(uint32_t question, int64_t code, const char *words)
{
	struct wire w;

	if (code < 0 && *words) {
		begin(&w, MSG_WORDS, question);
		wire_put_str(&w, words);
		send_message(&w);
	}
	begin(&w, MSG_END, question);
	wire_put_i64(&w, code);
	send_message(&w);
}

/* As many devices as there can be, and what a guest says; of guests beyond the hundredth nothing.
 */
static void send_stats(uint32_t question, uint32_t i)
{
	static struct msg_stats s;
	struct wire w;

	s.guest = make_guest(i);
	stats_init(&s.stats);
	s.stats.figures[STATS_GUEST_cpu_ns] = i ? 1234567890 : UINT64_MAX - 1;
	s.stats.vifs_len = i < 100 ? STATS_VIFS_MAX : 0;
	s.stats.vbds_len = i < 100 ? STATS_VBDS_MAX : 0;
	for (uint32_t j = 0; j < s.stats.vifs_len; j++) {
		s.stats.vifs[j].number = j;
		snprintf(s.stats.vifs[j].name, sizeof(s.stats.vifs[j].name), "vif1.%u", j);
	}
	for (uint32_t j = 0; j < s.stats.vbds_len; j++)
		s.stats.vbds[j].number = 51712 + 16 * j;
	strcpy(s.stats.vifs[0].ipv4, "192.0.2.1");
	strcpy(s.stats.reported[STATS_REPORTED_os], "\"Debian\" \\ 13");
	strcpy(s.stats.reported[STATS_REPORTED_memory_total_kib], "1024");
	strcpy(s.stats.reported[STATS_REPORTED_memory_free_kib], "much");
	begin(&w, MSG_STATS, question);
	msg_put_stats(&w, &s);
	send_message(&w);
}

/* Of a guest "nobody" there are none; any other name is the first one's. */
static void answer_stats(uint32_t question, const char *guest, const struct msg_page *page)
{
	uint32_t i, end = page_of(page, &i);

	if (!strcmp(guest, "nobody")) {
		send_end(question, -ENOENT, "nobody: there is no such guest");
		return;
	}
	for (; i < (*guest ? 1 : end); i++)
		send_stats(question, i);
	send_end(question, 0, "");
}

/* Begins an operation. A guest "nobody" is not there, "busy" is running, "heavy" fails. */
static void answer_do(uint32_t question, enum verb verb, const char *guest)
{
	struct operation *o = &m.operations[m.operations_len + 1];

	if (!strcmp(guest, "nobody")) {
		send_end(question, -ENOENT, "nobody: there is no such guest");
		return;
	}
	if (!strcmp(guest, "busy") || m.operations_len == OPERATIONS_MAX) {
		send_end(question, -GNX_E_STATE, "busy: has a domain already");
		return;
	}
	m.operations_len++;
	*o = (struct operation){.id = m.operations_len, .verb = verb, .began_ms = 1795650000000LL};
	if (guest_uuid_parse(guest, o->uuid) < 0)
		memcpy(o->uuid, make_guest(0).uuid, sizeof(o->uuid));
	if (!strcmp(m.ends, "before"))
		end_operation(o, "done", "");
	send_operation(question, o);
	if (!strcmp(m.ends, "between"))
		end_operation(o, "done", ""), say_done(o);
	send_end(question, 0, "");
	if (!strcmp(m.ends, "behind")) {
		end_operation(o, strcmp(guest, "heavy") ? "done" : "failed",
			strcmp(guest, "heavy") ? "" : "not enough memory");
		say_done(o);
	}
}

static void answer_operation(uint32_t question, uint64_t id)
{
	if (id > m.operations_len) {
		send_end(question, -ENOENT, "there is no such operation");
		return;
	}
	send_operation(question, &m.operations[id]);
	send_end(question, 0, "");
}

/* It keeps one definition, and gives it a UUID. No guest can be called "busy". */
static void answer_define(uint32_t question, const struct definition *d)
{
	if (!strcmp(d->name, "busy")) {
		send_end(question, -EEXIST, "busy: another guest has this name");
		return;
	}
	m.definition = *d;
	if (!d->uuid[15])
		memcpy(m.definition.uuid, make_guest(0).uuid, sizeof(d->uuid));
	definition_check(&m.definition, NULL);
	send_definition(question, &m.definition);
	send_end(question, 0, "");
}

static void answer_definition(uint32_t question, enum msg type, const char *guest)
{
	char uuid[GUEST_UUID_TEXT];

	guest_uuid_text(m.definition.uuid, uuid);
	if (!*m.definition.name || (strcmp(guest, m.definition.name) && strcmp(guest, uuid))) {
		send_end(question, -ENOENT, "there is no such guest");
		return;
	}
	if (type == MSG_ASK_DEFINITION)
		send_definition(question, &m.definition);
	else
		m.definition.name[0] = '\0';
	send_end(question, 0, "");
}

/* Of dom0, and of interfaces in the order of their indices. */
static const struct msg_net nets[] = {
	{.forwards4 = true, .servers_len = 2, .servers = {"192.0.2.53", "fe80::1%br0"}},
	{.index = 1, .name = "lo", .kind = "loopback", .state = MSG_LINK_up, .mtu = 65536},
	{.index = 2,
		.name = "eno1",
		.kind = "card",
		.state = MSG_LINK_no_carrier,
		.mtu = 1500,
		.mac = {2, 0, 0, 0, 0, 0xab},
		.master = "br0",
		.guard = GUARDED_uplink},
	{.index = 7,
		.forwards4 = true,
		.name = "br0",
		.kind = "bridge",
		.state = MSG_LINK_up,
		.mtu = 1500,
		.network = "blue",
		.guarded = true,
		.ports = 1,
		.addresses_len = 1,
		.addresses_more = 3,
		.addresses = {{.address = {{192, 0, 2, 7}, 4, 24},
			.state = INET_deprecated,
			.valid_s = 60}},
		.routes_len = 1,
		.routes = {{.v6 = true, .via = {{0xfe, 0x80, [15] = 1}, 16, 128}, .metric = 9}}},
	{.index = 9,
		.name = "vif1.5",
		.kind = "vif",
		.state = MSG_LINK_down,
		.mtu = 1500,
		.master = "br0",
		.guard = GUARDED_armed,
		.guest = "web",
		.uuid = {[15] = 1},
		.number = 5},
};

static void send_net(uint32_t question, const struct msg_net *n)
{
	struct wire w;

	begin(&w, MSG_NET, question);
	msg_put_net(&w, n);
	send_message(&w);
}

static void answer_net(uint32_t question, const struct msg_net_query *q)
{
	uint32_t told = 0;

	send_net(question, &nets[0]);
	for (size_t i = 1; i < GNX_LEN(nets) && (!q->max || told <= q->max); i++)
		if (nets[i].index > q->after && (q->ports || !*nets[i].guest)) {
			send_net(question, &nets[i]);
			told++;
		}
	send_end(question, 0, "");
}

/* What a question may ask for. */
struct parameters {
	uint64_t number; /* since, or an operation's */
	uint32_t max;
	uint8_t verb;
	char guest[GUEST_NAME_MAX + 1];
	char value[MSG_VALUE_MAX + 1];
	struct definition definition;
	struct msg_page page;
	struct msg_net_query net;
};

static void get_parameters(struct wire *w, struct parameters *p)
{
	enum msg type = w->type;

	if (type == MSG_ASK_EVENTS || type == MSG_ASK_OPERATION)
		p->number = wire_get_u64(w);
	if (type == MSG_ASK_EVENTS)
		p->max = wire_get_u32(w);
	if (type == MSG_ASK_DEFINE)
		msg_get_definition(w, &p->definition);
	if (type == MSG_ASK_DO)
		p->verb = wire_get_u8(w);
	if (type == MSG_ASK_DO || type == MSG_ASK_UNDEFINE || type == MSG_ASK_DEFINITION ||
		type == MSG_ASK_STATS || type == MSG_ASK_LEASES)
		wire_get_str(w, p->guest, sizeof(p->guest));
	if (type == MSG_ASK_DO)
		wire_get_str(w, p->value, sizeof(p->value));
	if (type == MSG_ASK_GUESTS || type == MSG_ASK_STATS)
		msg_get_page(w, &p->page);
	if (type == MSG_ASK_NET)
		msg_get_net_query(w, &p->net);
	if (((type < MSG_ASK_HOST || type > MSG_ASK_OPERATION) && type != MSG_ASK_STATS &&
		    type != MSG_ASK_HOST_STATS && type != MSG_ASK_LEASES && type != MSG_ASK_NET) ||
		wire_end(w) < 0 || p->max > MSG_EVENTS_MAX || p->verb >= VERB_COUNT) {
		fprintf(stderr, "monitor: the front's question is wrong\n");
		exit(1);
	}
}

static void answer(struct wire *w)
{
	enum msg type = w->type;
	uint32_t question = wire_get_u32(w);
	struct parameters p = {0};

	get_parameters(w, &p);
	if (m.end < 0) {
		send_end(question, m.end, m.words);
	} else if (type == MSG_ASK_DEFINE) {
		answer_define(question, &p.definition);
	} else if (type == MSG_ASK_UNDEFINE || type == MSG_ASK_DEFINITION) {
		answer_definition(question, type, p.guest);
	} else if (type == MSG_ASK_STATS) {
		answer_stats(question, p.guest, &p.page);
	} else if (type == MSG_ASK_NET) {
		answer_net(question, &p.net);
	} else if (type == MSG_ASK_GUESTS) {
		answer_guests(question, &p.page);
		send_end(question, 0, "");
	} else if (type == MSG_ASK_DO) {
		answer_do(question, p.verb, p.guest);
	} else if (type == MSG_ASK_OPERATION) {
		answer_operation(question, p.number);
	} else {
		answer_items(w, type, question, p.number, p.max);
		send_end(question, 0, "");
	}
}

static void say_news(void)
{
	struct wire w;

	wire_begin(&w, MSG_NEWS);
	wire_put_u64(&w, m.last);
	send_message(&w);
}

/* Answers a question wrongly with what is said of operations and definitions. Whether it knows how.
 */
static bool lie_of_operation(const char *how, uint32_t question)
{
	struct operation o = {.id = 1, .verb = !strcmp(how, "verb") ? VERB_COUNT : VERB_start};
	struct definition d = {.name = "web"};
	struct wire w;

	if (!strcmp(how, "operation") || !strcmp(how, "verb") || !strcmp(how, "twice")) {
		send_operation(question, &o);
		if (!strcmp(how, "twice"))
			send_operation(question, &o);
	} else if (!strcmp(how, "definition")) {
		send_definition(question, &d);
	} else if (!strcmp(how, "running")) {
		say_done(&o);
	} else if (!strcmp(how, "net")) {
		send_net(question, &nets[1]); /* dom0 comes first */
	} else if (!strcmp(how, "words")) {
		begin(&w, MSG_WORDS, question);
		wire_put_str(&w, "all is well");
		send_message(&w);
		send_end(question, 0, "");
	} else {
		return false;
	}
	return true;
}

/* Takes the next question and answers it wrongly. */
static void lie(const char *how)
{
	struct pollfd p = {.fd = m.fd, .events = POLLIN};
	struct event_record e = make_event(1);
	struct wire w;
	uint32_t question;
	uint64_t since;

	poll(&p, 1, -1);
	wire_recv(m.fd, &w);
	question = wire_get_u32(&w) + !strcmp(how, "number");
	if (lie_of_operation(how, question))
		return;
	since = w.type == MSG_ASK_EVENTS ? wire_get_u64(&w) : 0;
	e.seq = !strcmp(how, "order") ? since : since + 1;
	begin(&w, MSG_EVENT, question);
	if (!strcmp(how, "kind"))
		e.kind = EVENT_COUNT;
	if (!strcmp(how, "state"))
		e.guest.state = GUEST_STATE_COUNT;
	if (!strcmp(how, "long"))
		begin(&w, MSG_HOST, question);
	msg_put_event(&w, &e);
	if (!strcmp(how, "rest"))
		wire_put_u8(&w, 0);
	if (!strcmp(how, "end")) {
		begin(&w, MSG_END, question);
		wire_put_i64(&w, 1);
	}
	send_message(&w);
}

/* "NUMBER STATE WORDS": an operation ends so. */
static void say_end_of(const char *line)
{
	char state[16] = "", words[64] = "";
	unsigned long long id = 0;

	sscanf(line, "%llu %15s %63[^\n]", &id, state, words);
	if (id < 1 || id > m.operations_len)
		return;
	end_operation(&m.operations[id], state, words);
	say_done(&m.operations[id]);
}

/* Waits for the front's end, and says how that was. */
static void say_end(void)
{
	int status;

	waitpid(m.front, &status, 0);
	if (WIFEXITED(status))
		printf("exit %d\n", WEXITSTATUS(status));
	else
		printf("signal %d\n", WTERMSIG(status));
	exit(0);
}

static void obey(const char *line)
{
	unsigned long long n = 0;
	char word[16] = "", what[64] = "";

	sscanf(line, "%15s %63s", word, what);
	sscanf(what, "%llu", &n);
	if (!strcmp(word, "news")) {
		m.last = n;
		say_news();
	} else if (!strcmp(word, "last"))
		m.last = n;
	else if (!strcmp(word, "first"))
		m.first = n;
	else if (!strcmp(word, "guests"))
		m.guests = (uint32_t)n;
	else if (!strcmp(word, "hold"))
		m.held = n;
	else if (!strcmp(word, "end"))
		m.end = -(int64_t)n;
	else if (!strcmp(word, "words"))
		snprintf(m.words, sizeof(m.words), "%.*s", (int)strcspn(line + 6, "\n"), line + 6);
	else if (!strcmp(word, "auto"))
		snprintf(m.ends, sizeof(m.ends), "%.15s", what);
	else if (!strcmp(word, "done"))
		say_end_of(line + 5);
	else if (!strcmp(word, "raw"))
		send(m.fd, what, strlen(what), 0);
	else if (!strcmp(word, "lie"))
		lie(what);
	else if (!strcmp(word, "die"))
		close(m.fd);
	if (!strcmp(word, "die") || !strcmp(word, "wait"))
		say_end();
	printf("ok\n");
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 128) < 0)
		fail(path);
	return fd;
}

static void start_front(const char *program, const char *path)
{
	GNX_CLEAN(gnx_free)
	char *metrics_path = gnx_fmt("%s.metrics", path);
	int pair[2], listener = listen_at(path), metrics = listen_at(metrics_path),
		     file = open(program, O_RDONLY | O_CLOEXEC);
	char *argv[] = {"gridnixd-api", NULL};

	if (file < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		fail(program);
	m.fd = pair[0];
	m.front = fork();
	if (m.front == 0) {
		/* Out of the way of the numbers that they get. */
		pair[1] = fcntl(pair[1], F_DUPFD, 20);
		listener = fcntl(listener, F_DUPFD, 20);
		metrics = fcntl(metrics, F_DUPFD, 20);
		file = fcntl(file, F_DUPFD_CLOEXEC, 20);
		if (dup2(pair[1], MSG_FD) < 0 || dup2(listener, LISTEN_FD) < 0 ||
			dup2(metrics, METRICS_FD) < 0)
			fail("dup2");
		for (int fd = METRICS_FD + 1; fd < 30; fd++)
			if (fd != file)
				close(fd);
		if (getuid() == 0 &&
			(setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
			fail("nobody");
		/* By its descriptor: nobody may not see the directory. */
		fexecve(file, argv, environ);
		fail(program);
	}
	close(pair[1]);
	close(listener);
	close(metrics);
	close(file);
}

int main(int argc, char **argv)
{
	struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN}};
	struct wire w;
	char line[256];
	int code = 0;

	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	start_front(argv[1], argv[2]);
	printf("%d\n", (int)m.front);
	for (;;) {
		p[1] = (struct pollfd){.fd = m.held ? -1 : m.fd, .events = POLLIN};
		poll(p, 2, -1);
		if (p[0].revents && !fgets(line, sizeof(line), stdin))
			return 0;
		if (p[0].revents)
			obey(line);
		while (!m.held && (code = wire_recv(m.fd, &w)) > 0)
			answer(&w);
		if (!m.held && code < 0) {
			fprintf(stderr, "monitor: the front has gone: %s\n", gnx_strerror(code));
			m.held = true;
		}
	}
}
