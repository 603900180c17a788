/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the table of networks is as it was: see routes.h. Its parts have numbers that the kernel
 * never gives again, so that what was made anew is another one, too. */
#include "net/routes.h"

#include "base/clean.h"
#include "net/routes_part.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

/* A sum, since the kernel tells members of sets in an order that changes. */
struct print {
	uint64_t sum;
	struct gnx_strv sets; /* names of the table's */
};

static void add(struct print *p, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a */

	while (len--)
		h = (h ^ *at++) * 0x100000001b3;
	p->sum += h;
}

static struct nlmsghdr *begin(struct nl *n, union nl_message *m, int type, uint16_t flags)
{
	struct nlmsghdr *h = nl_begin(n, m, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	*g = (struct nfgenmsg){.nfgen_family = NFPROTO_INET};
	return h;
}

/* The text of an attribute, or "". */
static const char *text_of(const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *a = nl_attr(h, sizeof(struct nfgenmsg), type);

	return a && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 ? mnl_attr_get_str(a) : "";
}

_Static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 &&
		NFTA_SET_TABLE == 1,
	"the table is named first in all messages");

/* The header has the number of the last change. */
static int take(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	struct print *p = arg;

	(void)err;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(struct nfgenmsg) ||
		strcmp(text_of(h, NFTA_TABLE_NAME), ROUTES_TABLE) != 0)
		return 0;
	add(p, (const char *)mnl_nlmsg_get_payload(h) + sizeof(struct nfgenmsg),
		mnl_nlmsg_get_payload_len(h) - sizeof(struct nfgenmsg));
	if ((h->nlmsg_type & 0xff) == NFT_MSG_NEWSET)
		gnx_strv_add(&p->sets, text_of(h, NFTA_SET_NAME));
	return 0;
}

static int take_member(const struct nlattr *a, void *p)
{
	add(p, mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
	return MNL_CB_OK;
}

static int take_members(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	const struct nlattr *list =
		nl_attr(h, sizeof(struct nfgenmsg), NFTA_SET_ELEM_LIST_ELEMENTS);

	(void)err;
	if (list)
		mnl_attr_parse_nested(list, take_member, arg);
	return 0;
}

static int ask(struct nl *n, int type, uint16_t flags, const char *set,
	int (*tell)(void *arg, const struct nlmsghdr *h, struct gnx_err *err), struct print *p,
	struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, type, flags);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, ROUTES_TABLE);
	if (set)
		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set);
	return nl_ask(n, h, tell, p, err);
}

static int take_all(struct nl *n, struct print *p, struct gnx_err *err)
{
	static const int lists[] = {NFT_MSG_GETCHAIN, NFT_MSG_GETRULE, NFT_MSG_GETSET};
	int r = ask(n, NFT_MSG_GETTABLE, 0, NULL, take, p, err);

	for (size_t i = 0; !r && i < GNX_LEN(lists); i++)
		r = ask(n, lists[i], NLM_F_DUMP, NULL, take, p, err);
	for (size_t i = 0; !r && i < p->sets.len; i++)
		r = ask(n, NFT_MSG_GETSETELEM, NLM_F_DUMP, p->sets.items[i], take_members, p, err);
	return r;
}

int routes_print(struct nl *n, uint64_t *out, struct gnx_err *err)
{
	struct print p = {0};
	int r = take_all(n, &p, err);

	gnx_strv_done(&p.sets);
	if (r < 0 && r != -ENOENT)
		return r;
	*out = r ? 0 : p.sum;
	return 0;
}

static int take_generation(void *arg, const struct nlmsghdr *h, struct gnx_err *err)
{
	const struct nlattr *a = nl_attr(h, sizeof(struct nfgenmsg), NFTA_GEN_ID);

	(void)err;
	if (a && mnl_attr_get_payload_len(a) == sizeof(uint32_t))
		*(uint32_t *)arg = ntohl(mnl_attr_get_u32(a));
	return 0;
}

int routes_generation(struct nl *n, uint32_t *out, struct gnx_err *err)
{
	union nl_message m;

	return nl_ask(n, begin(n, &m, NFT_MSG_GETGEN, 0), take_generation, out, err);
}
