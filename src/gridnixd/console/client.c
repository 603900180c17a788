/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client of a console: see client.h. What it gets is made when it can take it, one piece at a
 * time: the log is what waits for it, and all that it costs is one piece.
 */
#include "gridnixd/console/client.h"

#include "base/clean.h"
#include "base/str.h"
#include "gridnixd/console/piece.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#define PIECES_AT_ONCE 16
#define TAKE_S	       30 /* for the next bytes of an answer that has an end */

struct client {
	TAILQ_ENTRY(client) next;
	struct console *console;
	int fd;
	struct event *readable, *writable;
	struct msg_console want;
	struct ucred who;
	uint64_t at;	       /* place in the log */
	uint64_t until;	       /* it ends there */
	uint64_t incarnation;  /* that it was told; 0: none */
	bool told_closed;      /* that there is no terminal */
	bool told_end;	       /* that this was all */
	bool over;	       /* nothing more is made for it */
	struct ucred taken_by; /* who has taken the writing; pid 0: nobody */
	uint8_t out[PIECE_HEAD + PIECE_MAX];
	size_t out_len, out_at;
	struct piece_input in;
};

struct client *client_next(const struct client *c)
{
	return TAILQ_NEXT(c, next);
}

void client_free(struct client *c)
{
	struct console *console = c->console;

	if (console->writer == c)
		console->writer = NULL;
	TAILQ_REMOVE(&console->clients, c, next);
	console->all->clients_len--;
	event_free(c->readable);
	event_free(c->writable);
	close(c->fd);
	free(c);
	console_left(console);
}

static void put(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct client *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	c->out_len += (size_t)vsnprintf(
		(char *)c->out + c->out_len, sizeof(c->out) - c->out_len, fmt, ap);
	va_end(ap);
}

/* A piece that holds text. */
static void put_piece(struct client *c, char kind, const char *text)
{
	c->out_len = PIECE_HEAD;
	put(c, "%s", text);
	piece_head(c->out, kind, c->out_len - PIECE_HEAD);
}

static void put_number(struct client *c, char kind, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	put_piece(c, kind, text);
}

/* The log does not have what comes next: it goes on with what is there. */
static void put_gap(struct client *c)
{
	const struct console_log *log = &c->console->log;
	uint64_t missing = c->at < log->start ? log->start - c->at : 0;

	c->at = log->start;
	if (c->want.stream && missing)
		put_number(c, PIECE_GAP, missing);
	else if (c->want.stream)
		put_piece(c, PIECE_GAP, "");
	else if (c->want.follow)
		put(c, "\r\n[gridnix: %" PRIu64 " bytes are missing]\r\n", missing);
	else
		c->over = true; /* it has fewer bytes than it was promised, and sees it */
}

/* What is not output, if it is time for that: whether it was. */
static bool put_note(struct client *c)
{
	const struct console *o = c->console;
	char text[32];

	if (c->at < o->log.start || c->at > o->log.end) {
		put_gap(c);
	} else if (!c->want.stream) {
		return false;
	} else if (c->taken_by.pid) {
		snprintf(text, sizeof(text), "%d %u", c->taken_by.pid, c->taken_by.uid);
		c->taken_by.pid = 0;
		put_piece(c, PIECE_TAKEN, text);
	} else if (o->tty >= 0 && c->incarnation != o->incarnation && c->at >= o->begins) {
		c->incarnation = o->incarnation;
		c->told_closed = false;
		put_number(c, PIECE_OPENED, o->incarnation);
	} else if (o->tty < 0 && !c->told_closed && c->at == o->log.end) {
		c->told_closed = true;
		c->incarnation = 0;
		put_piece(c, PIECE_CLOSED, "");
	} else {
		return false;
	}
	return true;
}

static void put_output(struct client *c)
{
	const struct console *o = c->console;
	size_t head = c->want.stream ? PIECE_HEAD : 0;
	uint64_t end = c->until < o->log.end ? c->until : o->log.end;
	ssize_t n;

	/* Up to where it is told of another domain. */
	if (c->at < o->begins && o->begins < end)
		end = o->begins;
	if (end - c->at > PIECE_MAX)
		end = c->at + PIECE_MAX;
	n = console_log_read(&o->log, c->at, c->out + head, (size_t)(end - c->at));
	if (n <= 0) {
		c->over = n < 0;
		return;
	}
	if (head)
		piece_head(c->out, PIECE_OUTPUT, (size_t)n);
	c->out_len = head + (size_t)n;
	c->at += (uint64_t)n;
}

static void put_end(struct client *c)
{
	c->told_end = true;
	put_piece(c, PIECE_END, "");
}

/* Makes the next piece, if there is one. */
static void fill(struct client *c)
{
	c->out_len = c->out_at = 0;
	if (c->over || put_note(c))
		return;
	if (c->at < c->until)
		put_output(c);
	else if (c->want.stream && !c->told_end)
		put_end(c);
	else
		c->over = true;
}

/* Sends what can be sent. The client may have ended by it. */
static void pump(struct client *c)
{
	static const struct timeval limit = {TAKE_S, 0};
	ssize_t n = 0;

	for (int i = 0; i < PIECES_AT_ONCE && n >= 0; i++) {
		if (c->out_at == c->out_len)
			fill(c);
		if (c->out_at == c->out_len)
			break;
		n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at,
			MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			c->out_at += (size_t)n;
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		client_free(c);
	else if (c->out_at != c->out_len)
		event_add(c->writable, c->want.follow ? NULL : &limit);
	else if (c->over)
		client_free(c);
	else if (c->at != c->console->log.end)
		event_add(c->writable, NULL);
}

void client_news(struct client *c)
{
	/* One that waits for room hears of it then. */
	if (!event_pending(c->writable, EV_WRITE, NULL))
		pump(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	if (what & EV_TIMEOUT)
		client_free(arg);
	else
		pump(arg);
}

/* Hands on what has come. Nothing more is read while the guest does not take it; of somebody who
 * does not write for it, it is dropped. False: it is no input. */
static bool hand_on(struct client *c)
{
	const uint8_t *data;
	int n;

	while ((n = piece_take(&c->in, &data)) > 0) {
		size_t took = c->console->writer == c ? console_write(c->console, data, (size_t)n)
						      : (size_t)n;

		piece_done(&c->in, took);
		if (took < (size_t)n) {
			event_del(c->readable);
			return true;
		}
	}
	event_add(c->readable, NULL);
	return n == 0;
}

void client_go_on(struct client *c)
{
	event_active(c->readable, EV_READ, 0);
}

/* Takes in what has come; 0 for a client that has no more to say, or has gone. */
static ssize_t receive(struct client *c)
{
	size_t room = sizeof(c->in.data) - c->in.len;
	ssize_t n = room ? recv(c->fd, c->in.data + c->in.len, room, MSG_DONTWAIT) : -1;

	if (!room || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return 1;
	if (n > 0 && c->want.stream)
		c->in.len += (size_t)n;
	return n;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	ssize_t n = receive(c);

	(void)fd, (void)what;
	if (n == 0 && !c->want.follow)
		event_del(c->readable);
	else if (n <= 0 || !hand_on(c))
		client_free(c);
}

static void refuse(struct client *c, const char *status, const char *code, const char *words)
{
	put(c,
		"HTTP/1.1 %s\r\n"
		"Content-Type: application/json\r\n"
		"Content-Length: %zu\r\n"
		"Connection: close\r\n\r\n"
		"{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
		status, strlen(code) + strlen(words) + strlen("{'error':{'code':'','message':''}}"),
		code, words);
	c->want.stream = c->want.write = false;
	c->over = true;
}

/* It writes, unless somebody does already whom it may not put out. */
static void take_writing(struct client *c)
{
	struct client *holder = c->console->writer;
	char words[160];

	if (holder && !c->want.steal) {
		snprintf(words, sizeof(words),
			"process %d of user %u writes to this console already: it would have to be "
			"stolen",
			holder->who.pid, holder->who.uid);
		refuse(c, "409 Conflict", "conflict", words);
		return;
	}
	c->console->writer = c;
	if (holder) {
		holder->taken_by = c->who;
		client_go_on(holder); /* what it had sent is dropped */
		client_news(holder);
	}
}

static void put_head(struct client *c)
{
	const char *more = c->want.stream
		? "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: gridnix-console\r\n"
		: "200 OK\r\nContent-Type: application/octet-stream\r\n"
		  "Cache-Control: no-store\r\nConnection: close\r\n";

	put(c, "HTTP/1.1 %s", more);
	if (!c->want.stream && !c->want.follow)
		put(c, "Content-Length: %" PRIu64 "\r\n", c->until - c->at);
	put(c, "\r\n");
}

/* Where it begins: a place that was never, or is no more, is the nearest that is. */
static void find_place(struct client *c)
{
	const struct console_log *log = &c->console->log;

	c->until = c->want.follow ? UINT64_MAX : log->end;
	c->at = c->want.placed ? c->want.since : console_log_lines(log, c->want.lines);
	if (!c->want.stream && c->at < log->start)
		c->at = log->start;
	if (c->at > log->end)
		c->at = log->end;
}

void client_new(struct console *console, int fd, const struct msg_console *want)
{
	struct client *c = gnx_alloc(sizeof(*c));
	struct event_base *base = console->all->base;
	uint8_t place[PIECE_HEAD];
	char digits[24];

	c->console = console;
	c->fd = fd;
	c->want = *want;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c->who, &(socklen_t){sizeof(c->who)});
	c->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(base, fd, EV_WRITE, on_writable, c);
	TAILQ_INSERT_TAIL(&console->clients, c, next);
	if (console->all->clients_len++ == CONSOLE_CLIENTS_MAX)
		refuse(c, "503 Service Unavailable", "unavailable", "too many clients of consoles");
	else if (want->write)
		take_writing(c);
	if (!c->over) {
		find_place(c);
		put_head(c);
	}
	if (!c->over && want->stream) {
		snprintf(digits, sizeof(digits), "%" PRIu64, c->at);
		piece_head(place, PIECE_PLACE, strlen(digits));
		memcpy(c->out + c->out_len, place, sizeof(place));
		c->out_len += sizeof(place);
		put(c, "%s", digits);
	}
	event_add(c->readable, NULL);
	pump(c);
}
