/* SPDX-License-Identifier: BSD-3-Clause */
/* Interfaces of Linux: see link.h. */
#include "net/link.h"

#include "base/clean.h"
#include "base/str.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

/* A request about one interface, by its number or, with 0, by its name. */
static struct nlmsghdr *begin(
	struct nl *n, union nl_message *m, uint16_t type, uint16_t flags, int index)
{
	struct nlmsghdr *h = nl_begin(n, m, type, flags);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	i->ifi_index = index;
	return h;
}

/* The interface is named in front of what is wrong. */
static int ask(struct nl *n, struct nlmsghdr *h, const char *name, struct gnx_err *err)
{
	int r = nl_ask(n, h, NULL, NULL, err);

	if (r < 0)
		gnx_err_prefix(err, "%s", name);
	return r;
}

/* --- Looking */

static void take_text(const struct nlattr *a, char *out, size_t size)
{
	size_t len = strnlen(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));

	len = len < size ? len : size - 1;
	memcpy(out, mnl_attr_get_payload(a), len);
	out[len] = '\0';
}

static uint32_t take_u32(const struct nlattr *a)
{
	return mnl_attr_get_payload_len(a) >= sizeof(uint32_t) ? mnl_attr_get_u32(a) : 0;
}

/* Data are of the kind that stands before them. */
static int take_kind(const struct nlattr *a, void *l)
{
	const struct nlattr *id;
	struct link *to = l;

	if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
		take_text(a, to->kind, sizeof(to->kind));
	if (mnl_attr_get_type(a) != IFLA_INFO_DATA || strcmp(to->kind, "vlan") != 0)
		return MNL_CB_OK;
	id = nl_attr_in(a, IFLA_VLAN_ID);
	if (id && mnl_attr_get_payload_len(id) >= sizeof(uint16_t))
		to->vlan = mnl_attr_get_u16(id);
	return MNL_CB_OK;
}

static int take_attribute(const struct nlattr *a, void *l)
{
	struct link *to = l;

	switch (mnl_attr_get_type(a)) {
	case IFLA_IFNAME:
		take_text(a, to->name, sizeof(to->name));
		break;
	case IFLA_IFALIAS:
		take_text(a, to->alias, sizeof(to->alias));
		break;
	case IFLA_PARENT_DEV_BUS_NAME:
		take_text(a, to->bus, sizeof(to->bus));
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(a) == sizeof(to->mac))
			memcpy(to->mac, mnl_attr_get_payload(a), sizeof(to->mac));
		break;
	case IFLA_CARRIER:
		to->carrier = mnl_attr_get_payload_len(a) && mnl_attr_get_u8(a);
		break;
	case IFLA_MTU:
		to->mtu = take_u32(a);
		break;
	case IFLA_MASTER:
		to->master = (int)take_u32(a);
		break;
	case IFLA_LINK:
		to->lower = (int)take_u32(a);
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(a, take_kind, l);
		break;
	}
	return MNL_CB_OK;
}

bool link_take(const struct nlmsghdr *h, struct link *l)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);

	if (h->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(h) < sizeof(*i))
		return false;
	*l = (struct link){.index = i->ifi_index,
		.up = i->ifi_flags & IFF_UP,
		.loopback = i->ifi_flags & IFF_LOOPBACK};
	mnl_attr_parse(h, sizeof(*i), take_attribute, l);
	return true;
}

static int found(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	(void)err;
	link_take(h, arg);
	return 0;
}

int link_find(struct nl *n, const char *name, struct link *out, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_GETLINK, 0, 0);
	struct gnx_err why = GNX_ERR_INIT;
	int r;

	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = nl_ask(n, h, found, out, &why);
	if (r == -ENODEV)
		return 0;
	return r < 0 ? gnx_fail(err, r, "%s: %s", name, why.msg) : 1;
}

/* Whom to tell of ports. */
struct listener {
	int bridge;
	int (*tell)(void *arg, const struct link *port);
	void *arg;
};

static int tell_port(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	const struct listener *to = arg;
	struct link port;

	(void)err;
	if (!link_take(h, &port) || (to->bridge != LINK_ANY && port.master != to->bridge))
		return 0;
	return to->tell(to->arg, &port);
}

int link_ports(struct nl *n, int bridge, int (*tell)(void *arg, const struct link *port), void *arg,
	struct gnx_err *err)
{
	struct listener to = {bridge, tell, arg};
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_GETLINK, NLM_F_DUMP, 0);

	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (bridge > 0)
		mnl_attr_put_u32(h, IFLA_MASTER, (uint32_t)bridge);
	return nl_ask_list(n, h, tell_port, &to, err);
}

bool link_is_port(const char *name, const char *bridge)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/sys/class/net/%s/brif/%s", bridge, name);

	return access(path, F_OK) == 0;
}

/* Xen's back ends are devices, too. */
bool link_leads_out(const struct link *l)
{
	static const char *const kinds[] = {"vlan", "bond", "team"};

	for (size_t i = 0; i < GNX_LEN(kinds); i++)
		if (!strcmp(l->kind, kinds[i]))
			return true;
	return *l->bus && strcmp(l->bus, LINK_XENS) != 0;
}

/* Whom to tell of addresses. */
struct inquirer {
	int index;
	int (*tell)(void *arg, const struct link_address *a);
	void *arg;
};

static size_t size_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* With IPv4 IFA_ADDRESS may be another's, at the end of a line. */
static int take_address(const struct nlattr *a, void *arg)
{
	struct link_address *to = arg;
	const int type = to->family == AF_INET ? IFA_LOCAL : IFA_ADDRESS;

	if (mnl_attr_get_type(a) == type && mnl_attr_get_payload_len(a) == size_of(to->family))
		memcpy(to->address, mnl_attr_get_payload(a), size_of(to->family));
	return MNL_CB_OK;
}

static int tell_address(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	const struct inquirer *to = arg;
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	struct link_address found = {0};

	(void)err;
	if (h->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(h) < sizeof(*m) ||
		(int)m->ifa_index != to->index || m->ifa_scope == RT_SCOPE_LINK)
		return 0;
	found.family = m->ifa_family;
	found.prefix = m->ifa_prefixlen;
	mnl_attr_parse(h, sizeof(*m), take_address, &found);
	return to->tell(to->arg, &found);
}

int link_addresses(struct nl *n, const struct link *l,
	int (*tell)(void *arg, const struct link_address *a), void *arg, struct gnx_err *err)
{
	struct inquirer to = {l->index, tell, arg};
	union nl_message m;
	struct nlmsghdr *h = nl_begin(n, &m, RTM_GETADDR, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(h, sizeof(struct ifaddrmsg));
	return nl_ask_list(n, h, tell_address, &to, err);
}

/* --- Making */

/* Local to this host, and one machine's. */
static int random_mac(uint8_t mac[6], struct gnx_err *err)
{
	if (getrandom(mac, 6, 0) != 6)
		return gnx_fail_errno(err, "getrandom");
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 0x02);
	return 0;
}

static struct nlattr *begin_kind(struct nlmsghdr *h, const char *kind)
{
	struct nlattr *info = mnl_attr_nest_start(h, IFLA_LINKINFO);

	mnl_attr_put_strz(h, IFLA_INFO_KIND, kind);
	return info;
}

static int add(struct nl *n, struct nlmsghdr *h, const char *name, uint32_t mtu, struct link *out,
	struct gnx_err *err)
{
	int r;

	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	mnl_attr_put_u32(h, IFLA_MTU, mtu);
	r = ask(n, h, name, err);
	if (!r)
		r = link_find(n, name, out, err);
	return r < 0 ? r : r ? 0 : gnx_fail(err, -ENODEV, "%s: has gone again", name);
}

/* With an address of its own udev leaves it alone, and it does not change with its ports. */
int link_add_bridge(
	struct nl *n, const char *name, uint32_t mtu, struct link *out, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct nlattr *info = begin_kind(h, "bridge"), *data;
	uint8_t mac[6];
	int r = random_mac(mac, err);

	if (r < 0)
		return r;
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	mnl_attr_put_u32(h, IFLA_BR_STP_STATE, 0);
	mnl_attr_put_u32(h, IFLA_BR_FORWARD_DELAY, 0);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	mnl_attr_put(h, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_put_u32(h, IFLA_GROUP, LINK_GROUP);
	return add(n, h, name, mtu, out, err);
}

int link_add_vlan(struct nl *n, const char *name, const struct link *on, uint32_t vlan,
	const struct link *bridge, uint32_t mtu, struct link *out, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct nlattr *info = begin_kind(h, "vlan");
	struct nlattr *data = mnl_attr_nest_start(h, IFLA_INFO_DATA);

	mnl_attr_put_u16(h, IFLA_VLAN_ID, (uint16_t)vlan);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	mnl_attr_put_u32(h, IFLA_LINK, (uint32_t)on->index);
	mnl_attr_put_u32(h, IFLA_MASTER, (uint32_t)bridge->index);
	return add(n, h, name, mtu, out, err);
}

/* --- Changing */

int link_set_alias(struct nl *n, struct link *l, const char *alias, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_NEWLINK, 0, l->index);
	int r;

	mnl_attr_put_strz(h, IFLA_IFALIAS, alias);
	r = ask(n, h, l->name, err);
	if (!r)
		strcpy(l->alias, alias);
	return r;
}

int link_set_master(struct nl *n, struct link *l, int master, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_NEWLINK, 0, l->index);
	int r;

	mnl_attr_put_u32(h, IFLA_MASTER, (uint32_t)master);
	r = ask(n, h, l->name, err);
	if (!r)
		l->master = master;
	return r;
}

int link_set_mtu(struct nl *n, struct link *l, uint32_t mtu, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_NEWLINK, 0, l->index);
	int r;

	mnl_attr_put_u32(h, IFLA_MTU, mtu);
	r = ask(n, h, l->name, err);
	if (!r)
		l->mtu = mtu;
	return r;
}

int link_stop_learning(struct nl *n, const struct link *l, struct gnx_err *err)
{
	const struct br_boolopt_multi option = {
		.optval = 1U << BR_BOOLOPT_NO_LL_LEARN, .optmask = 1U << BR_BOOLOPT_NO_LL_LEARN};
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_NEWLINK, 0, l->index);
	struct nlattr *info = begin_kind(h, "bridge");
	struct nlattr *data = mnl_attr_nest_start(h, IFLA_INFO_DATA);

	mnl_attr_put(h, IFLA_BR_MULTI_BOOLOPT, sizeof(option), &option);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	return ask(n, h, l->name, err);
}

int link_set_name(struct nl *n, struct link *l, const char *name, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_NEWLINK, 0, l->index);
	int r;

	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	r = ask(n, h, name, err);
	if (!r)
		strcpy(l->name, name);
	return r;
}

int link_set_up(struct nl *n, struct link *l, bool up, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, RTM_NEWLINK, 0, l->index);
	struct ifinfomsg *i = mnl_nlmsg_get_payload(h);
	int r;

	i->ifi_change = IFF_UP;
	i->ifi_flags = up ? IFF_UP : 0;
	r = ask(n, h, l->name, err);
	if (!r)
		l->up = up;
	return r;
}

static int change_address(struct nl *n, const struct link *l, const struct link_address *a,
	uint16_t type, uint16_t flags, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = nl_begin(n, &m, type, flags);
	struct ifaddrmsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	*i = (struct ifaddrmsg){.ifa_family = (uint8_t)a->family,
		.ifa_prefixlen = (uint8_t)a->prefix,
		.ifa_flags = a->family == AF_INET6 ? IFA_F_NODAD : 0,
		.ifa_index = (uint32_t)l->index};
	mnl_attr_put(h, IFA_LOCAL, size_of(a->family), a->address);
	mnl_attr_put(h, IFA_ADDRESS, size_of(a->family), a->address);
	return ask(n, h, l->name, err);
}

int link_add_address(
	struct nl *n, const struct link *l, const struct link_address *a, struct gnx_err *err)
{
	return change_address(n, l, a, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, err);
}

int link_drop_address(
	struct nl *n, const struct link *l, const struct link_address *a, struct gnx_err *err)
{
	return change_address(n, l, a, RTM_DELADDR, 0, err);
}

int link_remove(struct nl *n, const struct link *l, struct gnx_err *err)
{
	union nl_message m;

	return ask(n, begin(n, &m, RTM_DELLINK, 0, l->index), l->name, err);
}
