/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules between networks, and forwarding: see routing.h. */
#include "gridnixd/monitor/routing.h"

#include "base/clean.h"
#include "base/file.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/rules.h"
#include "net/bridge.h"
#include "net/forwarding.h"

#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#define LOOK_MS	 900 /* so often rules and interfaces are looked at */
#define RETRY_MS 10000

void routing_done(struct routing *r)
{
	nl_close(&r->nl);
	routes_opened_done(&r->opened);
	free(r->record);
	*r = (struct routing){0};
}

void routing_news(struct monitor *m)
{
	m->routing.stale = true;
	m->routing.next_ms = 0;
}

/* --- Rules */

/* Whether a network has any: one that dom0 is on itself is as outside. */
static bool any_ruled(const struct networks *l)
{
	for (size_t i = 0; i < l->len; i++)
		if (!l->items[i].network.dom0)
			return true;
	return false;
}

static int write_rules(struct monitor *m, bool routed, const struct routes_opened *opened,
	struct gnx_buf *out, struct gnx_err *err)
{
	const struct networks *l = &m->networks;
	const bool any = any_ruled(l);
	int r = 0;

	if (!any)
		routes_none(out);
	else
		routes_begin(out, m->routing.rules, routed);
	for (size_t i = 0; any && r >= 0 && i < l->len; i++) {
		r = bridge_there(&m->networks.nl, &l->items[i].network, err);
		if (r == 1)
			routes_add(out, &l->items[i].network, routed);
	}
	routes_close(out, opened);
	return r < 0 ? r : 0;
}

static int load(struct monitor *m, bool routed, struct routes_opened *opened, struct gnx_err *err)
{
	struct routing *g = &m->routing;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	uint32_t before = 0;
	bool due = any_ruled(&m->networks);
	int r = write_rules(m, routed, opened, &text, err);

	if (!r && !due) {
		r = routes_print(&g->nl, &g->print, err);
		due = g->print;
	}
	if (!r)
		r = routes_generation(&g->nl, &before, err);
	if (!r && due)
		r = rules_load("rules between networks", &text, err);
	if (!r)
		r = routes_generation(&g->nl, &g->generation, err);
	if (!r)
		r = routes_print(&g->nl, &g->print, err);
	if (r < 0)
		return r;
	routes_opened_done(&g->opened);
	g->opened = *opened;
	*opened = (struct routes_opened){0};
	g->loaded = true;
	/* Somebody else may have changed these, too, behind it. */
	g->stale = g->generation != before + due;
	return 0;
}

/* Whether somebody else has changed them: 1. The look at them costs more than at the number. */
static int changed(struct routing *g, struct gnx_err *err)
{
	uint32_t generation = 0;
	uint64_t print = 0;
	int r = routes_generation(&g->nl, &generation, err);

	if (r < 0 || generation == g->generation)
		return r;
	r = routes_print(&g->nl, &print, err);
	if (r < 0)
		return r;
	g->generation = generation;
	return print != g->print;
}

static int keep_rules(
	struct monitor *m, bool routed, struct routes_opened *opened, struct gnx_err *err)
{
	struct routing *g = &m->routing;
	bool due = !g->loaded || g->stale || !gnx_strv_same(&opened->v4, &g->opened.v4) ||
		!gnx_strv_same(&opened->v6, &g->opened.v6);
	int r = changed(g, err);

	if (r < 0 || (!due && !r))
		return r;
	if (!due)
		look_tell(m, EVENT_guard_restored, NULL, "{\"table\":\"gridnix_networks\"}");
	g->stale = true; /* until it is done, however often that takes */
	return load(m, routed, opened, err);
}

/* --- Both */

/* Whether dom0 routes nothing yet. */
static bool is_held(struct routing *g)
{
	if (g->after && access(g->after, F_OK) == 0) {
		g->after = NULL;
		g->stale = true;
	}
	return g->after;
}

/* The bridges that dom0 routes, and whether with IPv6: 1; and those by which it is reached. */
static int find_routed(struct networks *l, bool held, struct gnx_strv *routed, struct gnx_strv *own,
	struct gnx_err *err)
{
	int v6 = 0, r = 0;

	for (size_t i = 0; r >= 0 && i < l->len; i++) {
		const struct network *n = &l->items[i].network;
		bool is_routed = !held && network_routed(n);

		r = is_routed || n->dom0 ? bridge_there(&l->nl, n, err) : 0;
		if (r == 1)
			gnx_strv_add(is_routed ? routed : own, n->bridge);
		v6 |= r == 1 && is_routed && strchr(n->gateways, ':');
	}
	return r < 0 ? r : v6;
}

static int keep(struct monitor *m, struct gnx_err *err)
{
	struct routing *g = &m->routing;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv routed = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv own = {0};
	GNX_CLEAN(forwarding_done)
	struct forwarding f = {0};
	int r = networks_netlink(m, err);
	bool v6;

	if (!r)
		r = find_routed(&m->networks, is_held(g), &routed, &own, err);
	v6 = r == 1;
	/* Nothing is passed on before its rules are there, nor when they are gone. */
	if (r >= 0)
		r = v6 ? 0 : forwarding_off(g->record, routed.len, err);
	if (!r && routed.len)
		r = forwarding_look(&m->networks.nl, g->record, &routed, &own, v6, &f, err);
	if (!r && !g->nl.socket)
		r = nl_open(NETLINK_NETFILTER, &g->nl, err);
	if (!r)
		r = keep_rules(m, routed.len, &f.opened, err);
	return !r && routed.len ? forwarding_on(&f, g->record, err) : r;
}

/* Without networks the kernel is left alone, once what was there for them is gone. */
static bool is_idle(const struct monitor *m)
{
	const struct routing *g = &m->routing;

	return !any_ruled(&m->networks) &&
		(!g->stale || (!g->loaded && access(g->record, F_OK) < 0));
}

bool routing_look(struct monitor *m)
{
	struct routing *g = &m->routing;
	struct gnx_err err = GNX_ERR_INIT;
	char words[sizeof(g->words)];
	int64_t now = monitor_ms();
	int r;

	if (!m->networks.bridges || now < g->next_ms || is_idle(m))
		return false;
	r = keep(m, &err);
	if (r < 0)
		nl_close(&g->nl);
	/* A kernel without nftables is fine then, once the switches are put back. */
	if (!any_ruled(&m->networks) && access(g->record, F_OK) < 0)
		r = g->stale = false;
	g->next_ms = now + (r < 0 ? RETRY_MS : LOOK_MS);
	snprintf(words, sizeof(words), "%.*s", ROUTING_WORDS_MAX, r < 0 ? err.msg : "");
	if (!strcmp(words, g->words))
		return false;
	memcpy(g->words, words, sizeof(words));
	fprintf(stderr, "gridnixd: %s\n",
		*words ? words : "rules between networks are there again");
	return true;
}
