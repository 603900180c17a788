/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls as rules: see firewall.h. */
#include "net/firewall.h"

#include "base/clean.h"
#include "model/address.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#define TABLE "bridge gridnix"

/* --- Sets */

static uint64_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a */

	while (*text)
		h = (h ^ (unsigned char)*text++) * 0x100000001b3;
	return h;
}

/* The name of a set that holds these elements: the caller frees. Its firewall's name is in it, so
 * that nobody can find elements of the same name as another's. */
static char *set_of(
	struct firewall_rules *to, const char *firewall, const char *type, const char *elements)
{
	GNX_CLEAN(gnx_free)
	char *whole = gnx_fmt("%s %s", type, elements);
	char *name = gnx_fmt("s-%s-%016" PRIx64, firewall, hash(whole));

	if (gnx_strv_has(&to->names, name))
		return name;
	gnx_strv_add(&to->names, name);
	gnx_buf_fmt(&to->sets,
		"add set " TABLE " %s { type %s; flags interval; }\n"
		"add element " TABLE " %s { %s }\n",
		name, type, name, elements);
	return name;
}

/* Adds a match of something with one of these words, as a set if they are several. */
static void match(struct firewall_rules *to, const char *firewall, const char *what,
	const char *type, const struct gnx_strv *words)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf all = {0};
	GNX_CLEAN(gnx_free)
	char *set = NULL;

	for (size_t i = 0; i < words->len; i++)
		gnx_buf_fmt(&all, "%s%s", i ? ", " : "", words->items[i]);
	if (words->len > 1)
		set = set_of(to, firewall, type, all.data);
	gnx_buf_fmt(&to->rules, " %s %s%s", what, set ? "@" : "", set ? set : all.data);
}

/* --- Addresses */

enum family { IPV4, IPV6, FAMILIES };

static const struct {
	const char *name, *type;
	uint8_t len;
} families[] = {[IPV4] = {"ip", "ipv4_addr", 4}, [IPV6] = {"ip6", "ipv6_addr", 16}};

struct list {
	struct address *items;
	size_t len;
};

static void list_done(struct list *l)
{
	free(l->items);
}

static void take_words(const char *text, uint8_t len, struct list *to)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};

	gnx_strv_split(&words, text, " ");
	for (size_t i = 0; i < words.len; i++) {
		struct address a;

		if (address_take(words.items[i], &a) || a.len != len)
			continue;
		to->items = gnx_room(to->items, to->len, sizeof(a));
		to->items[to->len++] = a;
	}
}

/* Adds what a rule's list names of one family, with what is in sets. */
static void take_peers(const struct firewall *f, const char *text, uint8_t len, struct list *to)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};

	gnx_strv_split(&words, text, " ");
	for (size_t i = 0; i < words.len; i++)
		for (size_t j = 0; j < f->sets_len && *words.items[i] == '@'; j++)
			if (!strcmp(f->sets[j].name, words.items[i] + 1))
				take_words(f->sets[j].addresses, len, to);
	take_words(text, len, to);
}

/* Networks before what is in them. */
static int by_place(const void *a, const void *b)
{
	const struct address *x = a, *y = b;
	int order = memcmp(x->bytes, y->bytes, sizeof(x->bytes));

	return order ? order : (x->prefix > y->prefix) - (x->prefix < y->prefix);
}

static bool is_within(const struct address *a, const struct address *net)
{
	for (size_t bit = 0; bit < net->prefix; bit++)
		if ((a->bytes[bit / 8] ^ net->bytes[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

/* Those of a list that are in no other of it, as texts. */
static void put_words(struct list *l, struct gnx_strv *out)
{
	const struct address *last = NULL;

	if (l->len)
		qsort(l->items, l->len, sizeof(*l->items), by_place);
	for (size_t i = 0; i < l->len; i++) {
		const struct address *a = &l->items[i];
		char text[INET6_ADDRSTRLEN];

		if (last && is_within(a, last))
			continue;
		last = a;
		inet_ntop(a->len == 16 ? AF_INET6 : AF_INET, a->bytes, text, sizeof(text));
		if (a->prefix == a->len * 8)
			gnx_strv_add(out, text);
		else
			gnx_strv_fmt(out, "%s/%u", text, a->prefix);
	}
}

/* Adds a match of the sender or receiver, in a rule for one family. */
static void match_peers(struct firewall_rules *to, const struct firewall *f, enum family family,
	const char *what, const char *text)
{
	GNX_CLEAN(list_done)
	struct list list = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	GNX_CLEAN(gnx_free)
	char *field = gnx_fmt("%s %s", families[family].name, what);

	if (!*text)
		return;
	take_peers(f, text, families[family].len, &list);
	put_words(&list, &words);
	/* All there are: the rule is for this family anyway. */
	if (list.items[0].prefix)
		match(to, f->name, field, families[family].type, &words);
}

/* Whether a rule's list has something of a family. */
static bool has_family(const struct firewall *f, const char *text, enum family family)
{
	GNX_CLEAN(list_done)
	struct list list = {0};

	take_peers(f, text, families[family].len, &list);
	return !*text || list.len;
}

/* --- Ports */

static int by_first(const void *a, const void *b)
{
	const struct firewall_ports *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* The ranges of a list, in order, as one where they meet. */
static void take_ports(const char *list, struct gnx_strv *out)
{
	struct firewall_ports ports[FIREWALL_RANGES_MAX];
	size_t len = firewall_ports(list, ports);

	qsort(ports, len, sizeof(*ports), by_first);
	for (size_t i = 0, next; i < len; i = next) {
		uint16_t last = ports[i].last;

		for (next = i + 1; next < len && ports[next].first <= last + 1; next++)
			last = ports[next].last > last ? ports[next].last : last;
		if (last == ports[i].first)
			gnx_strv_fmt(out, "%u", last);
		else
			gnx_strv_fmt(out, "%u-%u", ports[i].first, last);
	}
}

static void match_ports(
	struct firewall_rules *to, const struct firewall *f, const char *what, const char *list)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};

	take_ports(list, &words);
	if (words.len)
		match(to, f->name, what, "inet_service", &words);
}

static void match_protocol(
	struct firewall_rules *to, const struct firewall *f, const struct firewall_rule *rule)
{
	GNX_CLEAN(gnx_free)
	char *source = gnx_fmt("%s sport", rule->protocol);
	GNX_CLEAN(gnx_free)
	char *target = gnx_fmt("%s dport", rule->protocol);

	if (strcmp(rule->protocol, "any") != 0)
		gnx_buf_fmt(&to->rules, " meta l4proto %s", rule->protocol);
	match_ports(to, f, source, rule->source_ports);
	match_ports(to, f, target, rule->ports);
}

/* --- Rules */

/* Adds what is behind the name of its chain, and the family. */
static void put_rule(
	struct firewall_rules *to, const struct firewall *f, const struct firewall_rule *rule)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv states = {0};

	match_protocol(to, f, rule);
	gnx_strv_split(&states, rule->state, " ");
	for (size_t i = 0; i < states.len; i++)
		gnx_buf_fmt(&to->rules, "%s%s", i ? "," : " ct state ", states.items[i]);
	gnx_buf_fmt(&to->rules, " %s\n", firewall_verdict_name(rule->action));
}

static void begin_rule(
	struct firewall_rules *to, const struct firewall *f, const struct firewall_rule *rule)
{
	gnx_buf_fmt(&to->rules, "add rule " TABLE " rules-%s-%s",
		firewall_direction_name(rule->direction), f->name);
}

/* One of the kernel's for each family that it is about, or just one. */
static void add_rule(
	struct firewall_rules *to, const struct firewall *f, const struct firewall_rule *rule)
{
	const char *of = rule->protocol;

	if (!*rule->from && !*rule->to && strncmp(of, "icmp", strlen("icmp")) != 0) {
		begin_rule(to, f, rule);
		put_rule(to, f, rule);
		return;
	}
	for (enum family i = 0; i < FAMILIES; i++) {
		if (!strcmp(of, i == IPV4 ? "icmpv6" : "icmp") || !has_family(f, rule->from, i) ||
			!has_family(f, rule->to, i))
			continue;
		begin_rule(to, f, rule);
		gnx_buf_fmt(&to->rules, " meta protocol %s", families[i].name);
		match_peers(to, f, i, "saddr", rule->from);
		match_peers(to, f, i, "daddr", rule->to);
		put_rule(to, f, rule);
	}
}

void firewall_chains(const char *name, struct gnx_buf *out)
{
	for (enum firewall_direction d = FIREWALL_in; d <= FIREWALL_out; d++)
		gnx_buf_fmt(
			out, "add chain " TABLE " rules-%s-%s\n", firewall_direction_name(d), name);
}

void firewall_rules(const struct firewall *f, struct firewall_rules *to)
{
	firewall_chains(f->name, &to->rules);
	for (enum firewall_direction d = FIREWALL_in; d <= FIREWALL_out; d++)
		gnx_buf_fmt(&to->rules, "flush chain " TABLE " rules-%s-%s\n",
			firewall_direction_name(d), f->name);
	for (size_t i = 0; i < f->rules_len; i++)
		add_rule(to, f, &f->rules[i]);
}

void firewall_rules_done(struct firewall_rules *r)
{
	gnx_buf_done(&r->sets);
	gnx_buf_done(&r->rules);
	gnx_strv_done(&r->names);
}

/* --- Where packets come to */

static void put_entry(
	const struct firewall_entry *e, enum firewall_direction direction, struct gnx_buf *out)
{
	const char *d = firewall_direction_name(direction);

	gnx_buf_fmt(out, "add chain " TABLE " %s-%s\nflush chain " TABLE " %s-%s\n", d, e->name, d,
		e->name);
	if (e->replies)
		gnx_buf_fmt(out,
			"add rule " TABLE " %s-%s ct state established,related accept\n"
			"add rule " TABLE " %s-%s ct state invalid drop\n",
			d, e->name, d, e->name);
	for (size_t i = 0; i < e->order->len; i++)
		gnx_buf_fmt(out, "add rule " TABLE " %s-%s jump rules-%s-%s\n", d, e->name, d,
			e->order->items[i]);
	gnx_buf_fmt(out, "add rule " TABLE " %s-%s %s\n", d, e->name,
		firewall_verdict_name(direction == FIREWALL_in ? e->in : e->out));
}

void firewall_entry(const struct firewall_entry *e, struct gnx_buf *out)
{
	put_entry(e, FIREWALL_in, out);
	put_entry(e, FIREWALL_out, out);
}

/* --- Ways to all of them */

static const struct {
	const char *name, *hook;
	int priority;
	const char *rule;
} ways[] = {
	{"forward_out", "forward", -300, "meta iif @firewalled goto lets_out"},
	{"forward_in", "forward", -299, "meta oif @firewalled goto lets_in"},
	{"input_out", "input", -300, "meta iif @firewalled goto lets_out"},
	{"output_in", "output", -300, "meta oif @firewalled goto lets_in"},
};

static void put_ways(struct gnx_buf *out)
{
	for (size_t i = 0; i < GNX_LEN(ways); i++)
		gnx_buf_fmt(out,
			"add chain " TABLE
			" %s { type filter hook %s priority %d; policy accept; }\n"
			"flush chain " TABLE " %s\n",
			ways[i].name, ways[i].hook, ways[i].priority, ways[i].name);
	gnx_buf_str(out, "flush chain " TABLE " unled_out\nflush chain " TABLE " unled_in\n");
}

void firewall_lead(struct gnx_buf *out)
{
	put_ways(out);
	for (size_t i = 0; i < GNX_LEN(ways); i++)
		gnx_buf_fmt(out, "add rule " TABLE " %s %s\n", ways[i].name, ways[i].rule);
}

void firewall_unlead(struct gnx_buf *out)
{
	put_ways(out);
	for (size_t i = 0; i < GNX_LEN(ways); i++)
		gnx_buf_fmt(out, "delete chain " TABLE " %s\n", ways[i].name);
	gnx_buf_str(out,
		"add rule " TABLE " unled_out meta iif @firewalled goto lets_out\n"
		"add rule " TABLE " unled_in meta oif @firewalled goto lets_in\n");
}

/* --- Connections */

/* A zone is a number of 16 bits. A bridge keeps its own as long as it is there, also when the
 * daemon is started again, and connections with it. */
unsigned firewall_zone(unsigned bridge)
{
	return bridge % UINT16_MAX + 1;
}

static unsigned zone_of(const char *bridge)
{
	return firewall_zone(if_nametoindex(bridge));
}

void firewall_track(const struct gnx_strv *bridges, struct gnx_buf *out)
{
	firewall_untrack(out);
	for (size_t i = 0; i < bridges->len; i++)
		gnx_buf_fmt(out,
			"add element " TABLE " zones { \"%s\" : %u }\n"
			"add element " TABLE " apart { \"%s\" }\n",
			bridges->items[i], zone_of(bridges->items[i]), bridges->items[i]);
	gnx_buf_str(out,
		"add rule " TABLE " track meta iif @firewalled goto zone\n"
		"add rule " TABLE " track ether daddr @firewalled_macs goto zone\n"
		"add rule " TABLE " track meta ibrname @apart notrack\n"
		"add rule " TABLE " zone ct zone set meta ibrname map @zones\n");
}

void firewall_untrack(struct gnx_buf *out)
{
	gnx_buf_str(out,
		"add map " TABLE " zones { typeof meta ibrname : ct zone; }\n"
		"flush map " TABLE " zones\n"
		"add set " TABLE " apart { type ifname; }\n"
		"flush set " TABLE " apart\n"
		"add chain " TABLE " zone\n"
		"flush chain " TABLE " zone\n"
		"add chain " TABLE
		" track { type filter hook prerouting priority -300; policy accept; }\n"
		"flush chain " TABLE " track\n");
}

void firewall_remove(const char *name, struct gnx_buf *out)
{
	static const char *const chains[] = {"in", "out", "rules-in", "rules-out"};

	/* Each is there at the moment in which it is removed, whatever others have done. */
	for (size_t i = 0; i < GNX_LEN(chains); i++)
		gnx_buf_fmt(out, "add chain " TABLE " %s-%s\nflush chain " TABLE " %s-%s\n",
			chains[i], name, chains[i], name);
	for (size_t i = 0; i < GNX_LEN(chains); i++)
		gnx_buf_fmt(out, "delete chain " TABLE " %s-%s\n", chains[i], name);
}

void firewall_remove_sets(const struct gnx_strv *names, struct gnx_buf *out)
{
	for (size_t i = 0; i < names->len; i++)
		gnx_buf_fmt(out, "delete set " TABLE " %s\n", names->items[i]);
}
