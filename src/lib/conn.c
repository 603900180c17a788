/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles and questions: see conn.h and gridnix.h. */
#include "lib/conn.h"
#include "base/clean.h"
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#define PATIENCE_MS 30000
#define ANSWER_MAX  (16u << 20) /* bytes: some 60,000 guests */
#define READ_MAX    16384	/* bytes at a time */

/* One number means one thing inside and outside. */
static_assert((int)GNX_ERR_PROTOCOL == (int)GNX_E_SYNTAX, "base/err.def");
static_assert((int)GNX_ERR_TOO_BIG == (int)GNX_E_TOO_BIG, "base/err.def");
static_assert((int)GNX_ERR_UNREACHABLE == (int)GNX_E_UNREACHABLE, "base/err.def");
static_assert((int)GNX_ERR_STATE == (int)GNX_E_STATE, "base/err.def");

const char *gnx_version(void)
{
	return GNX_VERSION;
}

int conn_fail(struct gnx_conn *c, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->words, sizeof(c->words), fmt, ap);
	va_end(ap);
	return code;
}

int64_t conn_deadline(int ms)
{
	struct timespec now;

	if (ms < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000 + ms;
}

void conn_json_done(json_t **json)
{
	json_decref(*json);
}

int gnx_conn_open(const char *path, struct gnx_conn **conn_out)
{
	struct gnx_conn *c;

	path = path ? path : GNX_SOCKET;
	if (!conn_out || !path[0])
		return -EINVAL;
	if (strlen(path) >= sizeof(c->path))
		return -ENAMETOOLONG;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	strcpy(c->path, path);
	c->patience_ms = PATIENCE_MS;
	c->events = QUESTION_INIT;
	c->over = -ENOTCONN;
	*conn_out = c;
	return 0;
}

void gnx_conn_close(struct gnx_conn *conn)
{
	if (!conn)
		return;
	question_end(&conn->events);
	event_done(&conn->event);
	free(conn);
}

const char *gnx_conn_words(const struct gnx_conn *conn)
{
	return conn ? conn->words : "";
}

int gnx_conn_patience(struct gnx_conn *conn, int ms)
{
	if (!conn || !ms || ms < -1)
		return -EINVAL;
	conn->patience_ms = ms;
	return 0;
}

void question_end(struct question *q)
{
	gnx_close(&q->fd);
	q->fd = -1;
	http_done(&q->http);
}

static int connect_fail(struct gnx_conn *c)
{
	switch (errno) {
	case EAGAIN: /* SO_SNDTIMEO */
		return conn_fail(c, -ETIMEDOUT, "%s: the daemon takes no connection", c->path);
	case EACCES:
	case EPERM:
		return conn_fail(c, -EACCES, "%s: %m", c->path);
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		return conn_fail(c, -GNX_ERR_UNREACHABLE, "%s: %m", c->path);
	default:
		return conn_fail(c, -errno, "%s: %m", c->path);
	}
}

/* Connecting waits only while the daemon's queue of connections is full. */
static int connect_to(struct gnx_conn *c, int *fd_out)
{
	struct timeval patience = {0};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return conn_fail(c, -errno, "socket: %m");
	if (c->patience_ms > 0) {
		patience.tv_sec = c->patience_ms / 1000;
		patience.tv_usec = c->patience_ms % 1000 * 1000;
	}
	strcpy(addr.sun_path, c->path);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return conn_fail(c, -errno, "socket: %m");
	do
		r = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return connect_fail(c);
	*fd_out = STEAL_FD(fd);
	return 0;
}

int conn_lost(struct gnx_conn *c)
{
	return conn_fail(c, -EPIPE, "%s: the connection to the daemon was lost", c->path);
}

static int send_all(struct gnx_conn *c, int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			return conn_fail(c, -ETIMEDOUT, "%s: the daemon reads nothing", c->path);
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return conn_lost(c);
		} else if (errno != EINTR) {
			return conn_fail(c, -errno, "%s: %m", c->path);
		}
	}
	return 0;
}

/* A daemon that has answered before it has read all need not take the rest. */
static int send_body(struct gnx_conn *c, int fd, const char *body)
{
	int r = body ? send_all(c, fd, body, strlen(body)) : 0;

	return r == -EPIPE ? 0 : r;
}

/* The head, given; NULL when there is no memory. */
static char *make_head(const struct demand *d)
{
	char *text, describe[128] = "";

	if (d->body)
		snprintf(describe, sizeof(describe), "Content-Type: %s\r\nContent-Length: %zu\r\n",
			d->type, strlen(d->body));
	return asprintf(&text,
		       "%s %s HTTP/1.1\r\n"
		       "Host: localhost\r\n"
		       "User-Agent: libgridnix/" GNX_VERSION "\r\n"
		       "%s"
		       "Connection: %s\r\n\r\n",
		       d->method, d->target, describe,
		       d->upgrade ? "Upgrade\r\nUpgrade: gridnix-console" : "close") < 0
		? NULL
		: text;
}

int question_begin(struct gnx_conn *c, struct question *q, const struct demand *d, size_t body_max)
{
	GNX_CLEAN(gnx_free)
	char *head = make_head(d);
	int r;

	http_init(&q->http, body_max);
	q->http.upgrade = d->upgrade;
	if (!head)
		return conn_fail(c, -ENOMEM, "out of memory");
	r = connect_to(c, &q->fd);
	if (!r)
		r = send_all(c, q->fd, head, strlen(head));
	return r ? r : send_body(c, q->fd, d->body);
}

int question_wait(struct gnx_conn *c, struct question *q, int64_t deadline)
{
	struct pollfd p = {.fd = q->fd, .events = POLLIN};
	int64_t left = deadline < 0 ? -1 : deadline - conn_deadline(0);
	int r = poll(&p, 1, deadline < 0 ? -1 : left < 0 ? 0 : (int)left);

	if (!r)
		return conn_fail(c, -ETIMEDOUT, "%s: the daemon did not answer in time", c->path);
	return r > 0 ? 0 : conn_fail(c, -errno, "poll: %m");
}

static int read_fail(struct gnx_conn *c, int code)
{
	switch (code) {
	case -EPIPE:
		return conn_lost(c);
	case -ENOMEM:
		return conn_fail(c, code, "out of memory");
	case -GNX_ERR_TOO_BIG:
		return conn_fail(c, code, "%s: the answer is too big", c->path);
	default:
		return conn_fail(
			c, code, "%s: the answer is no HTTP that the daemon speaks", c->path);
	}
}

int question_read(struct gnx_conn *c, struct question *q)
{
	char buf[READ_MAX];
	ssize_t n;
	int r;

	do
		n = recv(q->fd, buf, sizeof(buf), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return errno == ECONNRESET ? conn_lost(c) : conn_fail(c, -errno, "%s: %m", c->path);
	r = n > 0 ? http_feed(&q->http, buf, (size_t)n) : http_close(&q->http);
	return r < 0 ? read_fail(c, r) : 0;
}

int conn_json(struct gnx_conn *c, const char *text, size_t len, json_t **out)
{
	json_error_t e;
	json_t *json = json_loadb(text, len, 0, &e);

	if (json_is_object(json)) {
		*out = json;
		return 0;
	}
	if (json)
		json_decref(json);
	else if (json_error_code(&e) == json_error_out_of_memory)
		return conn_fail(c, -ENOMEM, "out of memory");
	return conn_fail(c, -GNX_ERR_PROTOCOL, "%s: the answer is no JSON object", c->path);
}

static int status_code(int status)
{
	switch (status) {
	case 400:
		return -EINVAL;
	case 403:
		return -EACCES;
	case 404:
		return -ENOENT;
	case 409:
		return -GNX_ERR_STATE;
	case 413:
		return -GNX_ERR_TOO_BIG;
	case 503:
		return -EBUSY;
	default:
		return status >= 500 ? -EIO : -GNX_ERR_PROTOCOL;
	}
}

int question_verdict(struct gnx_conn *c, struct question *q)
{
	const struct http *h = &q->http;
	GNX_CLEAN(conn_json_done)
	json_t *json = NULL;
	const char *words;

	if (h->status < 300)
		return 0;
	if (h->body.len && conn_json(c, h->body.data, h->body.len, &json) == 0 &&
		json_unpack(json, "{s:{s:s}}", "error", "message", &words) == 0)
		return conn_fail(c, status_code(h->status), "%s", words);
	return conn_fail(c, status_code(h->status), "%s: the daemon answered with status %d",
		c->path, h->status);
}

static int ask(struct gnx_conn *c, struct question *q, const struct demand *d)
{
	int64_t deadline = conn_deadline(c->patience_ms);
	int r = question_begin(c, q, d, ANSWER_MAX);

	if (deadline >= 0)
		deadline += d->wait_ms;
	while (!r && q->http.state != HTTP_WHOLE) {
		r = question_wait(c, q, deadline);
		if (!r)
			r = question_read(c, q);
		else if (r == -EINTR)
			r = 0;
	}
	return r ? r : question_verdict(c, q);
}

int conn_ask(struct gnx_conn *c, const struct demand *d, char **text_out)
{
	GNX_CLEAN(question_end)
	struct question q = QUESTION_INIT;
	char *text;
	int r = ask(c, &q, d);

	if (r < 0)
		return r;
	if (q.http.body.len && memchr(q.http.body.data, '\0', q.http.body.len))
		return conn_fail(c, -GNX_ERR_PROTOCOL, "%s: a NUL is in the answer", c->path);
	text = q.http.body.data ? STEAL(q.http.body.data) : strdup("");
	if (!text)
		return conn_fail(c, -ENOMEM, "out of memory");
	*text_out = text;
	return 0;
}

int conn_ask_json(struct gnx_conn *c, const struct demand *d, json_t **json_out, char **text_out)
{
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	json_t *json;
	size_t len;
	int r = conn_ask(c, d, &text);

	if (!r)
		r = conn_json(c, text, strlen(text), &json);
	if (r < 0)
		return r;
	for (len = strlen(text); len && (text[len - 1] == '\n' || text[len - 1] == '\r');)
		text[--len] = '\0';
	if (text_out)
		*text_out = STEAL(text);
	*json_out = json;
	return 0;
}
