/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Firewalls as rules for nft(8), in the guard's table. The chains in-NAME and out-NAME are where
 * packets to and from a port come to, see guard.nft; they jump to the rules of the firewalls that
 * count for this one, in rules-in-NAME and rules-out-NAME. Text alone: whoever has it loaded sees
 * to it that all of one text is one transaction. For the monitor.
 *
 * What a set holds never changes: its name is made of that. The kernel changes chains for a packet
 * on its way all at once, but not sets.
 */
#ifndef GNX_NET_FIREWALL_H
#define GNX_NET_FIREWALL_H

#include "model/firewall.h"

/* The rules of one. All zero is an empty one. */
struct firewall_rules {
	struct gnx_buf sets;   /* to be loaded before the rules, and again with them */
	struct gnx_buf rules;  /* which replace those that are there */
	struct gnx_strv names; /* of the sets */
};

/* Adds the rules of a firewall that was checked. */
void firewall_rules(const struct firewall *f, struct firewall_rules *to);
void firewall_rules_done(struct firewall_rules *r);

/* Adds what makes the chains of one be there, even if they are empty: to jump to. */
void firewall_chains(const char *name, struct gnx_buf *out);

/* Where packets come to. */
struct firewall_entry {
	const char *name;
	enum firewall_verdict in, out;
	bool replies;
	const struct gnx_strv *order; /* of firewall_order() */
};

/* Adds that, which replaces what is there. The chains of all in the order are there. */
void firewall_entry(const struct firewall_entry *e, struct gnx_buf *out);

/* Adds what leads packets to the firewalls of ports that have one, where these are to be asked; and
 * what takes that away: each hook costs something for every packet. Without it guard.nft has such
 * ports closed. */
void firewall_lead(struct gnx_buf *out);
void firewall_unlead(struct gnx_buf *out);

/* Adds what has connections tracked, as far as firewalls need it; replaces what is there. bridges:
 * names of those on which dom0 has no part: what is on each is apart from all else, so that their
 * addresses may be the same, and what no firewall is about is not tracked. What is on others dom0
 * may pass on, and has to know. */
void firewall_track(const struct gnx_strv *bridges, struct gnx_buf *out);
/* The zone of connections on such a bridge, by its index. Zone 0 is all others'. */
unsigned firewall_zone(unsigned bridge);
/* Adds what has nothing tracked any more; a table where nothing was is fine. */
void firewall_untrack(struct gnx_buf *out);

/* Adds what removes the chains of one that no port has and no other includes. */
void firewall_remove(const char *name, struct gnx_buf *out);
/* The same of sets that no rule looks into any more. */
void firewall_remove_sets(const struct gnx_strv *names, struct gnx_buf *out);

#endif
