/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of the kernel, which need no rights: answers, lists, refusals, and what follows these.
 */
#include "base/clean.h"
#include "base/str.h"
#include "net/link.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct nl nl;

/* In the place of libmnl's: so many lists are changed while they are told. */
static int changes;
/* And so long each packet of an answer takes to be read. */
static int slow_ms;

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t size)
{
	static uint32_t changed;
	struct nlmsghdr *h = buf;
	ssize_t got = recv(mnl_socket_get_fd(s), buf, size, 0);

	if (got > 0 && changes && h->nlmsg_type >= NLMSG_MIN_TYPE && h->nlmsg_seq != changed) {
		changed = h->nlmsg_seq;
		h->nlmsg_flags |= NLM_F_DUMP_INTR;
		changes--;
	}
	if (got > 0)
		usleep((useconds_t)slow_ms * 1000);
	return got;
}

static int begin(void **state)
{
	(void)state;
	return nl_open(NETLINK_ROUTE, &nl, NULL);
}

static int end(void **state)
{
	(void)state;
	nl_close(&nl);
	return 0;
}

static int count(void *arg, const struct nlmsghdr *answer, struct gnx_err *err)
{
	(void)answer, (void)err;
	return ++*(int *)arg < 0 ? -EIO : 0;
}

static struct nlmsghdr *ask_link(union nl_message *m, const char *name, uint16_t flags)
{
	struct nlmsghdr *h = nl_begin(&nl, m, RTM_GETLINK, flags);

	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	if (name)
		mnl_attr_put_strz(h, IFLA_IFNAME, name);
	return h;
}

static void answers(void **state)
{
	struct link lo;

	(void)state;
	assert_int_equal(link_find(&nl, "lo", &lo, NULL), 1);
	assert_string_equal(lo.name, "lo");
	assert_true(lo.loopback && lo.index > 0 && lo.mtu > 0);
	assert_int_equal(link_find(&nl, "no-such-link", &lo, NULL), 0);
}

static void lists(void **state)
{
	union nl_message m;
	int n = 0, stopped = -2;

	(void)state;
	assert_int_equal(nl_ask(&nl, ask_link(&m, NULL, NLM_F_DUMP), count, &n, NULL), 0);
	assert_true(n > 0);
	/* Told no more, and the next list comes all the same. */
	assert_int_equal(nl_ask(&nl, ask_link(&m, NULL, NLM_F_DUMP), count, &stopped, NULL), -EIO);
	assert_int_equal(stopped, -1);
	n = 0;
	assert_int_equal(nl_ask(&nl, ask_link(&m, NULL, NLM_F_DUMP), count, &n, NULL), 0);
	assert_true(n > 0);
}

/* Each packet is waited for, not all of them together. */
static void slow_lists(void **state)
{
	union nl_message m;
	int n = 0;

	(void)state;
	slow_ms = 1100;
	assert_int_equal(nl_ask(&nl, ask_link(&m, NULL, NLM_F_DUMP), count, &n, NULL), 0);
	slow_ms = 0;
	assert_true(n > 0);
}

static int count_port(void *arg, const struct link *port)
{
	(void)port;
	++*(int *)arg;
	return 0;
}

/* Whoever looks is told of the one that was complete, unless none is. */
static void changed_lists(void **state)
{
	static const int patience = 5;
	union nl_message m;
	int once = 0, again = 0, none = 0;

	(void)state;
	assert_int_equal(link_ports(&nl, LINK_ANY, count_port, &once, NULL), 0);
	changes = patience - 1;
	assert_int_equal(link_ports(&nl, LINK_ANY, count_port, &again, NULL), 0);
	assert_int_equal(changes, 0);
	assert_int_equal(again, once);
	changes = patience;
	assert_int_equal(link_ports(&nl, LINK_ANY, count_port, &none, NULL), -EINTR);
	assert_int_equal(none, 0);
	changes = 1;
	assert_int_equal(nl_ask(&nl, ask_link(&m, NULL, NLM_F_DUMP), count, &none, NULL), -EINTR);
	/* What else ends it is no change. */
	none = -2;
	assert_int_equal(
		nl_ask_list(&nl, ask_link(&m, NULL, NLM_F_DUMP), count, &none, NULL), -EIO);
	assert_int_equal(none, -1);
}

static void refusals(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	union nl_message m;

	(void)state;
	assert_int_equal(nl_ask(&nl, ask_link(&m, "no-such-link", 0), NULL, NULL, &err), -ENODEV);
	assert_string_equal(err.msg, "No such device");
}

/* The second one is acknowledged; the first one's failure ends it, and disturbs nothing behind. */
static void several(void **state)
{
	static const char *const names[] = {"lo", "no-such-link"};
	struct link lo;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(names); i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf all = {0};
		union nl_message m;
		struct nlmsghdr *h = ask_link(&m, names[i], 0);
		uint32_t first = h->nlmsg_seq;

		gnx_buf_add(&all, h, NLMSG_ALIGN(h->nlmsg_len));
		h = ask_link(&m, "lo", NLM_F_ACK);
		gnx_buf_add(&all, h, NLMSG_ALIGN(h->nlmsg_len));
		assert_int_equal(nl_ask_all(&nl, all.data, all.len, first, NULL), i ? -ENODEV : 0);
		assert_int_equal(link_find(&nl, "lo", &lo, NULL), 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers, begin, end),
		cmocka_unit_test_setup_teardown(lists, begin, end),
		cmocka_unit_test_setup_teardown(slow_lists, begin, end),
		cmocka_unit_test_setup_teardown(changed_lists, begin, end),
		cmocka_unit_test_setup_teardown(refusals, begin, end),
		cmocka_unit_test_setup_teardown(several, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
