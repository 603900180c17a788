/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges of others that are guarded: see taken.h. */
#include "gridnixd/monitor/taken.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "net/link.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

static struct guarded *find(const struct monitor *m, const char *bridge)
{
	const struct guarding *g = &m->guarding;

	for (size_t i = 0; i < g->taken_len; i++)
		if (!strcmp(g->taken[i].bridge, bridge))
			return &g->taken[i];
	return NULL;
}

void taken_came(struct monitor *m)
{
	struct guarding *g = &m->guarding;

	g->left |= g->taken_len;
	g->next_ms = g->taken_len ? 0 : g->next_ms;
}

static void put(struct monitor *m, const struct guarded *new)
{
	struct guarding *g = &m->guarding;
	struct guarded *at = find(m, new->bridge);

	if (!at) {
		g->taken = gnx_room(g->taken, g->taken_len, sizeof(*at));
		at = &g->taken[g->taken_len++];
	}
	*at = *new;
}

static void loaded(void *arg, const struct guarded *g)
{
	put(arg, g);
}

int taken_load(struct monitor *m, struct gnx_err *err)
{
	return state_guarded(m->state, loaded, m, err);
}

void taken_done(struct monitor *m)
{
	free(STEAL(m->guarding.taken));
	m->guarding.taken_len = 0;
}

/* --- Marks */

static int set_alias(const char *bridge, const char *alias, struct gnx_err *err)
{
	GNX_CLEAN(nl_close)
	struct nl nl = {0};
	struct link l = {0};
	int r = nl_open(NETLINK_ROUTE, &nl, err);

	if (r >= 0)
		r = link_find(&nl, bridge, &l, err);
	if (r <= 0)
		return r;
	r = strcmp(alias, LINK_TAKEN) ? 0 : link_stop_learning(&nl, &l, err);
	return r ? r : link_set_alias(&nl, &l, alias, err);
}

void taken_mark(struct monitor *m)
{
	for (size_t i = 0; i < m->guarding.taken_len; i++) {
		const char *bridge = m->guarding.taken[i].bridge;
		struct gnx_err err = GNX_ERR_INIT;

		if (if_nametoindex(bridge) && !guard_owns(bridge) &&
			set_alias(bridge, LINK_TAKEN, &err) < 0)
			fprintf(stderr, "gridnixd: %s: is not guarded: %s\n", bridge, err.msg);
	}
}

static void want_uplinks(const struct guarded *g, struct guard_wanted *w)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};

	gnx_strv_split(&names, g->uplinks, " ");
	for (size_t i = 0; i < names.len; i++)
		if (link_is_port(names.items[i], g->bridge))
			guard_want_uplink(w, if_nametoindex(names.items[i]));
}

void taken_want(const struct monitor *m, struct guard_wanted *w)
{
	const struct guarding *g = &m->guarding;

	for (size_t i = 0; i < g->taken_len; i++)
		if (gnx_strv_has(&g->bridges, g->taken[i].bridge))
			want_uplinks(&g->taken[i], w);
}

/* --- What clients want */

static struct event_record event(
	const struct monitor *m, enum event_kind kind, const struct guarded *g)
{
	struct event_record e = {.kind = kind};

	snprintf(e.detail, sizeof(e.detail), "{\"bridge\":\"%s\",\"uplinks\":\"%.400s\"}",
		g->bridge, g->uplinks);
	monitor_stamp(m, &e);
	return e;
}

/* Puts it in place of what is remembered of it. */
static int remember(struct monitor *m, const struct guarded *new, struct gnx_err *err)
{
	struct event_record e = event(m, EVENT_guard_enabled, new);
	int r = state_guarded_put(m->state, new, &e, err);

	if (r < 0)
		return r;
	put(m, new);
	peers_news(m);
	return 0;
}

/* Nobody's any more. It is open before it is forgotten: one that has the mark alone would be cut
 * off, when the daemon is killed between. */
static int leave(struct monitor *m, struct guarded *old, struct gnx_err *err)
{
	struct guarding *g = &m->guarding;
	struct event_record e = event(m, EVENT_guard_disabled, old);
	int r = set_alias(old->bridge, old->alias, err), opened;

	if (r < 0)
		return r;
	opened = guarding_sync(m, err);
	r = state_guarded_drop(m->state, old->bridge, &e, err);
	if (r < 0) {
		guarding_bridges(m);
		return r;
	}
	*old = g->taken[--g->taken_len];
	peers_news(m);
	return opened < 0 ? opened : guarding_take(m, err);
}

/* Who would be cut off. */
struct plan {
	struct gnx_buf uplinks, cut;
};

static void add_name(struct gnx_buf *names, const char *name)
{
	gnx_buf_fmt(names, "%s%s", names->len ? " " : "", name);
}

static void look_at(void *arg, const struct msg_port *p)
{
	struct plan *plan = arg;

	if (p->state == GUARDED_uplink)
		add_name(&plan->uplinks, p->name);
	if (p->state == GUARDED_unarmed)
		add_name(&plan->cut, p->name);
}

static void plan_done(struct plan *p)
{
	gnx_buf_done(&p->uplinks);
	gnx_buf_done(&p->cut);
}

/* What is to be remembered of it. */
static int describe(struct monitor *m, const struct msg_guard *g, const char *said,
	struct guarded *out, struct gnx_err *err)
{
	GNX_CLEAN(plan_done)
	struct plan plan = {0};
	const struct guarded *was = find(m, g->bridge);
	GNX_CLEAN(nl_close)
	struct nl nl = {0};
	struct link l = {0};
	int r = nl_open(NETLINK_ROUTE, &nl, err);

	if (r >= 0)
		r = link_find(&nl, g->bridge, &l, err);
	if (r > 0 && !was && gnx_starts(l.alias, LINK_MARK) && strcmp(l.alias, LINK_TAKEN) != 0)
		return gnx_fail(err, -EEXIST, "%s: is guarded already", g->bridge);
	if (r >= 0)
		r = taken_tell(m, g, said, look_at, &plan, err);
	if (r < 0)
		return r;
	if (plan.cut.len && !g->force)
		return gnx_fail(
			err, -GNX_E_STATE, "%s: would be cut off: %s", g->bridge, plan.cut.data);
	if (plan.uplinks.len > GUARDED_UPLINKS_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "%s: has too many uplinks", g->bridge);
	*out = (struct guarded){0};
	strcpy(out->bridge, g->bridge);
	strcpy(out->uplinks, plan.uplinks.len ? plan.uplinks.data : "");
	strcpy(out->alias, was ? was->alias : gnx_starts(l.alias, LINK_MARK) ? "" : l.alias);
	return 0;
}

/* As it was before. */
static void undo(struct monitor *m, const struct guarded *was, const char *bridge)
{
	struct gnx_err err = GNX_ERR_INIT;
	int r = *was->bridge ? remember(m, was, &err) : leave(m, find(m, bridge), &err);

	if (!r && *was->bridge)
		r = guarding_sync(m, &err);
	if (r < 0)
		fprintf(stderr, "gridnixd: %s: %s\n", bridge, err.msg);
}

int taken_enable(
	struct monitor *m, const struct msg_guard *g, const char *said, struct gnx_err *err)
{
	const struct guarded *there = find(m, g->bridge);
	const struct guarded was = there ? *there : (struct guarded){0};
	struct guarded new;
	int r = 0;

	if (!there && m->guarding.taken_len == TAKEN_MAX)
		r = gnx_fail(
			err, -EBUSY, "%d bridges are guarded so, which is the most", TAKEN_MAX);
	if (!r)
		r = describe(m, g, said, &new, err);
	if (!r)
		r = monitor_journal(m, err);
	/* First it is remembered what its uplinks are: a mark alone would cut them off. */
	if (!r)
		r = remember(m, &new, err);
	if (r < 0)
		return r;
	r = guarding_take(m, err);
	if (r < 0)
		undo(m, &was, new.bridge);
	if (r > 0) {
		strcpy(m->guarding.enabling, new.bridge);
		m->guarding.before = was;
	}
	return r;
}

void taken_loaded(struct monitor *m, int code)
{
	struct guarding *g = &m->guarding;
	char bridge[sizeof(g->enabling)];

	strcpy(bridge, g->enabling);
	*g->enabling = '\0'; /* undoing it loads, too */
	if (*bridge && code < 0)
		undo(m, &g->before, bridge);
}

int taken_disable(struct monitor *m, const char *bridge, struct gnx_err *err)
{
	struct guarded *g = find(m, bridge);
	int r = 0;

	if (!g)
		return gnx_fail(err, -ENOENT, "%s: is not guarded by gridnix guard enable", bridge);
	r = monitor_journal(m, err);
	return r ? r : leave(m, g, err);
}
