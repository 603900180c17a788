/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the guard share: guard.c has who may send what, guard_traffic.c what was
 * counted. For them alone. */
#ifndef GNX_NET_GUARD_PART_H
#define GNX_NET_GUARD_PART_H

#include "net/guard.h"
#include "net/nft.h"

struct guard {
	struct nl nl;
	bool remembers; /* what it should have forgotten */
};

struct guard_wanted {
	struct nl *nl;
	struct nft_elements elements;
};

/* A member of one of the sets: an interface's index, and what is its own. */
void guard_add(struct nft_elements *e, const char *set, unsigned int index, const uint8_t *own,
	size_t len);
/* That index. */
unsigned int guard_index(const struct nft_element *e);

/* As nft_change(), in transactions that are not too long. */
int guard_change(struct guard *g, struct nft_elements *e, bool add, struct gnx_err *err);

#endif
