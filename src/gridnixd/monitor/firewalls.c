/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls and their rules in the kernel: see firewalls.h. */
#include "gridnixd/monitor/firewalls.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "net/firewall.h"

#include <stdio.h>
#include <string.h>

void firewalls_done(struct firewalls *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->items[i].include);
	free(l->items);
	*l = (struct firewalls){0};
}

static struct firewall_head *find(const struct firewalls *l, const char *name)
{
	for (size_t i = 0; i < l->len; i++)
		if (!strcmp(l->items[i].name, name))
			return &l->items[i];
	return NULL;
}

static void put(struct firewalls *l, const struct firewall *f)
{
	struct firewall_head *at = find(l, f->name);

	if (!at) {
		l->items = gnx_room(l->items, l->len, sizeof(*at));
		for (at = &l->items[l->len++]; at > l->items && strcmp(at[-1].name, f->name) > 0;
			at--)
			*at = at[-1];
		*at = (struct firewall_head){0};
	}
	free(at->include);
	*at = (struct firewall_head){.in = f->in,
		.out = f->out,
		.replies = f->replies,
		.stateful = firewall_is_stateful(f),
		.rules = (uint32_t)f->rules_len,
		.include = gnx_dup(f->include)};
	memcpy(at->name, f->name, sizeof(at->name));
}

static void drop(struct firewalls *l, const char *name)
{
	struct firewall_head *at = find(l, name);

	free(at->include);
	l->len--;
	memmove(at, at + 1, (size_t)(l->items + l->len - at) * sizeof(*at));
}

static int loaded(void *arg, const struct firewall *f)
{
	put(arg, f);
	return 0;
}

int firewalls_load(struct monitor *m, struct gnx_err *err)
{
	return state_firewalls(m->state, loaded, &m->firewalls, err);
}

/* --- Who includes whom */

static const char *include_of(const void *l, const char *name)
{
	const struct firewall_head *at = find(l, name);

	return at ? at->include : NULL;
}

static int order(
	const struct firewalls *l, const char *name, struct gnx_strv *out, struct gnx_err *err)
{
	return firewall_order(name, include_of, l, out, err);
}

/* Whether all of them fit together. */
static int check_all(const struct firewalls *l, struct gnx_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < l->len; i++) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv names = {0};

		r = order(l, l->items[i].name, &names, err);
	}
	return r;
}

/* --- In the kernel */

static void put_entry(const struct firewalls *l, const struct firewall_head *h, struct gnx_buf *out)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	const struct firewall_entry e = {h->name, h->in, h->out, h->replies, &names};

	order(l, h->name, &names, NULL); /* it was checked */
	firewall_entry(&e, out);
}

/* The ways into a firewall, and into those for which its rules count, too. */
static void put_entries(const struct firewalls *l, const char *name, struct gnx_buf *out)
{
	for (size_t i = 0; i < l->len; i++) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv names = {0};

		order(l, l->items[i].name, &names, NULL);
		if (gnx_strv_has(&names, name))
			put_entry(l, &l->items[i], out);
	}
}

/* Whether dom0 passes nothing on from its bridge, as it has no address there. */
static bool is_apart(const struct network *n)
{
	return (n->kind == NETWORK_bridged && !n->dom0) ||
		(n->kind == NETWORK_private && !*n->gateways);
}

/* What leads to them, and is tracked, when all of them but one are there: nothing, unless one of
 * them needs it. */
static void put_ways(const struct monitor *m, const char *but, struct gnx_buf *out)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv bridges = {0};
	bool any = false, stateful = false;

	for (size_t i = 0; i < m->firewalls.len; i++) {
		bool stays = strcmp(m->firewalls.items[i].name, but) != 0;

		any |= stays;
		stateful |= stays && m->firewalls.items[i].stateful;
	}
	for (size_t i = 0; i < m->networks.len; i++)
		if (is_apart(&m->networks.items[i].network))
			gnx_strv_add(&bridges, m->networks.items[i].network.bridge);
	if (any)
		firewall_lead(out);
	else
		firewall_unlead(out);
	if (stateful)
		firewall_track(&bridges, out);
	else
		firewall_untrack(out);
}

void firewalls_networks(struct monitor *m)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;

	put_ways(m, "", &text);
	if (m->firewalls.len && guarding_load(m, &text, &err) < 0)
		fprintf(stderr, "gridnixd: firewalls: %s\n", err.msg);
}

static int put_rules(void *arg, const struct firewall *f)
{
	firewall_rules(f, arg);
	return 0;
}

int firewalls_text(
	struct monitor *m, struct gnx_buf *sets, struct gnx_buf *chains, struct gnx_err *err)
{
	struct firewall_rules all = {0};
	int r = state_firewalls(m->state, put_rules, &all, err);

	gnx_buf_add(sets, all.sets.data, all.sets.len);
	gnx_buf_add(chains, all.rules.data, all.rules.len);
	firewall_rules_done(&all);
	for (size_t i = 0; i < m->firewalls.len; i++)
		put_entry(&m->firewalls, &m->firewalls.items[i], chains);
	if (m->firewalls.len)
		put_ways(m, "", chains);
	return r;
}

/* Sets that nobody looks into any more: what is left of them does no harm. */
static void remove_sets(
	struct monitor *m, const struct firewall_rules *was, const struct firewall_rules *is)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	struct gnx_err err = GNX_ERR_INIT;

	for (size_t i = 0; i < was->names.len; i++)
		if (!gnx_strv_has(&is->names, was->names.items[i]))
			gnx_strv_add(&names, was->names.items[i]);
	firewall_remove_sets(&names, &text);
	if (guarding_load(m, &text, &err) < 0)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
}

/* The sets first, which are there at once for all packets then. They are in the same text as the
 * rules once more, since somebody could throw them away in between. */
static int load_rules(struct monitor *m, const struct firewall_rules *f, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf all = {0};
	int r = guarding_load(m, &f->sets, err);

	gnx_buf_add(&all, f->sets.data, f->sets.len);
	gnx_buf_add(&all, f->rules.data, f->rules.len);
	return r ? r : guarding_load(m, &all, err);
}

/* Makes the rules of one that is in the list be the kernel's, in place of what it was, NULL:
 * nothing. */
static int replace_rules(struct monitor *m, const struct firewall *was, const struct firewall *f,
	struct gnx_err *err)
{
	struct firewall_rules old = {0}, new = {0};
	int r;

	if (was)
		firewall_rules(was, &old);
	firewall_rules(f, &new);
	put_entries(&m->firewalls, f->name, &new.rules);
	put_ways(m, "", &new.rules);
	r = load_rules(m, &new, err);
	remove_sets(m, r ? &new : &old, r ? &old : &new);
	firewall_rules_done(&old);
	firewall_rules_done(&new);
	return r;
}

static int remove_rules(struct monitor *m, const struct firewall *f, struct gnx_err *err)
{
	struct firewall_rules old = {0}, none = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r;

	firewall_rules(f, &old);
	firewall_remove(f->name, &text);
	put_ways(m, f->name, &text);
	r = guarding_load(m, &text, err);
	if (!r)
		remove_sets(m, &old, &none);
	firewall_rules_done(&old);
	return r;
}

/* --- What clients want */

static struct event_record event(const struct monitor *m, enum event_kind kind, const char *name)
{
	struct event_record e = {.kind = kind};

	snprintf(e.detail, sizeof(e.detail), "{\"firewall\":\"%s\"}", name);
	monitor_stamp(m, &e);
	return e;
}

/* As it was before: there is nobody left to tell a failure to but the log. */
static void undo(
	struct monitor *m, const struct firewall *was, const struct firewall *f, bool rules)
{
	struct gnx_err err = GNX_ERR_INIT;
	int r = 0;

	if (was)
		put(&m->firewalls, was);
	else
		drop(&m->firewalls, f->name);
	if (rules)
		r = was ? replace_rules(m, f, was, &err) : remove_rules(m, f, &err);
	if (r < 0)
		fprintf(stderr, "gridnixd: firewall %s: %s\n", f->name, err.msg);
}

/* Puts it in place of what is there, NULL: nothing. */
static int put_in_place(struct monitor *m, const struct firewall *was, const struct firewall *f,
	struct gnx_err *err)
{
	struct event_record e = event(m, EVENT_firewall_defined, f->name);
	bool rules = false;
	int r;

	put(&m->firewalls, f);
	r = check_all(&m->firewalls, err);
	if (!r)
		r = replace_rules(m, was, f, err);
	rules = !r;
	if (!r)
		r = state_firewall_put(m->state, f, &e, err);
	if (r < 0)
		undo(m, was, f, rules);
	return r;
}

int firewall_define(struct monitor *m, struct firewall *f, bool replace, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct firewall *was = NULL;
	int r = firewall_check(f, err); /* what the front sent has passed no check of ours */
	bool there = !r && find(&m->firewalls, f->name);

	if (there && !replace)
		r = gnx_fail(err, -EEXIST, "%s: there is a firewall of this name already", f->name);
	if (!r && !there && m->firewalls.len == FIREWALLS_MAX)
		r = gnx_fail(err, -EBUSY, "%s: there are %d firewalls, which is the most", f->name,
			FIREWALLS_MAX);
	if (!r && there) {
		was = gnx_alloc(sizeof(*was));
		r = state_firewall(m->state, f->name, was, err);
	}
	if (!r)
		r = monitor_journal(m, err);
	if (!r)
		r = put_in_place(m, was, f, err);
	if (!r)
		peers_news(m);
	return r;
}

/* Guests that have one. */
struct users {
	struct msg_firewall *to;
	const char *name;
};

static void look_for_users(void *arg, const struct definition *d, enum state_want want)
{
	struct users *u = arg;
	size_t len = strlen(u->to->users);
	bool has = false;

	(void)want;
	for (size_t i = 0; i < d->vifs_len; i++)
		has |= !strcmp(d->vifs[i].firewall, u->name);
	u->to->guests += has;
	if (has && len + strlen(d->name) + 1 < sizeof(u->to->users))
		sprintf(u->to->users + len, "%s%s", len ? " " : "", d->name);
}

static int check_free(struct monitor *m, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct msg_firewall *found = gnx_alloc(sizeof(*found));
	struct users users = {found, name};
	int r = state_definitions(m->state, look_for_users, &users, err);

	if (!r && found->guests)
		r = gnx_fail(err, -EBUSY, "%s: the guest %.*s has it", name,
			(int)strcspn(found->users, " "), found->users);
	for (size_t i = 0; !r && i < m->firewalls.len; i++) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv names = {0};

		gnx_strv_split(&names, m->firewalls.items[i].include, " ");
		if (gnx_strv_has(&names, name))
			r = gnx_fail(err, -EBUSY, "%s: the firewall %s includes it", name,
				m->firewalls.items[i].name);
	}
	return r;
}

int firewall_delete(struct monitor *m, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct firewall *was = gnx_alloc(sizeof(*was));
	struct event_record e;
	int r = find(&m->firewalls, name)
		? 0
		: gnx_fail(err, -ENOENT, "%s: there is no such firewall", name);

	if (!r)
		r = check_free(m, name, err);
	if (!r)
		r = state_firewall(m->state, name, was, err);
	if (!r)
		r = monitor_journal(m, err);
	if (!r && remove_rules(m, was, NULL) < 0)
		r = gnx_fail(err, -EBUSY,
			"%s: an interface of a guest that runs has it; else gridnixd's log says "
			"why the kernel does not let it go",
			name);
	if (r < 0)
		return r;
	e = event(m, EVENT_firewall_deleted, name);
	r = state_firewall_drop(m->state, name, &e, err);
	if (r < 0) {
		undo(m, was, was, true);
		return r;
	}
	drop(&m->firewalls, was->name);
	peers_news(m);
	return 0;
}

/* --- What is told */

static void tell_heads(
	const struct firewalls *l, void (*tell)(void *arg, const struct msg_firewall *f), void *arg)
{
	GNX_CLEAN(gnx_free)
	struct msg_firewall *one = gnx_alloc(sizeof(*one));

	for (size_t i = 0; i < l->len; i++) {
		const struct firewall_head *h = &l->items[i];

		memcpy(one->firewall.name, h->name, sizeof(h->name));
		one->firewall.in = h->in;
		one->firewall.out = h->out;
		one->firewall.replies = h->replies;
		strcpy(one->firewall.include, h->include);
		one->rules = h->rules;
		tell(arg, one);
	}
}

int firewalls_tell(struct monitor *m, const char *name,
	void (*tell)(void *arg, const struct msg_firewall *f), void *arg, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct msg_firewall *one = gnx_alloc(sizeof(*one));
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	struct users users = {one, name};
	int r = 0;

	if (!*name) {
		tell_heads(&m->firewalls, tell, arg);
		return 0;
	}
	if (!find(&m->firewalls, name))
		return gnx_fail(err, -ENOENT, "%s: there is no such firewall", name);
	r = order(&m->firewalls, name, &names, err);
	if (!r)
		r = state_definitions(m->state, look_for_users, &users, err);
	for (size_t i = 0; !r && i < names.len; i++) {
		r = state_firewall(m->state, names.items[i], &one->firewall, err);
		one->rules = (uint32_t)one->firewall.rules_len;
		if (!r)
			tell(arg, one);
		/* Of those that are included nobody asked who has them. */
		one->guests = 0;
		*one->users = '\0';
	}
	return r;
}

int firewalls_check(const struct monitor *m, const struct definition *d, struct gnx_err *err)
{
	for (size_t i = 0; i < d->vifs_len; i++)
		if (*d->vifs[i].firewall && !find(&m->firewalls, d->vifs[i].firewall))
			return gnx_fail(err, -EINVAL, "[vif %zu] firewall: there is no firewall %s",
				i, d->vifs[i].firewall);
	return 0;
}
