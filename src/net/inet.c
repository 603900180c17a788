/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and default routes: see inet.h. */
#include "net/inet.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static uint8_t size_of(unsigned family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

/* Bytes of an attribute as an address; without it, or with others, len is 0. */
static struct address address_of(const struct nlattr *a, uint8_t len, uint8_t prefix)
{
	struct address out = {.len = len, .prefix = prefix};

	if (!a || !len || mnl_attr_get_payload_len(a) != len)
		return (struct address){0};
	memcpy(out.bytes, mnl_attr_get_payload(a), len);
	return out;
}

static uint32_t u32_of(const struct nlattr *a, uint32_t fallback)
{
	return a && mnl_attr_get_payload_len(a) >= sizeof(uint32_t) ? mnl_attr_get_u32(a)
								    : fallback;
}

static enum inet_state state_of(uint32_t flags)
{
	return flags & IFA_F_DADFAILED	   ? INET_duplicate
		: flags & IFA_F_TENTATIVE  ? INET_tentative
		: flags & IFA_F_DEPRECATED ? INET_deprecated
					   : INET_usable;
}

/* --- Addresses */

/* With IPv4 IFA_ADDRESS may be another's, at the end of a line. */
int inet_take_address(const struct nlmsghdr *h, struct inet_address *out)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *cache;
	struct inet_address a = {.valid_s = INET_FOREVER};

	if (h->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(h) < sizeof(*m) ||
		m->ifa_scope == RT_SCOPE_HOST)
		return 0;
	a.link = (int)m->ifa_index;
	a.address = address_of(
		nl_attr(h, sizeof(*m), m->ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS),
		size_of(m->ifa_family), m->ifa_prefixlen);
	a.state = state_of(u32_of(nl_attr(h, sizeof(*m), IFA_FLAGS), m->ifa_flags));
	cache = nl_attr(h, sizeof(*m), IFA_CACHEINFO);
	if (cache && mnl_attr_get_payload_len(cache) >= sizeof(struct ifa_cacheinfo))
		a.valid_s = ((const struct ifa_cacheinfo *)mnl_attr_get_payload(cache))->ifa_valid;
	if (!a.address.len || a.address.prefix > a.address.len * 8)
		return 0;
	*out = a;
	return 1;
}

struct addresses_to {
	int (*tell)(void *arg, const struct inet_address *a);
	void *arg;
};

static int tell_address(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	const struct addresses_to *to = arg;
	struct inet_address a;

	(void)err;
	return inet_take_address(h, &a) ? to->tell(to->arg, &a) : 0;
}

int inet_addresses(struct nl *n, int (*tell)(void *arg, const struct inet_address *a), void *arg,
	struct gnx_err *err)
{
	struct addresses_to to = {tell, arg};
	union nl_message m;
	struct nlmsghdr *h = nl_begin(n, &m, RTM_GETADDR, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(h, sizeof(struct ifaddrmsg));
	return nl_ask_list(n, h, tell_address, &to, err);
}

/* --- Routes */

/* The router of a route, which with IPv4 may have an IPv6 address. */
static struct address router(
	const struct nlattr *gateway, const struct nlattr *via, unsigned family)
{
	const struct rtvia *v = via ? mnl_attr_get_payload(via) : NULL;
	struct address out = address_of(gateway, size_of(family), (uint8_t)(size_of(family) * 8));

	if (out.len || !v || mnl_attr_get_payload_len(via) < sizeof(*v))
		return out;
	out = (struct address){.len = size_of(v->rtvia_family)};
	if (mnl_attr_get_payload_len(via) < sizeof(*v) + out.len)
		return (struct address){0};
	memcpy(out.bytes, v->rtvia_addr, out.len);
	return out;
}

/* Those that share the traffic. */
static int each_way(const struct nlattr *ways, struct inet_route r, unsigned family,
	int (*tell)(void *arg, const struct inet_route *r), void *arg)
{
	const struct rtnexthop *w = mnl_attr_get_payload(ways);
	int left = mnl_attr_get_payload_len(ways), told = 0;

	while (!told && left >= (int)sizeof(*w) && w->rtnh_len >= sizeof(*w) &&
		w->rtnh_len <= left) {
		const struct nlattr *gateway = NULL, *via = NULL, *a;
		const char *end = (const char *)w + w->rtnh_len;

		for (a = (const void *)(w + 1); mnl_attr_ok(a, (int)(end - (const char *)a));
			a = mnl_attr_next(a)) {
			gateway = mnl_attr_get_type(a) == RTA_GATEWAY ? a : gateway;
			via = mnl_attr_get_type(a) == RTA_VIA ? a : via;
		}
		r.link = w->rtnh_ifindex;
		r.via = router(gateway, via, family);
		told = tell(arg, &r);
		left -= MNL_ALIGN(w->rtnh_len);
		w = (const void *)((const char *)w + MNL_ALIGN(w->rtnh_len));
	}
	return told;
}

int inet_take_route(
	const struct nlmsghdr *h, int (*tell)(void *arg, const struct inet_route *r), void *arg)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *ways;
	struct inet_route r = {0};

	if (h->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(h) < sizeof(*m) ||
		!size_of(m->rtm_family) || m->rtm_dst_len || m->rtm_type != RTN_UNICAST ||
		m->rtm_flags & RTM_F_CLONED ||
		u32_of(nl_attr(h, sizeof(*m), RTA_TABLE), m->rtm_table) != RT_TABLE_MAIN)
		return 0;
	r.v6 = m->rtm_family == AF_INET6;
	r.metric = u32_of(nl_attr(h, sizeof(*m), RTA_PRIORITY), 0);
	ways = nl_attr(h, sizeof(*m), RTA_MULTIPATH);
	if (ways)
		return each_way(ways, r, m->rtm_family, tell, arg);
	r.link = (int)u32_of(nl_attr(h, sizeof(*m), RTA_OIF), 0);
	r.via = router(nl_attr(h, sizeof(*m), RTA_GATEWAY), nl_attr(h, sizeof(*m), RTA_VIA),
		m->rtm_family);
	return tell(arg, &r);
}

struct routes_to {
	int (*tell)(void *arg, const struct inet_route *r);
	void *arg;
};

static int tell_route(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	const struct routes_to *to = arg;

	(void)err;
	return inet_take_route(h, to->tell, to->arg);
}

/* One family after the other: a list of all would have labels' and multicast's, too. */
int inet_routes(struct nl *n, int (*tell)(void *arg, const struct inet_route *r), void *arg,
	struct gnx_err *err)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct routes_to to = {tell, arg};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(families); i++) {
		union nl_message m;
		struct nlmsghdr *h = nl_begin(n, &m, RTM_GETROUTE, NLM_F_DUMP);
		struct rtmsg *t = mnl_nlmsg_put_extra_header(h, sizeof(*t));

		t->rtm_family = families[i];
		r = nl_ask(n, h, tell_route, &to, err);
	}
	return r;
}
