/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel is asked to forget of connections, and what it says: a kernel that is played,
 * where it is about these. Needs no rights. */
#include "base/clean.h"
#include "base/str.h"
#include "net/forget.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* The kernel: whether it follows connections, how it answers who asks for them; and what it has
 * been asked. */
static bool follows;
static int code;
static unsigned asked;
static struct nlmsghdr request;

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
	request = *h;
	asked++;
	return send(mnl_socket_get_fd(s), &nothing, sizeof(nothing), 0);
}

static ssize_t refuse(void *buf)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(h, sizeof(*e));

	h->nlmsg_type = NLMSG_ERROR;
	h->nlmsg_seq = request.nlmsg_seq;
	e->error = code;
	return h->nlmsg_len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t size)
{
	ssize_t got = recv(mnl_socket_get_fd(s), buf, size, 0);

	if (got < 0 || !request.nlmsg_len)
		return got;
	got = refuse(buf);
	request.nlmsg_len = 0;
	return got;
}

static const struct address lost = {.bytes = {203, 0, 113, 7}, .len = 4, .prefix = 32};

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_its_module),
		cmocka_unit_test(nothing_to_forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
