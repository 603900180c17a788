/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel remembers of addresses: see forget.h. */
#include "net/forget.h"

#include "base/clean.h"
#include "base/str.h"
#include "net/firewall.h"
#include "net/guard.h"
#include "net/nl.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRIES	  5 /* while others change the list that is told */
#define FOLLOWED  "/proc/sys/net/netfilter/nf_conntrack_count"
#define CT(what)  (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_##what)
#define PARTS_MAX 256 /* bytes of what names a connection */

/* A conversation about those that are lost. */
struct work {
	struct nl nl;
	const struct forget_lost *lost;
	size_t len;
	struct gnx_buf found; /* requests that are to be made, one behind the other */
};

static void work_done(struct work *w)
{
	nl_close(&w->nl);
	gnx_buf_done(&w->found);
}

static bool within(const struct address *net, const uint8_t *address)
{
	size_t whole = net->prefix / 8;
	uint8_t mask = (uint8_t)(0xff00 >> net->prefix % 8);

	return !memcmp(net->bytes, address, whole) &&
		(!(net->prefix % 8) || !((net->bytes[whole] ^ address[whole]) & mask));
}

/* Whether an attribute is one of the addresses, on a bridge or in a zone of connections that here
 * says of each. */
static bool is_lost(const struct work *w, const struct nlattr *a,
	bool (*here)(const struct forget_lost *lost, unsigned int where), unsigned int where)
{
	for (size_t i = 0; a && i < w->len; i++) {
		const struct forget_lost *lost = &w->lost[i];

		if (lost->address.len == mnl_attr_get_payload_len(a) &&
			(!lost->bridge || here(lost, where)) &&
			within(&lost->address, mnl_attr_get_payload(a)))
			return true;
	}
	return false;
}

static void keep(struct work *w, const struct nlmsghdr *h)
{
	gnx_buf_add(&w->found, h, h->nlmsg_len);
}

/* --- Neighbours */

static bool on_ours(int index)
{
	char name[IF_NAMESIZE];

	return if_indextoname((unsigned int)index, name) && guard_owns(name);
}

static bool is_on(const struct forget_lost *lost, unsigned int bridge)
{
	return lost->bridge == bridge;
}

static int see_neighbour(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	struct work *w = arg;
	const struct ndmsg *from = mnl_nlmsg_get_payload(h);
	const struct nlattr *address;
	union nl_message m = {0};
	struct nlmsghdr *out = mnl_nlmsg_put_header(&m);
	struct ndmsg *to;

	(void)err;
	if (h->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(h) < sizeof(*from) ||
		from->ndm_state & (NUD_PERMANENT | NUD_NOARP))
		return 0;
	address = nl_attr(h, sizeof(*from), NDA_DST);
	if (!is_lost(w, address, is_on, (unsigned int)from->ndm_ifindex) ||
		!on_ours(from->ndm_ifindex))
		return 0;
	out->nlmsg_type = RTM_DELNEIGH;
	to = mnl_nlmsg_put_extra_header(out, sizeof(*to));
	*to = (struct ndmsg){.ndm_family = from->ndm_family, .ndm_ifindex = from->ndm_ifindex};
	mnl_attr_put(
		out, NDA_DST, mnl_attr_get_payload_len(address), mnl_attr_get_payload(address));
	keep(w, out);
	return 0;
}

static struct nlmsghdr *ask_neighbours(struct nl *n, union nl_message *m)
{
	struct nlmsghdr *h = nl_begin(n, m, RTM_GETNEIGH, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(h, sizeof(struct ndmsg));
	return h;
}

/* --- Connections */

/* What dom0 has a part in is in zone 0, also what was before. */
static bool is_in(const struct forget_lost *lost, unsigned int zone)
{
	return zone ? zone == firewall_zone(lost->bridge) : !lost->apart;
}

/* 0: dom0's own, or of the host as a whole. */
static unsigned int zone_of(const struct nlmsghdr *h)
{
	const struct nlattr *a = nl_attr(h, sizeof(struct nfgenmsg), CTA_ZONE);

	return a && mnl_attr_get_payload_len(a) == 2 ? ntohs(mnl_attr_get_u16(a)) : 0;
}

/* Whether one of both ends, as either side sees it, is one of the addresses. */
static bool has_lost(const struct work *w, const struct nlmsghdr *h)
{
	static const uint16_t sides[] = {CTA_TUPLE_ORIG, CTA_TUPLE_REPLY};
	static const uint16_t ends[] = {CTA_IP_V4_SRC, CTA_IP_V4_DST, CTA_IP_V6_SRC, CTA_IP_V6_DST};
	const unsigned int zone = zone_of(h);
	bool found = false;

	for (size_t i = 0; i < GNX_LEN(sides) && !found; i++) {
		const struct nlattr *a = nl_attr(h, sizeof(struct nfgenmsg), sides[i]);

		if (a)
			a = nl_attr_in(a, CTA_TUPLE_IP);
		for (size_t j = 0; a && j < GNX_LEN(ends); j++)
			found |= is_lost(w, nl_attr_in(a, ends[j]), is_in, zone);
	}
	return found;
}

/* What names it, as it was told. */
static void copy(struct nlmsghdr *out, const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *a = nl_attr(h, sizeof(struct nfgenmsg), type);

	if (a && mnl_attr_get_payload_len(a) <= PARTS_MAX)
		mnl_attr_put(
			out, a->nla_type, mnl_attr_get_payload_len(a), mnl_attr_get_payload(a));
}

static int see_connection(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	struct work *w = arg;
	const struct nfgenmsg *from = mnl_nlmsg_get_payload(h);
	union nl_message m = {0};
	struct nlmsghdr *out = mnl_nlmsg_put_header(&m);
	struct nfgenmsg *to;

	(void)err;
	if (h->nlmsg_type != CT(NEW) || mnl_nlmsg_get_payload_len(h) < sizeof(*from) ||
		!has_lost(w, h))
		return 0;
	out->nlmsg_type = CT(DELETE);
	to = mnl_nlmsg_put_extra_header(out, sizeof(*to));
	*to = (struct nfgenmsg){.nfgen_family = from->nfgen_family};
	copy(out, h, CTA_TUPLE_ORIG);
	copy(out, h, CTA_ZONE);
	copy(out, h, CTA_ID);
	keep(w, out);
	return 0;
}

static struct nlmsghdr *ask_connections(struct nl *n, union nl_message *m)
{
	struct nlmsghdr *h = nl_begin(n, m, CT(GET), NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(h, sizeof(struct nfgenmsg));
	return h;
}

/* --- Both */

/* Makes the requests; what has gone by itself meanwhile is fine. */
static int drop(struct work *w, struct gnx_err *err)
{
	for (size_t at = 0; at < w->found.len;) {
		union nl_message m = {0};
		struct gnx_err why = GNX_ERR_INIT;
		uint32_t len;
		int r;

		memcpy(&len, w->found.data + at, sizeof(len));
		memcpy(&m, w->found.data + at, len);
		at += len;
		m.head.nlmsg_flags = NLM_F_REQUEST;
		m.head.nlmsg_seq = ++w->nl.seq;
		r = nl_ask(&w->nl, &m.head, NULL, NULL, &why);
		if (r < 0 && r != -ENOENT)
			return gnx_fail(err, r, "%s", why.msg);
	}
	return 0;
}

static int clear(int bus, struct nlmsghdr *(*ask)(struct nl *n, union nl_message *m),
	int (*see)(void *arg, const struct nlmsghdr *h, struct gnx_err *err),
	const struct forget_lost *lost, size_t n, struct gnx_err *err)
{
	GNX_CLEAN(work_done)
	struct work w = {.lost = lost, .len = n};
	int r = nl_open(bus, &w.nl, err), listed = -EINTR;

	if (r < 0)
		return r;
	for (int i = 0; i < TRIES && listed == -EINTR; i++) {
		union nl_message m;

		gnx_buf_done(&w.found);
		listed = nl_ask(&w.nl, ask(&w.nl, &m), see, &w, err);
	}
	return listed < 0 ? listed : drop(&w, err);
}

int forget(const struct forget_lost *lost, size_t n, struct gnx_err *err)
{
	struct gnx_err why = GNX_ERR_INIT;
	int r = n ? clear(NETLINK_ROUTE, ask_neighbours, see_neighbour, lost, n, err) : 0;

	/* Asking would have a kernel begin to know of connections. */
	if (!n || r < 0 || access(FOLLOWED, F_OK) < 0)
		return r;
	r = clear(NETLINK_NETFILTER, ask_connections, see_connection, lost, n, &why);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return 1;
	return r < 0 ? gnx_fail(err, r, "connections: %s", why.msg) : 0;
}
