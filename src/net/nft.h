/* SPDX-License-Identifier: BSD-3-Clause */
/* Members of the sets and maps of the table bridge gridnix, by netlink. For this room. */
#ifndef GNX_NET_NFT_H
#define GNX_NET_NFT_H

#include "model/address.h"
#include "net/nl.h"

#include <stdbool.h>

#define NFT_TABLE   "gridnix" /* of the family bridge */
#define NFT_NAME    16
#define NFT_KEY	    28 /* an interface's index, an Ethernet address, a type, and an IPv6 address */
#define NFT_COMMENT 55 /* bytes, with the NUL; what is longer is cut */
#define NFT_CHAIN   72 /* a firewall's name behind a word */

/* Two are the same member when they are up to the comment. */
struct nft_element {
	char set[NFT_NAME];
	uint8_t key[NFT_KEY];
	uint32_t len; /* of the key */
	bool end;     /* in a set of intervals: the first key behind one */
	char comment[NFT_COMMENT];
	char chain[NFT_CHAIN]; /* of a map: where to jump to; else "" */
	uint64_t rate;	       /* bytes in a second that it lets pass; 0: it is no limit */
};

_Static_assert(
	sizeof(struct nft_element) == NFT_NAME + NFT_KEY + 4 + 1 + NFT_COMMENT + NFT_CHAIN + 8,
	"they are compared by their bytes");

/* What a member has counted. */
struct nft_counter {
	uint64_t packets, bytes;
};

/* A list that its owner frees with nft_elements_done(). */
struct nft_elements {
	struct nft_element *items;
	size_t len;
};

void nft_elements_done(struct nft_elements *e); /* for GNX_CLEAN */
/* A new one at the end, all zero but for its set. */
struct nft_element *nft_elements_add(struct nft_elements *e, const char *set);

/* Adds all of them, or takes them away, in one transaction; n is of NETLINK_NETFILTER. -ENOENT: a
 * set, a chain, or one that is to be taken away, is not there. */
int nft_change(struct nl *n, const struct nft_elements *e, bool add, struct gnx_err *err);

/* Takes some away and adds others in one transaction. */
int nft_replace(struct nl *n, const struct nft_elements *less, const struct nft_elements *more,
	struct gnx_err *err);

/* Tells each member of a set, and what it has counted. -ENOENT: there is no such set. */
int nft_each(struct nl *n, const char *set,
	void (*tell)(void *arg, const struct nft_element *e, const struct nft_counter *c),
	void *arg, struct gnx_err *err);

/* 0 when the set has it, a map's chain aside; -ENOENT when not. */
int nft_has(struct nl *n, const struct nft_element *e, struct gnx_err *err);

/* 0 when there is such a chain, -ENOENT when not. */
int nft_has_chain(struct nl *n, const char *chain, struct gnx_err *err);

#endif
