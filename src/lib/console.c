/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' consoles: see gridnix.h. A stream of pieces, which docs/api/openapi.yaml describes. */
#include "lib/conn.h"
#include "lib/target.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#define HEAD_LEN  4    /* a letter and a length in front of each piece */
#define PIECE_MAX 4096 /* bytes behind that */
#define BODY_MAX  (1u << 16)

struct gnx_console {
	struct gnx_conn *conn;
	struct question q;
	size_t taken; /* bytes of the piece that was told last: it is in q's body still */
	uint64_t place, number;
	bool ended; /* all was told */
	char out[HEAD_LEN + PIECE_MAX];
	size_t out_len, out_at;
};

static int out_of_memory(struct gnx_conn *c)
{
	return conn_fail(c, -ENOMEM, "out of memory");
}

static int bad_piece(struct gnx_console *c)
{
	return conn_fail(
		c->conn, -GNX_ERR_PROTOCOL, "%s: a piece of the console is none", c->conn->path);
}

/* Waits for the answer's head, and for all of it when it is a refusal. */
static int await_head(struct gnx_console *c)
{
	int64_t deadline = conn_deadline(c->conn->patience_ms);
	const struct http *h = &c->q.http;
	int r = 0;

	while (!r && h->state != HTTP_WHOLE && !(h->status == 101 && h->state == HTTP_CLOSE)) {
		r = question_wait(c->conn, &c->q, deadline);
		r = r == -EINTR ? 0 : r ? r : question_read(c->conn, &c->q);
	}
	if (!r)
		r = question_verdict(c->conn, &c->q);
	return !r && h->status != 101 ? bad_piece(c) : r;
}

static int open_console(struct gnx_conn *conn, const char *guest, unsigned flags, const char *from,
	uint64_t number, struct gnx_console **out)
{
	struct gnx_console *c;
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text, .upgrade = true};
	char more[128];
	int r;

	if (!conn || !guest || !*guest || !out ||
		flags & ~(GNX_CONSOLE_WRITE | GNX_CONSOLE_STEAL | GNX_CONSOLE_STORED))
		return -EINVAL;
	snprintf(more, sizeof(more), "/console?%s=%" PRIu64 "%s%s%s", from, number,
		flags & GNX_CONSOLE_WRITE ? "&write=yes" : "",
		flags & GNX_CONSOLE_STEAL ? "&steal=yes" : "",
		flags & GNX_CONSOLE_STORED ? "&follow=no" : "");
	r = target_guest(conn, &t, guest, more);
	if (r < 0)
		return r;
	c = calloc(1, sizeof(*c));
	if (!c)
		return out_of_memory(conn);
	c->conn = conn;
	c->q = QUESTION_INIT;
	r = question_begin(conn, &c->q, &d, BODY_MAX);
	if (!r)
		r = await_head(c);
	if (r < 0)
		gnx_console_close(c);
	else
		*out = c;
	return r;
}

int gnx_console_open(struct gnx_conn *conn, const char *guest, unsigned flags, uint64_t lines,
	struct gnx_console **console_out)
{
	lines = lines > INT64_MAX ? INT64_MAX : lines;
	return open_console(conn, guest, flags, "lines", lines, console_out);
}

int gnx_console_open_at(struct gnx_conn *conn, const char *guest, unsigned flags, uint64_t place,
	struct gnx_console **console_out)
{
	return open_console(conn, guest, flags, "since", place, console_out);
}

void gnx_console_close(struct gnx_console *console)
{
	if (!console)
		return;
	question_end(&console->q);
	free(console);
}

int gnx_console_fd(const struct gnx_console *console)
{
	return console ? console->q.fd : -1;
}

/* The number that a piece holds, which another one may follow; false: none. */
static bool number(const char *text, size_t len, uint64_t *out)
{
	uint64_t n = 0;
	size_t i = 0;

	for (; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		if (n > (INT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	*out = n;
	return i && (i == len || text[i] == ' ');
}

/* What a piece means: its kind, or 0 for one that is not told. */
static int read_piece(struct gnx_console *c, char letter, const char *text, size_t len)
{
	uint64_t n = 0;
	bool has = number(text, len, &n);

	switch (letter) {
	case 'o':
		c->place += len;
		return GNX_CONSOLE_OUTPUT;
	case 'g':
		c->place += n;
		c->number = n;
		return has || !len ? GNX_CONSOLE_GAP : bad_piece(c);
	case 'n':
		c->number = n;
		return has ? GNX_CONSOLE_OPENED : bad_piece(c);
	case 't':
		c->number = n;
		return has ? GNX_CONSOLE_TAKEN : bad_piece(c);
	case 'p':
		c->place = n;
		return has ? 0 : bad_piece(c);
	case 'c':
		return GNX_CONSOLE_CLOSED;
	case 'e':
		c->ended = true;
		return 0;
	default: /* of a later daemon */
		return 0;
	}
}

/* The next one that is there whole; 0 when there is none. */
static int take_piece(struct gnx_console *c)
{
	struct http *h = &c->q.http;
	int r = 0;

	http_take(h, c->taken);
	c->taken = 0;
	while (!r && !c->ended && h->body.len >= HEAD_LEN) {
		const unsigned char *head = (const unsigned char *)h->body.data;
		size_t len = (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];

		if (len > PIECE_MAX)
			return bad_piece(c);
		if (h->body.len - HEAD_LEN < len)
			break;
		r = read_piece(c, (char)head[0], h->body.data + HEAD_LEN, len);
		if (r > 0)
			c->taken = HEAD_LEN + len;
		else
			http_take(h, HEAD_LEN + len);
	}
	return r;
}

int gnx_console_next(struct gnx_console *console, int timeout_ms)
{
	int64_t deadline = conn_deadline(timeout_ms);
	int r;

	if (!console || timeout_ms < -1)
		return -EINVAL;
	while ((r = take_piece(console)) == 0 && !console->ended) {
		if (console->q.http.state == HTTP_WHOLE)
			return conn_lost(console->conn);
		r = question_wait(console->conn, &console->q, deadline);
		if (!r)
			r = question_read(console->conn, &console->q);
		if (r < 0)
			return r;
	}
	return r;
}

const char *gnx_console_data(const struct gnx_console *console, size_t *len_out)
{
	bool there = console && console->taken;

	if (len_out)
		*len_out = there ? console->taken - HEAD_LEN : 0;
	return there ? console->q.http.body.data + HEAD_LEN : "";
}

uint64_t gnx_console_number(const struct gnx_console *console)
{
	return console ? console->number : 0;
}

uint64_t gnx_console_place(const struct gnx_console *console)
{
	return console ? console->place : 0;
}

int gnx_console_pending(struct gnx_console *console)
{
	struct gnx_console *c = console;

	if (!c)
		return -EINVAL;
	while (c->out_at < c->out_len) {
		ssize_t n = send(c->q.fd, c->out + c->out_at, c->out_len - c->out_at,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0)
			c->out_at += (size_t)n;
		else if (errno == EAGAIN)
			return 1;
		else if (errno == EPIPE || errno == ECONNRESET)
			return conn_lost(c->conn);
		else if (errno != EINTR)
			return conn_fail(c->conn, -errno, "%s: %m", c->conn->path);
	}
	return 0;
}

int gnx_console_write(struct gnx_console *console, const void *data, size_t len)
{
	struct gnx_console *c = console;
	int r = !data && len ? -EINVAL : gnx_console_pending(c);

	if (r)
		return r < 0 ? r : 0;
	if (len > PIECE_MAX)
		len = PIECE_MAX;
	if (!len)
		return 0;
	c->out[0] = 'i';
	c->out[1] = 0;
	c->out[2] = (char)(len >> 8);
	c->out[3] = (char)len;
	memcpy(c->out + HEAD_LEN, data, len);
	c->out_len = HEAD_LEN + len;
	c->out_at = 0;
	r = gnx_console_pending(c);
	return r < 0 ? r : (int)len;
}
