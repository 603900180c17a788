/* SPDX-License-Identifier: BSD-3-Clause */
/* Members of nftables' sets: see nft.h. */
#include "net/nft.h"

#include "base/clean.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#define COMMENT_TYPE 0	   /* of what nft keeps with a member */
#define BURST	     65536 /* bytes: what dom0 handles at once at most */

void nft_elements_done(struct nft_elements *e)
{
	free(e->items);
	*e = (struct nft_elements){0};
}

struct nft_element *nft_elements_add(struct nft_elements *e, const char *set)
{
	struct nft_element *new;

	e->items = gnx_room(e->items, e->len, sizeof(*e->items));
	new = &e->items[e->len++];
	*new = (struct nft_element){0};
	snprintf(new->set, sizeof(new->set), "%s", set);
	return new;
}

static struct nlmsghdr *begin(struct nl *n, union nl_message *m, uint16_t type, uint16_t flags,
	uint8_t family, uint16_t subsystem)
{
	struct nlmsghdr *h = nl_begin(n, m, type, flags);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	*g = (struct nfgenmsg){.nfgen_family = family, .res_id = htons(subsystem)};
	return h;
}

/* A message about a set. */
static struct nlmsghdr *about_set(
	struct nl *n, union nl_message *m, int type, uint16_t flags, const char *set)
{
	struct nlmsghdr *h =
		begin(n, m, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, NFPROTO_BRIDGE, 0);

	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set);
	return h;
}

/* Where a member of a map has packets jump to. */
static void put_verdict(struct nlmsghdr *h, const char *chain)
{
	struct nlattr *data = mnl_attr_nest_start(h, NFTA_SET_ELEM_DATA);
	struct nlattr *verdict = mnl_attr_nest_start(h, NFTA_DATA_VERDICT);

	mnl_attr_put_u32(h, NFTA_VERDICT_CODE, htonl((uint32_t)NFT_JUMP));
	mnl_attr_put_strz(h, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(h, verdict);
	mnl_attr_nest_end(h, data);
}

/* As nft writes it: type, length, text. */
static void put_comment(struct nlmsghdr *h, const char *text)
{
	uint8_t data[2 + NFT_COMMENT] = {COMMENT_TYPE, (uint8_t)(strlen(text) + 1)};

	if (!*text)
		return;
	memcpy(data + 2, text, data[1]);
	mnl_attr_put(h, NFTA_SET_ELEM_USERDATA, 2U + data[1], data);
}

/* It matches what is too much. */
static void put_limit(struct nlmsghdr *h, uint64_t rate)
{
	struct nlattr *expression, *data;

	if (!rate)
		return;
	expression = mnl_attr_nest_start(h, NFTA_SET_ELEM_EXPR);
	mnl_attr_put_strz(h, NFTA_EXPR_NAME, "limit");
	data = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
	mnl_attr_put_u64(h, NFTA_LIMIT_RATE, htobe64(rate));
	mnl_attr_put_u64(h, NFTA_LIMIT_UNIT, htobe64(1)); /* second */
	mnl_attr_put_u32(h, NFTA_LIMIT_BURST, htonl(BURST));
	mnl_attr_put_u32(h, NFTA_LIMIT_TYPE, htonl(NFT_LIMIT_PKT_BYTES));
	mnl_attr_put_u32(h, NFTA_LIMIT_FLAGS, htonl(NFT_LIMIT_F_INV));
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, expression);
}

/* A message about one member. */
static struct nlmsghdr *about(
	struct nl *n, union nl_message *m, int type, uint16_t flags, const struct nft_element *e)
{
	struct nlmsghdr *h = about_set(n, m, type, flags, e->set);
	struct nlattr *list, *item, *key;

	list = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
	item = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	key = mnl_attr_nest_start(h, NFTA_SET_ELEM_KEY);
	mnl_attr_put(h, NFTA_DATA_VALUE, e->len, e->key);
	mnl_attr_nest_end(h, key);
	if (e->end)
		mnl_attr_put_u32(h, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	if (type == NFT_MSG_NEWSETELEM) {
		put_comment(h, e->comment);
		put_limit(h, e->rate);
		if (*e->chain)
			put_verdict(h, e->chain);
	}
	mnl_attr_nest_end(h, item);
	mnl_attr_nest_end(h, list);
	return h;
}

static void append(struct gnx_buf *all, const struct nlmsghdr *h)
{
	gnx_buf_add(all, h, h->nlmsg_len);
}

/* Appends a message for each member; the last one is acknowledged if it is the last of all. */
static void append_all(
	struct nl *n, const struct nft_elements *e, int type, bool last, struct gnx_buf *all)
{
	uint16_t flags = type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;
	union nl_message m;

	for (size_t i = 0; i < e->len; i++)
		append(all,
			about(n, &m, type,
				(uint16_t)(flags | (last && i + 1 == e->len ? NLM_F_ACK : 0)),
				&e->items[i]));
}

int nft_replace(struct nl *n, const struct nft_elements *less, const struct nft_elements *more,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf all = {0};
	union nl_message m;
	uint32_t first = n->seq + 1;
	struct nlmsghdr *h;

	if (!less->len && !more->len)
		return 0;
	append(&all, begin(n, &m, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	append_all(n, less, NFT_MSG_DELSETELEM, !more->len, &all);
	append_all(n, more, NFT_MSG_NEWSETELEM, true, &all);
	/* The last member is what is acknowledged: older kernels do not for the end of a batch. */
	h = begin(n, &m, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	h->nlmsg_seq = --n->seq;
	append(&all, h);
	return nl_ask_all(n, all.data, all.len, first, err);
}

int nft_change(struct nl *n, const struct nft_elements *e, bool add, struct gnx_err *err)
{
	static const struct nft_elements none;

	return nft_replace(n, add ? &none : e, add ? e : &none, err);
}

int nft_has(struct nl *n, const struct nft_element *e, struct gnx_err *err)
{
	union nl_message m;

	return nl_ask(n, about(n, &m, NFT_MSG_GETSETELEM, 0, e), NULL, NULL, err);
}

int nft_has_chain(struct nl *n, const char *chain, struct gnx_err *err)
{
	union nl_message m;
	struct nlmsghdr *h = begin(n, &m, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN),
		0, NFPROTO_BRIDGE, 0);

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, chain);
	return nl_ask(n, h, NULL, NULL, err);
}

/* Who is told of a set's members. */
struct listing {
	const char *set;
	void (*tell)(void *arg, const struct nft_element *e, const struct nft_counter *c);
	void *arg;
};

/* What a member does with what it matches, if it is that; or NULL. */
static const struct nlattr *expression(const struct nlattr *item, const char *name)
{
	const struct nlattr *e = nl_attr_in(item, NFTA_SET_ELEM_EXPR);
	const struct nlattr *is = e ? nl_attr_in(e, NFTA_EXPR_NAME) : NULL;

	if (!is || mnl_attr_validate(is, MNL_TYPE_NUL_STRING) < 0 ||
		strcmp(mnl_attr_get_str(is), name) != 0)
		return NULL;
	return nl_attr_in(e, NFTA_EXPR_DATA);
}

static uint64_t number(const struct nlattr *data, uint16_t type)
{
	const struct nlattr *a = data ? nl_attr_in(data, type) : NULL;

	return a && mnl_attr_get_payload_len(a) == 8 ? be64toh(mnl_attr_get_u64(a)) : 0;
}

static struct nft_counter counted(const struct nlattr *item)
{
	const struct nlattr *a = expression(item, "counter");

	return (struct nft_counter){number(a, NFTA_COUNTER_PACKETS), number(a, NFTA_COUNTER_BYTES)};
}

static bool is_end(const struct nlattr *item)
{
	const struct nlattr *a = nl_attr_in(item, NFTA_SET_ELEM_FLAGS);

	return a && mnl_attr_get_payload_len(a) == 4 &&
		ntohl(mnl_attr_get_u32(a)) & NFT_SET_ELEM_INTERVAL_END;
}

/* Only what is nothing but a comment. */
static void take_comment(const struct nlattr *item, char out[NFT_COMMENT])
{
	const struct nlattr *a = nl_attr_in(item, NFTA_SET_ELEM_USERDATA);
	const uint8_t *data = a ? mnl_attr_get_payload(a) : NULL;
	size_t len = a ? mnl_attr_get_payload_len(a) : 0;

	if (len > 2 && data[0] == COMMENT_TYPE && data[1] == len - 2 && !data[len - 1])
		snprintf(out, NFT_COMMENT, "%s", (const char *)data + 2);
}

/* A jump, of a map. */
static void take_chain(const struct nlattr *item, char out[NFT_CHAIN])
{
	const struct nlattr *a = nl_attr_in(item, NFTA_SET_ELEM_DATA);

	if (a)
		a = nl_attr_in(a, NFTA_DATA_VERDICT);
	if (a)
		a = nl_attr_in(a, NFTA_VERDICT_CHAIN);
	if (a && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0)
		snprintf(out, NFT_CHAIN, "%s", mnl_attr_get_str(a));
}

static int take_member(const struct nlattr *item, void *arg)
{
	const struct listing *l = arg;
	const struct nlattr *key = nl_attr_in(item, NFTA_SET_ELEM_KEY);
	const struct nft_counter c = counted(item);
	struct nft_element e = {
		.rate = number(expression(item, "limit"), NFTA_LIMIT_RATE), .end = is_end(item)};

	if (key)
		key = nl_attr_in(key, NFTA_DATA_VALUE);
	if (!key || mnl_attr_get_payload_len(key) > sizeof(e.key))
		return MNL_CB_OK;
	snprintf(e.set, sizeof(e.set), "%s", l->set);
	e.len = mnl_attr_get_payload_len(key);
	memcpy(e.key, mnl_attr_get_payload(key), e.len);
	take_comment(item, e.comment);
	take_chain(item, e.chain);
	l->tell(l->arg, &e, &c);
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

int nft_each(struct nl *n, const char *set,
	void (*tell)(void *arg, const struct nft_element *e, const struct nft_counter *c),
	void *arg, struct gnx_err *err)
{
	struct listing l = {set, tell, arg};
	union nl_message m;
	int r = nl_ask(
		n, about_set(n, &m, NFT_MSG_GETSETELEM, NLM_F_DUMP, set), take_members, &l, err);

	return r == -ENOENT ? gnx_fail(err, r, "the guard's rules have no set %s", set) : r;
}
