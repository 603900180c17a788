/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of the kernel: see nl.h. */
#include "net/nl.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"

#include <limits.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#define PATIENCE_MS	1000  /* for the next packet of an answer */
#define PATIENCE_ALL_MS 10000 /* for all of them */
#define ANSWER_MAX	32768 /* bytes; what the kernel puts into one at most */
#define TRIES		5     /* of a list that is changed while it is told */

int nl_open(int bus, struct nl *out, struct gnx_err *err)
{
	struct mnl_socket *s = mnl_socket_open2(bus, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int on = 1;

	if (!s)
		return gnx_fail_errno(err, "netlink");
	/* The kernel's words for what it refuses, without the request that they are about. */
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 ||
		mnl_socket_setsockopt(s, NETLINK_EXT_ACK, &on, sizeof(on)) < 0 ||
		mnl_socket_setsockopt(s, NETLINK_CAP_ACK, &on, sizeof(on)) < 0) {
		int r = gnx_fail_errno(err, "netlink");

		mnl_socket_close(s);
		return r;
	}
	*out = (struct nl){.socket = s};
	return 0;
}

void nl_close(struct nl *n)
{
	if (n->socket)
		mnl_socket_close(n->socket);
	n->socket = NULL;
}

struct nlmsghdr *nl_begin(struct nl *n, union nl_message *m, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h;

	memset(m, 0, sizeof(*m));
	h = mnl_nlmsg_put_header(m);
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++n->seq;
	return h;
}

struct search {
	uint16_t type;
	const struct nlattr *found;
};

static int compare(const struct nlattr *a, void *arg)
{
	struct search *s = arg;

	if (mnl_attr_get_type(a) != s->type)
		return MNL_CB_OK;
	s->found = a;
	return MNL_CB_STOP;
}

const struct nlattr *nl_attr(const struct nlmsghdr *h, size_t offset, uint16_t type)
{
	struct search s = {.type = type};

	mnl_attr_parse(h, (unsigned int)offset, compare, &s);
	return s.found;
}

const struct nlattr *nl_attr_in(const struct nlattr *nest, uint16_t type)
{
	struct search s = {.type = type};

	mnl_attr_parse_nested(nest, compare, &s);
	return s.found;
}

/* What is waited for, and what has come of it. */
struct wait {
	uint32_t first, last; /* messages' numbers: what is below is of a request given up */
	int (*tell)(void *arg, const struct nlmsghdr *answer, struct gnx_err *err); /* or NULL */
	void *arg;
	int result; /* of tell, or why the list is of no use; 0: it goes on well */
};

static const char *kernel_words(const struct nlmsghdr *h)
{
	const struct nlattr *a = h->nlmsg_flags & NLM_F_ACK_TLVS
		? nl_attr(h, sizeof(struct nlmsgerr), NLMSGERR_ATTR_MSG)
		: NULL;

	return a && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 ? mnl_attr_get_str(a) : NULL;
}

static int take_error(const struct nlmsghdr *h, struct gnx_err *err)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
	const char *words;

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*e))
		return gnx_fail(err, -EPROTO, "netlink: an answer that is cut");
	if (!e->error)
		return 0;
	words = kernel_words(h);
	return gnx_fail(err, e->error, "%s%s%s", gnx_strerror(e->error), words ? ": " : "",
		words ? words : "");
}

/* A list is read to its end, or the kernel begins no other: what is not wanted is skipped. */
static void take_item(struct wait *w, const struct nlmsghdr *h, struct gnx_err *err)
{
	if (w->result)
		return;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		w->result = gnx_fail(err, -EINTR, "netlink: changed while it was told");
	else if (w->tell)
		w->result = w->tell(w->arg, h, err);
}

/* 1: it was the last one. */
static int take(struct wait *w, const struct nlmsghdr *h, struct gnx_err *err)
{
	int r;

	if (h->nlmsg_seq < w->first || h->nlmsg_seq > w->last)
		return 0;
	if (h->nlmsg_type == NLMSG_ERROR) {
		r = take_error(h, err);
		return r ? r : h->nlmsg_seq == w->last;
	}
	if (h->nlmsg_type >= NLMSG_MIN_TYPE)
		take_item(w, h, err);
	return h->nlmsg_type == NLMSG_DONE;
}

/* Takes one packet of answers. */
static int take_all(struct nl *n, struct wait *w, struct gnx_err *err)
{
	union {
		struct nlmsghdr head;
		char bytes[ANSWER_MAX];
	} buf;
	ssize_t got = mnl_socket_recvfrom(n->socket, &buf, sizeof(buf));
	int r = 0, len = (int)got;

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : gnx_fail_errno(err, "netlink");
	for (const struct nlmsghdr *h = &buf.head; !r && mnl_nlmsg_ok(h, len);
		h = mnl_nlmsg_next(h, &len))
		r = take(w, h, err);
	return r;
}

/* A long list may take its time, as long as it goes on. */
static int wait_for(struct nl *n, struct wait *w, struct gnx_err *err)
{
	const long long last = gnx_now_ms() + PATIENCE_ALL_MS;
	long long end = gnx_now_ms() + PATIENCE_MS;
	struct pollfd p = {.fd = mnl_socket_get_fd(n->socket), .events = POLLIN};
	int r = 0;

	while (!r) {
		long long left = (end < last ? end : last) - gnx_now_ms();
		int there = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (!there)
			return gnx_fail(err, -ETIMEDOUT, "netlink: %s within %d s",
				end < last ? "no answer" : "no end of an answer",
				(end < last ? PATIENCE_MS : PATIENCE_ALL_MS) / 1000);
		r = take_all(n, w, err);
		if (there > 0)
			end = gnx_now_ms() + PATIENCE_MS;
	}
	return r < 0 ? r : w->result;
}

int nl_ask(struct nl *n, struct nlmsghdr *request,
	int (*tell)(void *arg, const struct nlmsghdr *answer, struct gnx_err *err), void *arg,
	struct gnx_err *err)
{
	struct wait w = {
		.first = request->nlmsg_seq, .last = request->nlmsg_seq, .tell = tell, .arg = arg};

	if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		request->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(n->socket, request, request->nlmsg_len) < 0)
		return gnx_fail_errno(err, "netlink");
	return wait_for(n, &w, err);
}

static int keep(void *all, const struct nlmsghdr *h, struct gnx_err *err)
{
	(void)err;
	gnx_buf_add(all, h, NLMSG_ALIGN(h->nlmsg_len));
	return 0;
}

int nl_ask_list(struct nl *n, struct nlmsghdr *request,
	int (*tell)(void *arg, const struct nlmsghdr *item, struct gnx_err *err), void *arg,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf all = {0};
	int r = -EINTR;

	for (int i = 0; i < TRIES && r == -EINTR; i++) {
		all.len = 0;
		r = nl_ask(n, request, keep, &all, err);
		request->nlmsg_seq = ++n->seq;
	}
	for (size_t at = 0; !r && at < all.len;) {
		const struct nlmsghdr *h = (const void *)(all.data + at);

		r = tell(arg, h, err);
		at += NLMSG_ALIGN(h->nlmsg_len);
	}
	return r;
}

/* The kernel takes no more at once than the socket has room for: half of that is for the messages.
 * When there is no more to be had, it says so as they are sent. */
static void make_room(struct nl *n, size_t len)
{
	int fd = mnl_socket_get_fd(n->socket), room;
	socklen_t size = sizeof(room);

	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size) < 0 || len <= (size_t)room / 2 ||
		len > INT_MAX / 2)
		return;
	room = (int)len;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

int nl_ask_all(struct nl *n, const void *messages, size_t len, uint32_t first, struct gnx_err *err)
{
	struct wait w = {.first = first, .last = n->seq};

	make_room(n, len);
	if (mnl_socket_sendto(n->socket, messages, len) < 0)
		return gnx_fail_errno(err, "netlink");
	return wait_for(n, &w, err);
}
