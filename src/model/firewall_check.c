/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be said of a firewall only as a whole, and of several: see firewall.h. */
#include "base/clean.h"
#include "model/address.h"
#include "model/definition_part.h"
#include "model/firewall.h"

#include <string.h>

bool firewall_is_stateful(const struct firewall *f)
{
	bool stateful = f->replies;

	for (size_t i = 0; i < f->rules_len; i++)
		stateful |= *f->rules[i].state != '\0';
	return stateful;
}

/* --- Families */

enum { IPV4 = 1, IPV6 = 2, BOTH = IPV4 | IPV6 };

/* Those of a list without sets. */
static int families_of(const char *list)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	int found = 0;

	gnx_strv_split(&words, list, " ");
	for (size_t i = 0; i < words.len; i++)
		found |= strchr(words.items[i], ':') ? IPV6 : IPV4;
	return found;
}

static const struct firewall_set *find_set(const struct firewall *f, const char *name)
{
	for (size_t i = 0; i < f->sets_len; i++)
		if (!strcmp(f->sets[i].name, name))
			return &f->sets[i];
	return NULL;
}

/* Those of a rule's list; negative: it names a set that is not there. */
static int families(const struct firewall *f, const struct firewall_rule *rule, const char *key,
	const char *list, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	int found = *list ? 0 : BOTH;

	gnx_strv_split(&words, list, " ");
	for (size_t i = 0; i < words.len; i++) {
		const char *word = words.items[i];
		const struct firewall_set *set = *word == '@' ? find_set(f, word + 1) : NULL;

		if (*word == '@' && !set)
			return gnx_fail(err, -EINVAL, "[rule %u] %s: there is no [set %s]",
				rule->number, key, word + 1);
		found |= families_of(set ? set->addresses : word);
	}
	return found;
}

/* --- A rule */

static int family_of_protocol(const char *protocol)
{
	if (!strcmp(protocol, "icmp"))
		return IPV4;
	return !strcmp(protocol, "icmpv6") ? IPV6 : BOTH;
}

static int check_rule(
	const struct firewall *f, const struct firewall_rule *rule, struct gnx_err *err)
{
	bool ports = !strcmp(rule->protocol, "tcp") || !strcmp(rule->protocol, "udp");
	int from, to;

	if (!ports && (*rule->ports || *rule->source_ports))
		return gnx_fail(err, -EINVAL, "[rule %u] %s: goes with protocol = tcp or udp",
			rule->number, *rule->ports ? "ports" : "source_ports");
	from = families(f, rule, "from", rule->from, err);
	to = from < 0 ? from : families(f, rule, "to", rule->to, err);
	if (to < 0)
		return to;
	if (!(from & to & family_of_protocol(rule->protocol)))
		return gnx_fail(err, -EINVAL,
			"[rule %u]: matches nothing: from, to and protocol have neither IPv4 nor "
			"IPv6 in common",
			rule->number);
	return 0;
}

/* --- All of it */

/* A name that is given twice, or the own one. */
static int check_include(const struct firewall *f, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};

	gnx_strv_split(&names, f->include, " ");
	for (size_t i = 0; i < names.len; i++) {
		bool twice = !strcmp(names.items[i], f->name);

		for (size_t j = 0; j < i; j++)
			twice |= !strcmp(names.items[i], names.items[j]);
		if (twice)
			return gnx_fail(err, -EINVAL, "[firewall] include: %s is %s",
				names.items[i],
				strcmp(names.items[i], f->name) ? "given twice" : "its own name");
	}
	return 0;
}

static int check_length(const struct firewall *f, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	firewall_write(f, &text);
	return text.len > FIREWALL_TEXT_MAX
		? gnx_fail(err, -GNX_E_TOO_BIG,
			  "[firewall]: longer than %d bytes: another one, which it includes, may "
			  "hold a part",
			  FIREWALL_TEXT_MAX)
		: 0;
}

/* Sets each value once more, from its text: one that came from another process was not set here. */
struct again {
	struct firewall *to;
	struct gnx_err *err;
	int r;
};

static void set_again(void *arg, const char *section, const char *key, const char *value)
{
	struct again *a = arg;

	if (!a->r)
		a->r = firewall_set(a->to, section, key, value, a->err);
}

/* Not by qsort(), which asks the system how much memory there is: the front may not. */
static void sort_rules(struct firewall *f)
{
	for (size_t i = 1; i < f->rules_len; i++) {
		const struct firewall_rule rule = f->rules[i];
		size_t at = i;

		for (; at && f->rules[at - 1].number > rule.number; at--)
			f->rules[at] = f->rules[at - 1];
		f->rules[at] = rule;
	}
}

int firewall_check(struct firewall *f, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct firewall *whole = gnx_alloc(sizeof(*whole));
	struct again again = {whole, err, 0};
	int r;

	firewall_init(whole);
	firewall_each(f, set_again, &again);
	r = again.r;
	if (!r && (whole->sets_len < f->sets_len || whole->rules_len < f->rules_len))
		r = gnx_fail(err, -EINVAL, "two sets or rules have the same name");
	sort_rules(whole);
	for (size_t i = 0; !r && i < whole->rules_len; i++)
		r = check_rule(whole, &whole->rules[i], err);
	if (!r)
		r = check_include(whole, err);
	if (!r)
		r = check_length(whole, err);
	if (!r)
		*f = *whole;
	return r;
}

/* --- Several of them */

struct walk {
	const char *(*include)(const void *arg, const char *name);
	const void *arg;
	struct gnx_strv *out;
	const char *path[FIREWALL_DEPTH_MAX]; /* that leads to one */
	struct gnx_err *err;
};

static int visit(struct walk *w, const char *name, size_t depth)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	const char *list = w->include(w->arg, name);
	int r = 0;

	if (!list)
		return gnx_fail(
			w->err, -EINVAL, "[firewall] include: there is no firewall %s", name);
	for (size_t i = 0; i < depth; i++)
		if (!strcmp(w->path[i], name))
			return gnx_fail(w->err, -EINVAL,
				"[firewall] include: %s would include itself", name);
	if (depth == FIREWALL_DEPTH_MAX)
		return gnx_fail(w->err, -GNX_E_TOO_BIG,
			"[firewall] include: %s is included by one that is included, more than %d "
			"deep",
			name, FIREWALL_DEPTH_MAX);
	if (!gnx_strv_has(w->out, name))
		gnx_strv_add(w->out, name);
	if (w->out->len > FIREWALL_ORDER_MAX)
		return gnx_fail(w->err, -GNX_E_TOO_BIG,
			"[firewall] include: more than %d firewalls, all in all",
			FIREWALL_ORDER_MAX);
	w->path[depth] = name;
	gnx_strv_split(&names, list, " ");
	for (size_t i = 0; !r && i < names.len; i++)
		r = visit(w, names.items[i], depth + 1);
	return r;
}

int firewall_order(const char *name, const char *(*include)(const void *arg, const char *name),
	const void *arg, struct gnx_strv *out, struct gnx_err *err)
{
	struct walk w = {.include = include, .arg = arg, .out = out, .err = err};

	return visit(&w, name, 0);
}
