/* SPDX-License-Identifier: BSD-3-Clause */
/* What the guard's rules have counted, whose it is, and which peers are inside: see guard.h. */
#include "base/clean.h"
#include "base/str.h"
#include "net/guard_part.h"

#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

/* --- Whose */

struct owners {
	void (*tell)(void *arg, unsigned int index, const struct guard_owner *owner);
	void *arg;
};

static void take_owner(void *arg, const struct nft_element *e, const struct nft_counter *c)
{
	const struct owners *o = arg;
	struct guard_owner owner;
	char uuid[GUEST_UUID_TEXT];
	unsigned int bridge;
	int len = -1;

	(void)c;
	if (sscanf(e->comment, "%36[0-9a-f-] %4u%n %10u%n", uuid, &owner.number, &len, &bridge,
		    &len) >= 2 &&
		len > 0 && !e->comment[len] && guest_uuid_parse(uuid, owner.uuid) == 0)
		o->tell(o->arg, guard_index(e), &owner);
}

int guard_owners(struct guard *g,
	void (*tell)(void *arg, unsigned int index, const struct guard_owner *owner), void *arg,
	struct gnx_err *err)
{
	struct owners o = {tell, arg};

	return nft_each(&g->nl, "ports", take_owner, &o, err);
}

struct states {
	enum guarded_state state;
	void (*tell)(void *arg, unsigned int index, enum guarded_state state);
	void *arg;
};

static void take_state(void *arg, const struct nft_element *e, const struct nft_counter *c)
{
	const struct states *s = arg;

	(void)c;
	s->tell(s->arg, guard_index(e), s->state);
}

int guard_states(struct guard *g,
	void (*tell)(void *arg, unsigned int index, enum guarded_state state), void *arg,
	struct gnx_err *err)
{
	struct states s = {GUARDED_armed, tell, arg};
	int r = nft_each(&g->nl, "ports", take_state, &s, err);

	s.state = GUARDED_uplink;
	return r ? r : nft_each(&g->nl, "uplinks", take_state, &s, err);
}

/* --- How much */

struct counts {
	enum traffic_kind kind;
	void (*tell)(void *arg, unsigned int index, enum traffic_kind kind,
		const struct traffic_count *count);
	void *arg;
};

static void take_count(void *arg, const struct nft_element *e, const struct nft_counter *c)
{
	const struct counts *counts = arg;

	counts->tell(counts->arg, guard_index(e), counts->kind,
		&(struct traffic_count){c->bytes, c->packets});
}

int guard_counts(struct guard *g,
	void (*tell)(void *arg, unsigned int index, enum traffic_kind kind,
		const struct traffic_count *count),
	void *arg, struct gnx_err *err)
{
	struct counts counts = {.tell = tell, .arg = arg};
	int r = 0;

	for (size_t i = 0; !r && i < TRAFFIC_COUNT; i++) {
		counts.kind = (enum traffic_kind)i;
		r = nft_each(&g->nl, traffic_kinds[i].name, take_count, &counts, err);
	}
	return r;
}

/* --- What is of no use any more */

int guard_forget_counts(
	struct guard *g, const struct guard_counted *ports, size_t n, struct gnx_err *err)
{
	GNX_CLEAN(nft_elements_done)
	struct nft_elements e = {0};

	for (size_t i = 0; i < n; i++)
		for (size_t kind = 0; kind < TRAFFIC_COUNT; kind++)
			if (ports[i].kinds & 1U << kind)
				guard_add(&e, traffic_kinds[kind].name, ports[i].index, NULL, 0);
	return guard_change(g, &e, false, err);
}

/* Members of sets that are of these ports. */
struct leftovers {
	const unsigned int *ports;
	size_t n;
	struct nft_elements elements;
};

static void take_stop(void *arg, const struct nft_element *e, const struct nft_counter *c)
{
	struct leftovers *l = arg;

	(void)c;
	for (size_t i = 0; i < l->n; i++)
		if (l->ports[i] == guard_index(e))
			*nft_elements_add(&l->elements, e->set) = *e;
}

int guard_forget_stops(struct guard *g, const unsigned int *ports, size_t n, struct gnx_err *err)
{
	static const char *const sets[] = {
#define X(word) "blocked_" #word,
#include "net/guard_stops.def"
#undef X
	};
	struct leftovers l = {ports, n, {0}};
	int r = 0;

	for (size_t i = 0; !r && i < GNX_LEN(sets); i++)
		r = nft_each(&g->nl, sets[i], take_stop, &l, err);
	if (!r)
		r = guard_change(g, &l.elements, false, err);
	nft_elements_done(&l.elements);
	return r;
}

/* --- Inside */

/* The bytes of all addresses of a network: from the first to the last. */
struct interval {
	size_t len; /* of these */
	uint8_t first[16], last[16];
};

static int by_first(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;
	int order = (x->len > y->len) - (x->len < y->len);

	return order ? order : memcmp(x->first, y->first, sizeof(x->first));
}

static struct interval interval(const struct address *a)
{
	struct interval i = {.len = a->len};

	memcpy(i.first, a->bytes, a->len);
	memcpy(i.last, a->bytes, a->len);
	for (size_t bit = a->prefix; bit < a->len * 8U; bit++)
		i.last[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return i;
}

/* Goes to the next address; false behind the last one of all. */
static bool next(uint8_t *address, size_t len)
{
	while (len && !++address[len - 1])
		len--;
	return len;
}

static void add_key(struct guard_wanted *w, size_t len, const uint8_t *key, bool end)
{
	struct nft_element *e = nft_elements_add(&w->elements, len == 16 ? "near6" : "near4");

	memcpy(e->key, key, len);
	e->len = (uint32_t)len;
	e->end = end;
}

/* The first bytes that its addresses have: each once, for intervals in order. */
static void add_first(struct guard_wanted *w, const struct interval *i, bool again)
{
	const char *set = i->len == 16 ? "near6_first" : "near4_first";

	for (unsigned int byte = i->first[0] + again; byte <= i->last[0]; byte++) {
		struct nft_element *e = nft_elements_add(&w->elements, set);

		e->key[0] = (uint8_t)byte;
		e->len = 1;
	}
}

/* Whether b, which does not begin before a, begins in it or right behind it. */
static bool goes_on(const struct interval *a, const struct interval *b)
{
	uint8_t behind[16];

	memcpy(behind, a->last, sizeof(behind));
	return a->len == b->len && (!next(behind, a->len) || memcmp(b->first, behind, a->len) <= 0);
}

/* Sorts them, and makes one of those that go on; how many are left. */
static size_t merge(struct interval *all, size_t n)
{
	size_t kept = 0;

	qsort(all, n, sizeof(*all), by_first);
	for (size_t i = 0; i < n; i++) {
		struct interval *last = kept ? &all[kept - 1] : NULL;

		if (!last || !goes_on(last, &all[i]))
			all[kept++] = all[i];
		else if (memcmp(last->last, all[i].last, last->len) < 0)
			memcpy(last->last, all[i].last, last->len);
	}
	return kept;
}

void guard_want_inside(struct guard_wanted *w, const struct addresses *networks)
{
	struct interval all[ADDRESSES_MAX];
	size_t n;

	for (size_t i = 0; i < networks->len; i++)
		all[i] = interval(&networks->items[i]);
	n = merge(all, networks->len);
	for (size_t i = 0; i < n; i++) {
		add_first(w, &all[i],
			i && all[i - 1].len == all[i].len && all[i - 1].last[0] == all[i].first[0]);
		add_key(w, all[i].len, all[i].first, false);
		/* One that reaches up to the last address has no end. */
		if (next(all[i].last, all[i].len))
			add_key(w, all[i].len, all[i].last, true);
	}
}
