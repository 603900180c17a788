/* SPDX-License-Identifier: BSD-3-Clause */
/* The guard's sets: see guard.h. */
#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "net/forget.h"
#include "net/guard_part.h"
#include "net/link.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define BATCH	   512 /* elements in a transaction */
#define SPLIT_BITS 8   /* a network becomes at most 2^8 of the next length */

int guard_open(struct guard **out, struct gnx_err *err)
{
	struct nl nl;
	int r = nl_open(NETLINK_NETFILTER, &nl, err);

	if (r < 0)
		return r;
	*out = gnx_alloc(sizeof(**out));
	**out = (struct guard){.nl = nl};
	return 0;
}

void guard_close(struct guard **g)
{
	if (!*g)
		return;
	nl_close(&(*g)->nl);
	free(*g);
	*g = NULL;
}

/* Whether the bridge's alias begins with a mark. */
static bool has_mark(const char *bridge, const char *mark)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/sys/class/net/%s/ifalias", bridge);
	GNX_CLEAN(gnx_fclose)
	FILE *f = fopen(path, "re");
	char alias[sizeof(LINK_TAKEN)];

	return f && fgets(alias, sizeof(alias), f) && gnx_starts(alias, mark);
}

bool guard_owns(const char *bridge)
{
	return has_mark(bridge, LINK_MARK);
}

bool guard_takes_all(const char *bridge)
{
	return has_mark(bridge, LINK_TAKEN);
}

bool guard_is_uplink(const char *name)
{
	GNX_CLEAN(gnx_free)
	char *own = gnx_fmt("/sys/class/net/%s/ifalias", name);
	GNX_CLEAN(gnx_free)
	char *bridge = gnx_fmt("/sys/class/net/%s/master/ifalias", name);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf is = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf there = {0};
	struct gnx_err ignored = GNX_ERR_INIT; /* it is no port, or has gone */

	return !gnx_file_read(own, LINK_ALIAS_MAX + 1, &is, &ignored) &&
		!gnx_file_read(bridge, LINK_ALIAS_MAX + 1, &there, &ignored) && is.len &&
		is.len == there.len && !memcmp(is.data, there.data, is.len);
}

int guard_bridges(struct gnx_strv *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_closedir)
	DIR *d = opendir("/sys/class/net");
	struct dirent *e;

	if (!d)
		return gnx_fail_errno(err, "/sys/class/net");
	while ((e = readdir(d)))
		if (guard_owns(e->d_name))
			gnx_strv_add(out, e->d_name);
	gnx_strv_sort(out);
	return 0;
}

void guard_add(
	struct nft_elements *e, const char *set, unsigned int index, const uint8_t *own, size_t len)
{
	struct nft_element *new = nft_elements_add(e, set);

	memcpy(new->key, &index, sizeof(index));
	if (len)
		memcpy(new->key + sizeof(index), own, len);
	/* The parts of a key are filled up to whole words. */
	new->len = (uint32_t)(sizeof(index) + (len + 3) / 4 * 4);
}

/* The length of a set that can hold a network: its own, or the next one; else its own, which no set
 * has. */
static int length_for(const struct address *a)
{
	static const struct {
		int family, length;
	} sets[] = {
#define X(family, length) {family, length},
#include "net/guard_lengths.def"
#undef X
	};

	for (size_t i = 0; i < GNX_LEN(sets); i++)
		if ((sets[i].family == 6) == (a->len == 16) && sets[i].length >= a->prefix &&
			sets[i].length <= a->prefix + SPLIT_BITS)
			return sets[i].length;
	return a->prefix;
}

/* Adds the networks of a length that are in a. */
static void add_networks(struct nft_elements *e, const struct guard_port *p, struct address a)
{
	int length = length_for(&a);
	char set[NFT_NAME];

	snprintf(set, sizeof(set), "net%d_%d", a.len == 16 ? 6 : 4, length);
	for (int i = 0; i < 1 << (length - a.prefix); i++) {
		struct address part = a;

		for (int bit = 0; bit < length - a.prefix; bit++)
			if (i & 1 << bit)
				part.bytes[(length - 1 - bit) / 8] |=
					(uint8_t)(0x80 >> (length - 1 - bit) % 8);
		guard_add(e, set, p->index, part.bytes, part.len);
	}
}

static void add_address(
	struct nft_elements *e, const struct guard_port *p, const struct address *a, bool *prefixed)
{
	if (a->prefix == a->len * 8) {
		guard_add(e, a->len == 16 ? "addr6" : "addr4", p->index, a->bytes, a->len);
		return;
	}
	if (!*prefixed)
		guard_add(e, "prefixed", p->index, NULL, 0);
	*prefixed = true;
	add_networks(e, p, *a);
}

/* The address that an interface makes of its hardware's: RFC 4291, appendix A. */
static struct address link_local(const uint8_t mac[ADDRESS_MAC])
{
	return (struct address){.bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2],
					0xff, 0xfe, mac[3], mac[4], mac[5]},
		.len = 16,
		.prefix = 128};
}

/* The sets of those that may do more than what is their own. */
static const char *const policies[PORT_POLICY_COUNT] = {
	[PORT_loose] = "loose", [PORT_router] = "routers", [PORT_promiscuous] = "promiscuous"};

/* The way into its firewall. */
static void add_firewall(struct nft_elements *e, const struct guard_port *p)
{
	static const char *const maps[][2] = {{"firewall_in", "in"}, {"firewall_out", "out"}};
	struct nft_element *mac;

	if (!*p->may.firewall)
		return;
	for (size_t i = 0; i < GNX_LEN(maps); i++) {
		guard_add(e, maps[i][0], p->index, NULL, 0);
		snprintf(e->items[e->len - 1].chain, NFT_CHAIN, "%s-%s", maps[i][1],
			p->may.firewall);
	}
	guard_add(e, "firewalled", p->index, NULL, 0);
	mac = nft_elements_add(e, "firewalled_macs");
	memcpy(mac->key, p->mac, sizeof(p->mac));
	mac->len = sizeof(p->mac);
}

/* Whether its firewall is there, if it has one. */
static int check_firewall(struct nl *nl, const struct guard_port *p, struct gnx_err *err)
{
	char chain[NFT_CHAIN];
	int r = 0;

	snprintf(chain, sizeof(chain), "in-%s", p->may.firewall);
	if (*p->may.firewall)
		r = nft_has_chain(nl, chain, err);
	return r == -ENOENT
		? gnx_fail(err, r, "the guard's rules have no firewall %s", p->may.firewall)
		: r;
}

static void add_limit(struct nft_elements *e, const char *set, unsigned int index, uint64_t bits)
{
	if (!bits)
		return;
	guard_add(e, set, index, NULL, 0);
	e->items[e->len - 1].rate = bits / 8;
}

/* What it may send the short way: its own addresses, in frames of its own. */
static void add_plain(struct nft_elements *e, const struct guard_port *p, const struct address *a)
{
	uint8_t own[NFT_KEY - sizeof(p->index)];
	const uint16_t type = htons(a->len == 16 ? ETH_P_IPV6 : ETH_P_IP);

	if (a->prefix != a->len * 8)
		return;
	memcpy(own, p->mac, ADDRESS_MAC);
	memcpy(own + ADDRESS_MAC, &type, sizeof(type));
	memcpy(own + ADDRESS_MAC + sizeof(type), a->bytes, a->len);
	guard_add(e, a->len == 16 ? "plain6" : "plain4", p->index, own,
		ADDRESS_MAC + sizeof(type) + a->len);
}

/* The short way, for a port of which nothing else is to be looked at. */
static void add_short(
	struct nft_elements *e, const struct guard_port *p, const struct address *link_local)
{
	if (*p->may.firewall || p->may.in_bits || p->may.out_bits)
		return;
	guard_add(e, "plain", p->index, NULL, 0);
	add_plain(e, p, link_local);
	for (size_t i = 0; i < p->may.addresses.len; i++)
		add_plain(e, p, &p->may.addresses.items[i]);
}

/* Appends what the sets are to have of a port. */
static void put_port(const struct guard_port *p, struct nft_elements *e)
{
	const struct address own = link_local(p->mac);
	char uuid[GUEST_UUID_TEXT], *comment;
	bool prefixed = false;
	int len;

	guard_add(e, "macs", p->index, p->mac, sizeof(p->mac));
	add_address(e, p, &own, &prefixed);
	for (size_t i = 0; i < p->may.addresses.len; i++)
		add_address(e, p, &p->may.addresses.items[i], &prefixed);
	if (policies[p->may.policy])
		guard_add(e, policies[p->may.policy], p->index, NULL, 0);
	add_firewall(e, p);
	add_limit(e, "limit_in", p->index, p->may.in_bits);
	add_limit(e, "limit_out", p->index, p->may.out_bits);
	add_short(e, p, &own);
	guard_add(e, "ports", p->index, NULL, 0);
	guest_uuid_text(p->owner.uuid, uuid);
	comment = e->items[e->len - 1].comment;
	len = snprintf(comment, NFT_COMMENT, "%s %u", uuid, p->owner.number);
	if (p->bridge)
		snprintf(comment + len, NFT_COMMENT - (size_t)len, " %u", p->bridge);
}

/* The sets that hold something of the port, for words. */
static char *names_of(const struct nft_elements *e)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	struct gnx_buf words = {0};

	for (size_t i = 0; i < e->len; i++)
		if (!gnx_strv_has(&names, e->items[i].set))
			gnx_strv_add(&names, e->items[i].set);
	for (size_t i = 0; i < names.len; i++)
		gnx_buf_fmt(&words, " %s", names.items[i]);
	return words.data;
}

static void name_bridge(struct nft_element *e, const char *bridge)
{
	e->len = IFNAMSIZ;
	snprintf((char *)e->key, IFNAMSIZ, "%s", bridge);
}

static int has_bridge(struct guard *g, const char *bridge, struct gnx_err *err)
{
	struct nft_element e = {.set = "bridges"};
	int r;

	name_bridge(&e, bridge);
	r = nft_has(&g->nl, &e, err);
	return r == -ENOENT
		? gnx_fail(err, r,
			  "the guard's rules are not loaded, or do not watch bridge %s: gridnixd "
			  "sees to that, if it runs",
			  bridge)
		: r;
}

int guard_arm(struct guard *g, const char *bridge, const struct guard_port *p, struct gnx_err *err)
{
	GNX_CLEAN(nft_elements_done)
	struct nft_elements e = {0};
	int r;

	put_port(p, &e);
	r = has_bridge(g, bridge, err);
	if (!r)
		r = check_firewall(&g->nl, p, err);
	if (r < 0)
		return r;
	r = nft_change(&g->nl, &e, true, err);
	if (r == -ENOENT) {
		GNX_CLEAN(gnx_free)
		char *names = names_of(&e);

		return gnx_fail(err, r,
			"the guard's rules lack one of%s: gridnix-guard(7) tells which prefixes "
			"there can be",
			names);
	}
	for (size_t i = 0; !r && i < e.len; i++)
		r = nft_has(&g->nl, &e.items[i], err);
	return r;
}

/* --- All of them */

static const char *const bridges[] = {"bridges", "uplinks"};
static const char *const inside[] = {"near4", "near6", "near4_first", "near6_first"};
static const char *const ports[] = {
	"ports",
	"macs",
	"addr4",
	"addr6",
	"plain",
	"plain4",
	"plain6",
	"prefixed",
	"loose",
	"routers",
	"promiscuous",
	"firewalled",
	"firewalled_macs",
	"firewall_in",
	"firewall_out",
	"limit_in",
	"limit_out",
#define X(family, length) "net" #family "_" #length,
#include "net/guard_lengths.def"
#undef X
};
static const struct {
	const char *const *sets;
	size_t len;
} parts[] = {
	[GUARD_bridges] = {bridges, GNX_LEN(bridges)},
	[GUARD_ports] = {ports, GNX_LEN(ports)},
	[GUARD_some] = {ports, GNX_LEN(ports)},
	[GUARD_inside] = {inside, GNX_LEN(inside)},
};

static int order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nft_element));
}

/* The same order, of members alone. */
static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, offsetof(struct nft_element, comment));
}

/* Appends what is in one list and not in the other; both are in order. */
static void differ(
	const struct nft_elements *a, const struct nft_elements *b, struct nft_elements *out)
{
	for (size_t i = 0; i < a->len; i++) {
		const struct nft_element *e = &a->items[i];

		if (!b->len || !bsearch(e, b->items, b->len, sizeof(*e), order))
			*nft_elements_add(out, e->set) = *e;
	}
}

static void collect(void *arg, const struct nft_element *e, const struct nft_counter *c)
{
	(void)c;
	*nft_elements_add(arg, e->set) = *e;
}

int guard_change(struct guard *g, struct nft_elements *e, bool add, struct gnx_err *err)
{
	int r = 0;

	for (size_t at = 0; !r && at < e->len; at += BATCH) {
		size_t left = e->len - at;
		struct nft_elements some = {e->items + at, left < BATCH ? left : BATCH};

		r = nft_change(&g->nl, &some, add, err);
	}
	return r;
}

void guard_want_bridge(struct guard_wanted *w, const char *bridge)
{
	name_bridge(nft_elements_add(&w->elements, "bridges"), bridge);
}

void guard_want_uplink(struct guard_wanted *w, unsigned int index)
{
	guard_add(&w->elements, "uplinks", index, NULL, 0);
}

int guard_want_port(struct guard_wanted *w, const struct guard_port *p, struct gnx_err *err)
{
	int r = check_firewall(w->nl, p, err);

	if (!r)
		put_port(p, &w->elements);
	return r;
}

/* Moves what is in both with another comment or chain into lists of their own. */
static void part_changed(struct nft_elements *less, struct nft_elements *more,
	struct nft_elements *old, struct nft_elements *new)
{
	size_t kept = 0;

	for (size_t i = 0; i < less->len; i++) {
		struct nft_element *other = !more->len
			? NULL
			: bsearch(&less->items[i], more->items, more->len, sizeof(*other), by_key);

		if (!other) {
			less->items[kept++] = less->items[i];
			continue;
		}
		*nft_elements_add(old, other->set) = less->items[i];
		*nft_elements_add(new, other->set) = *other;
		memmove(other, other + 1,
			(size_t)(more->items + --more->len - other) * sizeof(*other));
	}
	less->len = kept;
}

/* Two lists side by side. */
static int replace(struct guard *g, const struct nft_elements *old, const struct nft_elements *new,
	struct gnx_err *err)
{
	int r = 0;

	for (size_t at = 0; !r && at < old->len; at += BATCH) {
		size_t left = old->len - at, n = left < BATCH ? left : BATCH;
		const struct nft_elements less = {old->items + at, n}, more = {new->items + at, n};

		r = nft_replace(&g->nl, &less, &more, err);
	}
	return r;
}

static void sort(struct nft_elements *e)
{
	if (e->len)
		qsort(e->items, e->len, sizeof(*e->items), order);
}

/* The address or network that a port had by this; false: it was something else. */
static bool address_of(const struct nft_element *e, struct address *out)
{
	int family, prefix;

	if (sscanf(e->set, "net%d_%d", &family, &prefix) != 2) {
		if (sscanf(e->set, "addr%d", &family) != 1)
			return false;
		prefix = family == 6 ? 128 : 32;
	}
	*out = (struct address){.len = family == 6 ? 16 : 4, .prefix = (uint8_t)prefix};
	memcpy(out->bytes, e->key + sizeof(unsigned int), out->len);
	return true;
}

bool guard_remembers(const struct guard *g)
{
	return g->remembers;
}

/* The bridge that a port was on, which may be gone: as it was armed. 0: that was not said. */
static unsigned int bridge_of(const struct nft_elements *is, const struct nft_element *e)
{
	struct nft_element port = {.set = "ports", .len = sizeof(unsigned int)};
	const struct nft_element *was;
	unsigned int bridge = 0;

	memcpy(port.key, e->key, sizeof(unsigned int));
	was = is->len ? bsearch(&port, is->items, is->len, sizeof(port), by_key) : NULL;
	if (was)
		sscanf(was->comment, "%*s %*u %10u", &bridge);
	return bridge;
}

/* Whether its connections are tracked apart from those of dom0 and of other bridges. */
static bool is_apart(struct guard *g, unsigned int bridge)
{
	struct nft_element e = {.set = "apart"};
	char name[IF_NAMESIZE];

	if (!if_indextoname(bridge, name))
		return false;
	name_bridge(&e, name);
	return nft_has(&g->nl, &e, NULL) == 0;
}

/* is: what was there before; in order. */
static int forget_all(struct guard *g, const struct nft_elements *is,
	const struct nft_elements *less, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct forget_lost *lost = gnx_alloc((less->len + 1) * sizeof(*lost));
	size_t n = 0;
	int r;

	for (size_t i = 0; i < less->len; i++) {
		if (!address_of(&less->items[i], &lost[n].address))
			continue;
		lost[n].bridge = bridge_of(is, &less->items[i]);
		lost[n].apart = n && lost[n - 1].bridge == lost[n].bridge
			? lost[n - 1].apart
			: is_apart(g, lost[n].bridge);
		n++;
	}
	r = forget(lost, n, err);
	g->remembers |= r > 0;
	return r < 0 ? r : 0;
}

/* Leaves what is about ports that are named. */
static void only(struct nft_elements *less, const struct nft_elements *wanted)
{
	struct nft_elements all = *less;

	less->len = 0;
	for (size_t i = 0; i < all.len; i++) {
		struct nft_element port = {.set = "ports", .len = sizeof(unsigned int)};

		memcpy(port.key, all.items[i].key, sizeof(unsigned int));
		if (wanted->len && bsearch(&port, wanted->items, wanted->len, sizeof(port), by_key))
			less->items[less->len++] = all.items[i];
	}
}

/* Moves what is of sets whose names begin so into a list of its own. */
static void part_sets(struct nft_elements *all, const char *name, struct nft_elements *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->len; i++) {
		const struct nft_element *e = &all->items[i];

		if (gnx_starts(e->set, name))
			*nft_elements_add(out, e->set) = *e;
		else
			all->items[kept++] = *e;
	}
	all->len = kept;
}

/* Half an interval can't be changed: all of them are. */
static int change_inside(struct guard *g, const struct nft_elements *is,
	const struct nft_elements *wanted, bool differs, struct gnx_err *err)
{
	int r = differs ? nft_replace(&g->nl, is, wanted, err) : 0;

	return r ? r : differs;
}

/* What a port may is never less than what it was and is to be. The short way is closed first: what
 * went there goes the long one, where a firewall or a rate counts as soon as it is added. Uplinks
 * are known before their bridges are watched, and, by the sets' names, forgotten behind these. */
static int change_sets(struct guard *g, const struct nft_elements *is, struct nft_elements *less,
	struct nft_elements *more, struct gnx_err *err)
{
	GNX_CLEAN(nft_elements_done)
	struct nft_elements old = {0};
	GNX_CLEAN(nft_elements_done)
	struct nft_elements new = {0};
	GNX_CLEAN(nft_elements_done)
	struct nft_elements closed = {0};
	GNX_CLEAN(nft_elements_done)
	struct nft_elements first = {0};
	int r, n = (int)(less->len + more->len);

	part_sets(less, "plain", &closed);
	part_sets(more, "uplinks", &first);
	part_changed(less, more, &old, &new);
	n -= (int)old.len; /* was in both */
	r = guard_change(g, &closed, false, err);
	if (!r)
		r = replace(g, &old, &new, err);
	if (!r)
		r = guard_change(g, &first, true, err);
	if (!r)
		r = guard_change(g, more, true, err);
	if (!r)
		r = guard_change(g, less, false, err);
	if (!r)
		r = forget_all(g, is, less, err);
	return r ? r : n;
}

int guard_sync(struct guard *g, enum guard_part part,
	int (*want)(void *arg, struct guard_wanted *w, struct gnx_err *err), void *arg,
	struct gnx_err *err)
{
	GNX_CLEAN(nft_elements_done)
	struct nft_elements is = {0};
	GNX_CLEAN(nft_elements_done)
	struct nft_elements less = {0};
	GNX_CLEAN(nft_elements_done)
	struct nft_elements more = {0};
	GNX_CLEAN(nft_elements_done)
	struct nft_elements wanted = {0};
	struct guard_wanted w = {.nl = &g->nl};
	int r = 0;

	/* First what is: what is armed meanwhile stays. */
	for (size_t i = 0; !r && i < parts[part].len; i++)
		r = nft_each(&g->nl, parts[part].sets[i], collect, &is, err);
	if (!r)
		r = want(arg, &w, err);
	wanted = w.elements;
	if (r < 0)
		return r;
	sort(&is);
	sort(&wanted);
	differ(&wanted, &is, &more);
	differ(&is, &wanted, &less);
	if (part == GUARD_some)
		only(&less, &wanted);
	return part == GUARD_inside ? change_inside(g, &is, &wanted, more.len || less.len, err)
				    : change_sets(g, &is, &less, &more, err);
}

/* --- What it has stopped */

struct reader {
	const char *word;
	void (*tell)(void *arg, unsigned int index, const char *word, uint64_t frames);
	void *arg;
};

unsigned int guard_index(const struct nft_element *e)
{
	unsigned int index;

	memcpy(&index, e->key, sizeof(index));
	return index;
}

static void read_one(void *arg, const struct nft_element *e, const struct nft_counter *c)
{
	const struct reader *r = arg;

	r->tell(r->arg, guard_index(e), r->word, c->packets);
}

int guard_read(struct guard *g,
	void (*tell)(void *arg, unsigned int index, const char *word, uint64_t frames), void *arg,
	struct gnx_err *err)
{
	static const char *const stops[][2] = {
#define X(word) {"blocked_" #word, #word},
#include "net/guard_stops.def"
#undef X
	};
	struct reader reader = {NULL, tell, arg};
	int r = 0;

	for (int i = 0; !r && i < PORT_POLICY_COUNT; i++) {
		reader.word = port_policy_name((enum port_policy)i);
		if (policies[i])
			r = nft_each(&g->nl, policies[i], read_one, &reader, err);
	}
	for (size_t i = 0; !r && i < GNX_LEN(stops); i++) {
		reader.word = stops[i][1];
		r = nft_each(&g->nl, stops[i][0], read_one, &reader, err);
	}
	return r;
}
