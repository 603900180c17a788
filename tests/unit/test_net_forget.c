/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel is asked to forget of connections, and what it says: a kernel that is played,
 * where it is about these. Needs no rights. */
#include "base/clean.h"
#include "base/str.h"
#include "net/forget.h"
#include "net/nl.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* The kernel: whether it follows connections, how it answers who asks for them, if not with those
 * that it has; and what it has been asked. */
static bool follows;
static int code;
static unsigned asked;
static union nl_message request;
static struct {
	uint16_t zone;
	uint8_t from[4];
	bool gone;
} connections[8];

int access(const char *path, int mode)
{
	(void)path, (void)mode;
	return follows ? 0 : -1;
}

/* In the place of libmnl's: what is about connections becomes a message that only has an answer. */
ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *buf, size_t len)
{
	const struct nlmsghdr *h = buf;
	struct nlmsghdr nothing = {.nlmsg_len = sizeof(nothing),
		.nlmsg_type = NLMSG_NOOP,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};

	if (h->nlmsg_type >> 8 != NFNL_SUBSYS_CTNETLINK)
		return send(mnl_socket_get_fd(s), buf, len, 0);
	memcpy(&request, h, len);
	asked++;
	return send(mnl_socket_get_fd(s), &nothing, sizeof(nothing), 0);
}

static struct nlmsghdr *put_head(char *buf, uint16_t type)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);

	h->nlmsg_type = type;
	h->nlmsg_seq = request.head.nlmsg_seq;
	return h;
}

static size_t answer(char *buf, int error)
{
	struct nlmsghdr *h = put_head(buf, NLMSG_ERROR);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(h, sizeof(*e));

	e->error = error;
	return h->nlmsg_len;
}

static size_t put_connection(char *buf, size_t i)
{
	struct nlmsghdr *h =
		put_head(buf, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW));
	struct nlattr *tuple, *ip;

	mnl_nlmsg_put_extra_header(h, sizeof(struct nfgenmsg));
	tuple = mnl_attr_nest_start(h, CTA_TUPLE_ORIG);
	ip = mnl_attr_nest_start(h, CTA_TUPLE_IP);
	mnl_attr_put(h, CTA_IP_V4_SRC, sizeof(connections[i].from), connections[i].from);
	mnl_attr_nest_end(h, ip);
	mnl_attr_nest_end(h, tuple);
	if (connections[i].zone)
		mnl_attr_put_u16(h, CTA_ZONE, htons(connections[i].zone));
	mnl_attr_put_u32(h, CTA_ID, (uint32_t)i);
	return h->nlmsg_len;
}

static size_t list(char *buf)
{
	size_t len = 0;

	for (size_t i = 0; i < GNX_LEN(connections); i++)
		if (connections[i].from[0])
			len += put_connection(buf + len, i);
	return len + put_head(buf + len, NLMSG_DONE)->nlmsg_len;
}

static size_t drop(char *buf)
{
	const struct nlattr *id = nl_attr(&request.head, sizeof(struct nfgenmsg), CTA_ID);

	assert_non_null(id);
	connections[mnl_attr_get_u32(id)].gone = true;
	return answer(buf, 0);
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t size)
{
	ssize_t got = recv(mnl_socket_get_fd(s), buf, size, 0);

	if (got < 0 || !request.head.nlmsg_len)
		return got;
	got = (ssize_t)(code							? answer(buf, code)
			: (request.head.nlmsg_type & 0xff) == IPCTNL_MSG_CT_GET ? list(buf)
										: drop(buf));
	request.head.nlmsg_len = 0;
	return got;
}

static const struct forget_lost lost = {
	.address = {.bytes = {203, 0, 113, 7}, .len = 4, .prefix = 32}};

/* It follows connections, and does not tell of them. */
static void without_its_module(void **state)
{
	static const int codes[] = {-EINVAL, -EOPNOTSUPP};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	follows = true;
	for (size_t i = 0; i < GNX_LEN(codes); i++) {
		code = codes[i];
		assert_int_equal(forget(&lost, 1, NULL), 1);
	}
	code = -EPERM;
	assert_int_equal(forget(&lost, 1, &err), -EPERM);
	assert_string_equal(err.msg, "connections: Operation not permitted");
}

static void nothing_to_forget(void **state)
{
	(void)state;
	asked = 0;
	code = -EINVAL;
	follows = true;
	assert_int_equal(forget(NULL, 0, NULL), 0);
	follows = false;
	assert_int_equal(forget(&lost, 1, NULL), 0);
	assert_int_equal(asked, 0);
}

static void connect_all(void)
{
	static const uint16_t zones[] = {0, 5, 6};

	memset(connections, 0, sizeof(connections));
	for (size_t i = 0; i < GNX_LEN(zones); i++) {
		connections[i].zone = zones[i];
		memcpy(connections[i].from, lost.address.bytes, 4);
		connections[i + GNX_LEN(zones)] = connections[i];
		connections[i + GNX_LEN(zones)].from[3] = 8; /* somebody else's */
	}
}

/* Of three bridges' guests that have one address, two of them apart, only those of one. */
static void zones(void **state)
{
	static const struct {
		unsigned bridge;
		bool apart, gone[3];
	} cases[] = {
		{4, true, {false, true, false}},
		{5, true, {false, false, true}},
		{9, false, {true, false, false}},
		{5, false, {true, false, true}}, /* it was apart before */
		{0, false, {true, true, true}},
	};

	(void)state;
	follows = true;
	code = 0;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct forget_lost of = lost;

		connect_all();
		of.bridge = cases[i].bridge;
		of.apart = cases[i].apart;
		assert_int_equal(forget(&of, 1, NULL), 0);
		for (size_t j = 0; j < GNX_LEN(connections); j++)
			assert_int_equal(connections[j].gone,
				j < GNX_LEN(cases[i].gone) && cases[i].gone[j]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_its_module),
		cmocka_unit_test(nothing_to_forget),
		cmocka_unit_test(zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
