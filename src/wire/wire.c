/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages: see wire.h. A packet is the type and then the values, each behind a byte that tells its
 * kind; bytes and strings have their length in front. Numbers are in the host's own order: both
 * ends are on it.
 */
#include "wire/wire.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TAG_U8 = 1, TAG_U32, TAG_U64, TAG_I64, TAG_BYTES, TAG_STR };

/* So a length that put_run() cuts is of bytes that put() refuses. */
static_assert(WIRE_MAX <= UINT16_MAX, "a length has 16 bits");

static void put(struct wire *w, const void *data, size_t len)
{
	if (len > sizeof(w->data) - w->len)
		w->bad = true;
	if (w->bad || !len)
		return;
	memcpy(w->data + w->len, data, len);
	w->len += len;
}

static void put_number(struct wire *w, uint8_t tag, const void *v, size_t len)
{
	put(w, &tag, 1);
	put(w, v, len);
}

static void put_run(struct wire *w, uint8_t tag, const void *data, size_t len)
{
	put(w, &tag, 1);
	put(w, &(uint16_t){(uint16_t)len}, sizeof(uint16_t));
	put(w, data, len);
}

void wire_begin(struct wire *w, uint16_t type)
{
	w->type = type;
	w->bad = false;
	memcpy(w->data, &type, sizeof(type));
	w->len = w->at = sizeof(type);
}

void wire_put_u8(struct wire *w, uint8_t v)
{
	put_number(w, TAG_U8, &v, sizeof(v));
}

void wire_put_u32(struct wire *w, uint32_t v)
{
	put_number(w, TAG_U32, &v, sizeof(v));
}

void wire_put_u64(struct wire *w, uint64_t v)
{
	put_number(w, TAG_U64, &v, sizeof(v));
}

void wire_put_i64(struct wire *w, int64_t v)
{
	put_number(w, TAG_I64, &v, sizeof(v));
}

void wire_put_bytes(struct wire *w, const void *data, size_t len)
{
	put_run(w, TAG_BYTES, data, len);
}

void wire_put_str(struct wire *w, const char *s)
{
	put_run(w, TAG_STR, s, strlen(s));
}

/* The code for a call on the socket that failed. */
static int failed(void)
{
	/* The other side went away and left what we had sent it unread. */
	return errno == ECONNRESET ? -EPIPE : -errno;
}

/* Room for descriptors beside a message. */
union control {
	char data[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

int wire_send_fds(int fd, const struct wire *w, const int *fds, size_t n)
{
	struct iovec iov = {.iov_base = (void *)w->data, .iov_len = w->len};
	union control control = {0};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	assert(n <= WIRE_FDS_MAX);
	if (w->bad)
		return -GNX_E_TOO_BIG;
	if (n) {
		m.msg_control = control.data;
		m.msg_controllen = CMSG_SPACE(n * sizeof(*fds));
		*CMSG_FIRSTHDR(&m) =
			(struct cmsghdr){CMSG_LEN(n * sizeof(*fds)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, n * sizeof(*fds));
	}
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? failed() : 0;
}

int wire_send(int fd, const struct wire *w)
{
	return wire_send_fds(fd, w, NULL, 0);
}

/* What recvmsg() has got, as a message. */
static int take_packet(struct wire *w, const struct msghdr *m, ssize_t n)
{
	if (n < 0)
		return errno == EAGAIN ? 0 : failed();
	/* An empty packet looks the same as the end, and no message is one. */
	if (n == 0)
		return -EPIPE;
	if (m->msg_flags & (MSG_TRUNC | MSG_CTRUNC) || n < (ssize_t)sizeof(w->type))
		return -GNX_E_SYNTAX;
	memcpy(&w->type, w->data, sizeof(w->type));
	w->bad = false;
	w->len = (size_t)n;
	w->at = sizeof(w->type);
	return 1;
}

static int receive(int fd, struct wire *w, struct msghdr *m)
{
	struct iovec iov = {.iov_base = w->data, .iov_len = sizeof(w->data)};

	m->msg_iov = &iov;
	m->msg_iovlen = 1;
	w->bad = true; /* until it is known to be a message */
	w->len = w->at = 0;
	return take_packet(w, m, recvmsg(fd, m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
}

int wire_recv(int fd, struct wire *w)
{
	/* No room for descriptors: the kernel shuts those that come, and says so. */
	struct msghdr m = {0};

	return receive(fd, w, &m);
}

int wire_recv_fds(int fd, struct wire *w, int fds_out[WIRE_FDS_MAX])
{
	union control control;
	struct msghdr m = {
		.msg_control = control.data, .msg_controllen = CMSG_LEN(sizeof(int[WIRE_FDS_MAX]))};
	const struct cmsghdr *c;
	int r = receive(fd, w, &m);

	for (size_t i = 0; i < WIRE_FDS_MAX; i++)
		fds_out[i] = -1;
	c = m.msg_controllen >= sizeof(*c) ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fds_out, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	for (size_t i = 0; r < 0 && i < WIRE_FDS_MAX; i++) {
		if (fds_out[i] >= 0)
			close(fds_out[i]);
		fds_out[i] = -1;
	}
	return r;
}

/* The next len bytes; NULL when they are not there, and the message is bad then. */
static const uint8_t *take(struct wire *w, size_t len)
{
	const uint8_t *p = w->data + w->at;

	if (len > w->len - w->at)
		w->bad = true;
	if (w->bad)
		return NULL;
	w->at += len;
	return p;
}

/* What is behind the tag, if that is the next one: len bytes, else NULL. */
static const uint8_t *take_tagged(struct wire *w, uint8_t tag, size_t len)
{
	const uint8_t *p = take(w, 1);

	if (p && *p != tag)
		w->bad = true;
	return take(w, len);
}

static void get_number(struct wire *w, uint8_t tag, void *out, size_t len)
{
	const uint8_t *p = take_tagged(w, tag, len);

	if (p)
		memcpy(out, p, len);
}

static const uint8_t *get_run(struct wire *w, uint8_t tag, size_t *len)
{
	const uint8_t *p = take_tagged(w, tag, sizeof(uint16_t));
	uint16_t n = 0;

	if (p)
		memcpy(&n, p, sizeof(n));
	*len = n;
	return take(w, n);
}

uint8_t wire_get_u8(struct wire *w)
{
	uint8_t v = 0;

	get_number(w, TAG_U8, &v, sizeof(v));
	return v;
}

uint32_t wire_get_u32(struct wire *w)
{
	uint32_t v = 0;

	get_number(w, TAG_U32, &v, sizeof(v));
	return v;
}

uint64_t wire_get_u64(struct wire *w)
{
	uint64_t v = 0;

	get_number(w, TAG_U64, &v, sizeof(v));
	return v;
}

int64_t wire_get_i64(struct wire *w)
{
	int64_t v = 0;

	get_number(w, TAG_I64, &v, sizeof(v));
	return v;
}

void wire_get_bytes(struct wire *w, void *out, size_t len)
{
	size_t n;
	const uint8_t *p = get_run(w, TAG_BYTES, &n);

	memset(out, 0, len);
	if (p && n == len)
		memcpy(out, p, len);
	else
		w->bad = true;
}

void wire_get_str(struct wire *w, char *out, size_t size)
{
	size_t n;
	const uint8_t *p = get_run(w, TAG_STR, &n);

	assert(size);
	out[0] = '\0';
	if (!p || n >= size || memchr(p, '\0', n)) {
		w->bad = true;
		return;
	}
	memcpy(out, p, n);
	out[n] = '\0';
}

int wire_end(const struct wire *w)
{
	return w->bad || w->at != w->len ? -GNX_E_SYNTAX : 0;
}
