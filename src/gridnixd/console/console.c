/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' consoles: see console.h. */
#include "gridnixd/console/console.h"

#include "base/clean.h"
#include "base/str.h"
#include "gridnixd/console/client.h"
#include "gridnixd/console/visible.h"

#include <assert.h>
#include <string.h>
#include <sys/uio.h>

/* A guest that prints much is read by xenconsoled no more often than each 200 ms: so long may the
 * last lines of one that has crashed be on their way. */
#define TELL_MS 220

static struct console *find(struct consoles *all, const uint8_t uuid[GUEST_UUID])
{
	struct console *c;

	TAILQ_FOREACH(c, &all->list, next)
		if (!memcmp(c->uuid, uuid, GUEST_UUID))
			return c;
	return NULL;
}

static void forget(struct event **e)
{
	if (*e)
		event_free(*e);
	*e = NULL;
}

static void close_tty(struct console *c)
{
	forget(&c->readable);
	forget(&c->writable);
	gnx_close(&c->tty);
	c->tty = -1;
}

static void console_free(struct console *c)
{
	close_tty(c);
	forget(&c->tell);
	close(c->log.fd);
	TAILQ_REMOVE(&c->all->list, c, next);
	c->all->len--;
	free(c);
}

void console_left(struct console *c)
{
	if (c->tty < 0 && TAILQ_EMPTY(&c->clients))
		console_free(c);
}

/* All that read it: there is something new. A client may end by it. */
static void tell_clients(struct console *c)
{
	struct client *client, *next;

	for (client = TAILQ_FIRST(&c->clients); client; client = next) {
		next = client_next(client);
		client_news(client);
	}
}

/* The monitor is not waited for: what it does not hear it finds out at its next look. */
static void say(const struct consoles *all, const struct wire *w)
{
	wire_send(all->link, w);
}

/* The terminal has gone. */
static void closed(struct console *c)
{
	struct wire w;

	wire_begin(&w, MSG_CONSOLE_CLOSED);
	wire_put_bytes(&w, c->uuid, sizeof(c->uuid));
	wire_put_u64(&w, c->incarnation);
	say(c->all, &w);
	close_tty(c);
	if (c->writer)
		client_go_on(c->writer);
	if (TAILQ_EMPTY(&c->clients))
		console_free(c);
	else
		tell_clients(c);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct console *c = arg;
	char data[CONSOLE_LOG_STEP];
	ssize_t n = readv(fd, &(struct iovec){data, sizeof(data)}, 1);
	static bool said;

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		closed(c);
		return;
	}
	n = console_log_add(&c->log, data, (size_t)n);
	if (n < 0 && !said)
		fprintf(stderr, "gridnixd-console: a log cannot be written: %s\n",
			gnx_strerror((int)n));
	said = n < 0;
	tell_clients(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct console *c = arg;

	(void)fd, (void)what;
	if (c->writer)
		client_go_on(c->writer);
}

size_t console_write(struct console *c, const void *data, size_t len)
{
	ssize_t n =
		c->tty < 0 ? (ssize_t)len : writev(c->tty, &(struct iovec){(void *)data, len}, 1);

	/* Without a terminal nobody will ever take them; that it has gone is found when it is read.
	 */
	if (n < 0 && errno != EAGAIN)
		return len;
	if (n < (ssize_t)len)
		event_add(c->writable, NULL);
	return n < 0 ? 0 : (size_t)n;
}

static void on_tell(evutil_socket_t fd, short what, void *arg)
{
	struct console *c = arg;
	uint64_t from = c->begins < c->log.start ? c->log.start : c->begins;
	char data[MSG_LINES_MAX], text[MSG_LINES_MAX + 1];
	struct wire w;
	ssize_t n;

	(void)fd, (void)what;
	if (c->log.end - from > sizeof(data))
		from = c->log.end - sizeof(data);
	n = console_log_read(&c->log, from, data, sizeof(data));
	visible(data, n < 0 ? 0 : (size_t)n, text, sizeof(text));
	wire_begin(&w, MSG_CONSOLE_LINES);
	wire_put_bytes(&w, c->uuid, sizeof(c->uuid));
	wire_put_str(&w, text);
	say(c->all, &w);
}

/* The console of that guest, which is made if there is none. log is taken. */
static struct console *get(
	struct consoles *all, const uint8_t uuid[GUEST_UUID], int log, uint64_t limit)
{
	struct console *c = find(all, uuid);
	int r;

	if (c || all->len == CONSOLES_MAX) {
		close(log);
		return c;
	}
	c = gnx_alloc(sizeof(*c));
	*c = (struct console){.all = all, .tty = -1};
	memcpy(c->uuid, uuid, sizeof(c->uuid));
	TAILQ_INIT(&c->clients);
	c->tell = evtimer_new(all->base, on_tell, c);
	TAILQ_INSERT_TAIL(&all->list, c, next);
	all->len++;
	r = console_log_open(&c->log, log, limit);
	if (r < 0) {
		fprintf(stderr, "gridnixd-console: a log cannot be used: %s\n", gnx_strerror(r));
		console_free(c);
		return NULL;
	}
	return c;
}

static int take_open(struct consoles *all, struct wire *w, int fds[WIRE_FDS_MAX])
{
	uint8_t uuid[GUEST_UUID], fresh;
	uint64_t incarnation, limit;
	struct console *c;

	wire_get_bytes(w, uuid, sizeof(uuid));
	incarnation = wire_get_u64(w);
	fresh = wire_get_u8(w);
	limit = wire_get_u64(w);
	if (wire_end(w) < 0 || fds[1] < 0 || limit < CONSOLE_LOG_MIN || limit > CONSOLE_LOG_MAX)
		return -GNX_E_SYNTAX;
	c = get(all, uuid, STEAL_FD(fds[1]), limit);
	if (!c)
		return 0;
	close_tty(c);
	c->tty = STEAL_FD(fds[0]);
	c->readable = event_new(all->base, c->tty, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(all->base, c->tty, EV_WRITE, on_writable, c);
	event_add(c->readable, NULL);
	c->incarnation = incarnation;
	c->begins = fresh ? c->log.end : 0;
	if (c->writer)
		client_go_on(c->writer);
	tell_clients(c);
	return 0;
}

static int take_client(struct consoles *all, struct wire *w, int fds[WIRE_FDS_MAX])
{
	uint8_t uuid[GUEST_UUID];
	struct msg_console want;
	struct console *c;
	uint64_t limit;

	wire_get_bytes(w, uuid, sizeof(uuid));
	limit = wire_get_u64(w);
	msg_get_console(w, &want);
	if (wire_end(w) < 0 || fds[1] < 0 || limit < CONSOLE_LOG_MIN || limit > CONSOLE_LOG_MAX)
		return -GNX_E_SYNTAX;
	c = get(all, uuid, STEAL_FD(fds[1]), limit);
	if (c)
		client_new(c, STEAL_FD(fds[0]), &want);
	return 0;
}

static int take_limit(struct consoles *all, struct wire *w)
{
	uint64_t limit = wire_get_u64(w);
	struct console *c;

	if (wire_end(w) < 0 || limit < CONSOLE_LOG_MIN || limit > CONSOLE_LOG_MAX)
		return -GNX_E_SYNTAX;
	TAILQ_FOREACH(c, &all->list, next)
		console_log_limit(&c->log, limit);
	return 0;
}

static int take_ask(struct consoles *all, struct wire *w)
{
	static const struct timeval later = {0, TELL_MS * 1000};
	uint8_t uuid[GUEST_UUID];
	struct console *c;

	wire_get_bytes(w, uuid, sizeof(uuid));
	if (wire_end(w) < 0)
		return -GNX_E_SYNTAX;
	c = find(all, uuid);
	if (c)
		event_add(c->tell, &later);
	return 0;
}

int consoles_take(struct consoles *all, struct wire *w, int fds[WIRE_FDS_MAX])
{
	bool files = w->type == MSG_CONSOLE_OPEN || w->type == MSG_CONSOLE_CLIENT;
	int r = -GNX_E_SYNTAX;

	if ((fds[0] >= 0) != files)
		r = -GNX_E_SYNTAX;
	else if (w->type == MSG_CONSOLE_OPEN)
		r = take_open(all, w, fds);
	else if (w->type == MSG_CONSOLE_CLIENT)
		r = take_client(all, w, fds);
	else if (w->type == MSG_CONSOLE_LIMIT)
		r = take_limit(all, w);
	else if (w->type == MSG_CONSOLE_ASK)
		r = take_ask(all, w);
	for (size_t i = 0; i < WIRE_FDS_MAX; i++)
		gnx_close(&fds[i]);
	return r;
}

void consoles_done(struct consoles *all)
{
	struct console *c;

	while ((c = TAILQ_FIRST(&all->list))) {
		close_tty(c);
		if (TAILQ_EMPTY(&c->clients))
			console_free(c);
		else
			client_free(TAILQ_FIRST(&c->clients));
	}
}
