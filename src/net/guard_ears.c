/* SPDX-License-Identifier: BSD-3-Clause */
/* Who changes the guard's rules: see guard.h. The kernel tells each transaction's changes, and then
 * who made it. */
#include "net/guard.h"

#include "base/clean.h"
#include "base/str.h"
#include "net/nft.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define HEARD_MAX 32768	    /* bytes of a packet */
#define ROOM	  (1 << 20) /* bytes that wait */

struct guard_ears {
	struct nl nl;
	bool touched; /* the transaction that is being told is about the guard's table */
	bool own;     /* the next one of nft's is the caller's */
};

int guard_listen(struct guard_ears **out, struct gnx_err *err)
{
	static const int group = NFNLGRP_NFTABLES, room = ROOM;
	struct nl nl;
	int r = nl_open(NETLINK_NETFILTER, &nl, err);

	if (r < 0)
		return r;
	if (setsockopt(mnl_socket_get_fd(nl.socket), SOL_SOCKET, SO_RCVBUFFORCE, &room,
		    sizeof(room)) < 0 ||
		mnl_socket_setsockopt(
			nl.socket, NETLINK_ADD_MEMBERSHIP, (void *)&group, sizeof(group)) < 0) {
		r = gnx_fail_errno(err, "netlink");
		nl_close(&nl);
		return r;
	}
	*out = gnx_alloc(sizeof(**out));
	(*out)->nl = nl;
	return 0;
}

void guard_deaf(struct guard_ears **e)
{
	if (!*e)
		return;
	nl_close(&(*e)->nl);
	free(*e);
	*e = NULL;
}

int guard_ears_fd(const struct guard_ears *e)
{
	return mnl_socket_get_fd(e->nl.socket);
}

/* The first attribute of all that have a table is its name. */
static bool is_ours(const struct nlmsghdr *h)
{
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	const struct nlattr *a;

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*g) || g->nfgen_family != NFPROTO_BRIDGE)
		return false;
	a = nl_attr(h, sizeof(*g), NFTA_TABLE_NAME);
	return a && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 &&
		!strcmp(mnl_attr_get_str(a), NFT_TABLE);
}

/* Those that arm, or restore; and one of nft's, where the caller has had it make one. */
static bool by_us(struct guard_ears *e, const struct nlmsghdr *h)
{
	static const char *const programs[] = {"vif", "rearm", "gridnixd"};
	const struct nlattr *a = nl_attr(h, sizeof(struct nfgenmsg), NFTA_GEN_PROC_NAME);
	const char *name =
		a && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 ? mnl_attr_get_str(a) : "";

	for (size_t i = 0; i < GNX_LEN(programs); i++)
		if (!strcmp(name, programs[i]))
			return true;
	if (!e->own || strcmp(name, "nft") != 0)
		return false;
	e->own = false;
	return true;
}

static bool take(struct guard_ears *e, const struct nlmsghdr *h)
{
	bool foreign;

	if (h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return false;
	if ((h->nlmsg_type & 0xff) != NFT_MSG_NEWGEN) {
		e->touched |= is_ours(h);
		return false;
	}
	foreign = e->touched && !by_us(e, h);
	e->touched = false;
	return foreign;
}

bool guard_heard(struct guard_ears *e, bool own)
{
	union {
		struct nlmsghdr head;
		char bytes[HEARD_MAX];
	} buf;
	bool foreign = false;
	ssize_t got;

	e->own = own;
	while ((got = mnl_socket_recvfrom(e->nl.socket, &buf, sizeof(buf))) >= 0 ||
		errno == ENOBUFS) {
		int len = (int)got;

		/* What was lost may have been one, but for what the caller's own has made so much
		 * of. */
		foreign |= got < 0 && !own;
		for (const struct nlmsghdr *h = &buf.head; mnl_nlmsg_ok(h, len);
			h = mnl_nlmsg_next(h, &len))
			foreign |= take(e, h);
	}
	return foreign;
}
