/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions to xenstored: see control.h. What is sent and received is in xen/io/xs_wire.h. */
#include "xen/observe/control.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/sock.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>

/* Those that Xen has had since 4.22. */
#define GET_QUOTA 25
#define SET_QUOTA 26

#define PIECES_MAX 256 /* that are taken at a time, each of a message or less */

/* In the number of a question beside its domain: it is to change something. */
#define CHANGES 0x10000

void control_close(struct control *c)
{
	gnx_close(&c->fd);
	gnx_buf_done(&c->in);
	*c = (struct control){.fd = -1};
}

int control_open(struct control *c, const char *path, struct gnx_err *err)
{
	*c = (struct control){.fd = -1};
	return gnx_connect(path, &c->fd, err);
}

/* What does not go out whole is the end of it: the store has not read for long. */
static int send_message(struct control *c, uint32_t type, int number, const char *text, size_t len,
	struct gnx_err *err)
{
	struct {
		struct xsd_sockmsg head;
		char text[64];
	} m = {.head = {.type = type, .req_id = (uint32_t)number, .len = (uint32_t)len}};
	ssize_t size = (ssize_t)(sizeof(m.head) + len), n;

	memcpy(m.text, text, len);
	n = send(c->fd, &m, (size_t)size, MSG_NOSIGNAL);
	if (n == size) {
		c->waiting++;
		return 0;
	}
	if (n >= 0)
		errno = EAGAIN;
	n = gnx_fail_errno(err, "xenstore takes no questions");
	control_close(c);
	return (int)n;
}

int control_ask(struct control *c, int domid, struct gnx_err *err)
{
	char text[32] = "quota";
	size_t len = sizeof("quota");

	if (domid != CONTROL_LIMITS)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%d", domid) + 1;
	return send_message(c, XS_CONTROL, domid, text, len, err);
}

int control_ask_each(struct control *c, struct gnx_err *err)
{
	return send_message(c, GET_QUOTA, CONTROL_LIMITS, "", 0, err);
}

int control_limit(struct control *c, int domid, const char *name, uint64_t max, struct gnx_err *err)
{
	char text[64];
	int len = snprintf(
		text, sizeof(text), "%d%c%s%c%llu", domid, 0, name, 0, (unsigned long long)max);

	return send_message(c, SET_QUOTA, domid | CHANGES, text, (size_t)len + 1, err);
}

int control_watch(struct control *c, const char *path, struct gnx_err *err)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%s%cw", path, 0);

	c->watches = true;
	return send_message(c, XS_WATCH, 0, text, (size_t)len + 1, err);
}

/* A domain that has gone, and an older store that does not know the question, are no failure. */
static int take_answer(struct control *c, const struct xsd_sockmsg *head, const char *text,
	void (*told)(void *arg, int domid, const char *text), void *arg, struct gnx_err *err)
{
	/* Events come without a question, and the answer to that for a watch ends nothing. */
	if (c->watches && head->type == XS_WATCH_EVENT)
		told(arg, 0, text);
	if (c->watches && head->type == XS_ERROR)
		return gnx_fail(err, -EIO, "xenstore cannot be watched: %s", text);
	if (c->watches && (head->type == XS_WATCH_EVENT || head->type == XS_WATCH))
		return 0;
	if (!c->waiting--)
		return gnx_fail(err, -EPROTO, "xenstore: an answer to no question");
	if (head->type == XS_CONTROL)
		told(arg, (int)head->req_id, text);
	else if (head->type == GET_QUOTA)
		c->each = true;
	else if (head->type == XS_ERROR && head->req_id & CHANGES)
		return gnx_fail(err, -EIO, "xenstore: domain %u has the limits that it had: %s",
			head->req_id & ~CHANGES, text);
	else if (head->type != SET_QUOTA && head->type != XS_ERROR)
		return gnx_fail(err, -EPROTO, "xenstore: an answer of type %u", head->type);
	return 0;
}

/* All answers that are there in full. */
static int take_answers(struct control *c, void (*told)(void *arg, int domid, const char *text),
	void *arg, struct gnx_err *err)
{
	struct xsd_sockmsg head;
	int r = 0;

	while (!r && c->in.len >= sizeof(head)) {
		GNX_CLEAN(gnx_free)
		char *text = NULL;

		memcpy(&head, c->in.data, sizeof(head));
		if (head.len > XENSTORE_PAYLOAD_MAX)
			return gnx_fail(err, -EPROTO, "xenstore: an answer that is too long");
		if (c->in.len < sizeof(head) + head.len)
			break;
		text = gnx_fmt("%.*s", (int)head.len, c->in.data + sizeof(head));
		c->in.len -= sizeof(head) + head.len;
		memmove(c->in.data, c->in.data + sizeof(head) + head.len, c->in.len);
		r = take_answer(c, &head, text, told, arg, err);
	}
	return r;
}

int control_take(struct control *c, void (*told)(void *arg, int domid, const char *text), void *arg,
	struct gnx_err *err)
{
	char bytes[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	int r = 0;

	for (int i = 0; !r && c->waiting; i++) {
		ssize_t n = i < PIECES_MAX ? recv(c->fd, bytes, sizeof(bytes) - c->in.len, 0) : -1;

		if (i == PIECES_MAX || (n < 0 && errno == EAGAIN))
			return -EAGAIN;
		if (n <= 0) {
			errno = n ? errno : EPIPE;
			r = gnx_fail_errno(err, "xenstore");
			break;
		}
		gnx_buf_add(&c->in, bytes, (size_t)n);
		r = take_answers(c, told, arg, err);
	}
	if (r < 0)
		control_close(c);
	return r;
}

/* The number of the process that listened; or the one in the file, which oxenstored writes: its
 * process that listened has ended, and another one goes on. */
static int take_pid(const struct control *c, const char *pid_file, bool listened)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct ucred who = {0};
	socklen_t len = sizeof(who);
	uint64_t pid;

	if (listened)
		return getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 ? -1 : who.pid;
	if (gnx_file_read(pid_file, 32, &text, NULL) < 0 || !text.len ||
		gnx_parse_u64(gnx_trim(text.data), INT_MAX, &pid) < 0)
		return -1;
	return (int)pid;
}

/* Of a process of that name alone: numbers are used again. -ESRCH. */
static int64_t cpu_ms(int pid)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/proc/%d/stat", pid);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	unsigned long long user, system;
	const char *at;

	if (gnx_file_read(path, 4096, &text, NULL) < 0)
		return -ESRCH;
	at = strstr(text.data, "xenstored) ");
	if (!at ||
		sscanf(at, "xenstored) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
			&user, &system) != 2)
		return -ESRCH;
	return (int64_t)((user + system) * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
}

int64_t control_cpu_ms(const struct control *c, const char *pid_file)
{
	int64_t ms = c->fd < 0 ? -ENOTCONN : cpu_ms(take_pid(c, pid_file, true));

	return ms == -ESRCH ? cpu_ms(take_pid(c, pid_file, false)) : ms;
}
