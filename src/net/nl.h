/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests of the kernel by netlink, by libmnl: one after the other, each waited for: a second at
 * most for each packet of the answer, and ten for all. The kernel works on a request while it is
 * being sent, so that its answers are there at once; only what else holds its locks delays that.
 * For this room.
 *
 *	union nl_message m;
 *	struct nlmsghdr *h = nl_begin(n, &m, RTM_DELLINK, 0);
 *	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(h, sizeof(*link));
 *
 *	link->ifi_index = index;
 *	r = nl_ask(n, h, NULL, NULL, err);
 */
#ifndef GNX_NET_NL_H
#define GNX_NET_NL_H

#include "base/err.h"

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#define NL_MESSAGE_MAX 4096 /* bytes of a request */

/* A conversation; all zero: none. One thread. */
struct nl {
	struct mnl_socket *socket;
	uint32_t seq; /* of the message that was begun last */
};

/* Room for one request. */
union nl_message {
	struct nlmsghdr head;
	char bytes[NL_MESSAGE_MAX];
};

/* Opens one in the network namespace of the process; bus: NETLINK_ROUTE and so on. */
int nl_open(int bus, struct nl *out, struct gnx_err *err);
void nl_close(struct nl *n); /* for GNX_CLEAN */

/* Begins a request, whose number is the next one; flags besides NLM_F_REQUEST. With NLM_F_DUMP it
 * is one for a list. What follows is put behind it by libmnl, at most NL_MESSAGE_MAX bytes in all:
 * mnl_attr_put_*_check() where a text's length is not known. */
struct nlmsghdr *nl_begin(struct nl *n, union nl_message *m, uint16_t type, uint16_t flags);

/* Sends a request and waits until the kernel has done it, or told all. What it tells goes to tell,
 * message by message, borrowed for the call; NULL: it tells nothing. With what
 * else than 0 tell returns it is told no more, and the request ends with that. -errno as the kernel
 * says, with its words where it has some; -EINTR: the list was changed while it was told;
 * -ETIMEDOUT. */
int nl_ask(struct nl *n, struct nlmsghdr *request,
	int (*tell)(void *arg, const struct nlmsghdr *answer, struct gnx_err *err), void *arg,
	struct gnx_err *err);

/* Asks for a list that is not told before it is complete, and is asked for again when it was
 * changed meanwhile, some times: -EINTR then. It is kept as the kernel tells it: not for those that
 * may be very long. What else than 0 tell returns ends it, and is returned. */
int nl_ask_list(struct nl *n, struct nlmsghdr *request,
	int (*tell)(void *arg, const struct nlmsghdr *item, struct gnx_err *err), void *arg,
	struct gnx_err *err);

/* The first attribute of a type in a message, behind offset bytes of its payload; or in a nest of
 * attributes. NULL: there is none. */
const struct nlattr *nl_attr(const struct nlmsghdr *h, size_t offset, uint16_t type);
const struct nlattr *nl_attr_in(const struct nlattr *nest, uint16_t type);

/* Sends several messages that were begun one after the other, in one go, such as a transaction of
 * nftables, whose first one has the number first: the kernel takes all or nothing of these. Ends
 * with the first error, or when the last one of the messages is acknowledged; so that one alone
 * is to have NLM_F_ACK, or acknowledgements may overflow the socket. */
int nl_ask_all(struct nl *n, const void *messages, size_t len, uint32_t first, struct gnx_err *err);

#endif
