/* SPDX-License-Identifier: BSD-3-Clause */
/* What becomes of bridges' ports, or would: see taken.h. */
#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/taken.h"
#include "model/port.h"
#include "net/bridge.h"
#include "net/link.h"

#include <stdio.h>
#include <string.h>

/* An interface, and what the guard has of it. */
struct seen {
	struct link link;
	enum guarded_state state; /* GUARDED_none: it is neither armed nor an uplink */
	uint64_t stopped;	  /* frames */
};

/* One telling. */
struct telling {
	struct monitor *m;
	const struct msg_guard *asked;
	struct gnx_strv names; /* its uplinks, of an asker */
	struct gnx_strv lines; /* of rearm's, in byte order */
	struct seen *links;    /* in the order of their indices */
	size_t links_len;
	const struct network *network; /* whose bridge it is; NULL: no network's */
	struct msg_port bridge;	       /* what its ports have of it */
	void (*tell)(void *arg, const struct msg_port *p);
	void *arg;
};

static void telling_done(struct telling *t)
{
	gnx_strv_done(&t->names);
	gnx_strv_done(&t->lines);
	free(t->links);
}

/* --- What the kernel has */

static int add_link(void *arg, const struct link *l)
{
	struct telling *t = arg;

	t->links = gnx_room(t->links, t->links_len, sizeof(*t->links));
	t->links[t->links_len++] = (struct seen){.link = *l};
	return 0;
}

static int by_index(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->link.index > y->link.index) - (x->link.index < y->link.index);
}

static struct seen *find(const struct telling *t, unsigned int index)
{
	const struct seen key = {.link.index = (int)index};

	return t->links_len ? bsearch(&key, t->links, t->links_len, sizeof(key), by_index) : NULL;
}

static void take_stopped(void *arg, unsigned int index, const char *word, uint64_t frames)
{
	struct seen *port = find(arg, index);

	(void)word;
	if (port)
		port->stopped += frames;
}

static void take_state(void *arg, unsigned int index, enum guarded_state state)
{
	struct seen *port = find(arg, index);

	if (port)
		port->state = state;
}

/* A bridge and its ports, or all that there are. */
static int see_links(struct telling *t, const char *bridge, struct gnx_err *err)
{
	GNX_CLEAN(nl_close)
	struct nl nl = {0};
	struct link l = {.index = LINK_ANY};
	int r = nl_open(NETLINK_ROUTE, &nl, err);

	if (!r && *bridge) {
		r = link_find(&nl, bridge, &l, err);
		if (r <= 0)
			return r;
		add_link(t, &l);
	}
	r = r < 0 ? r : link_ports(&nl, l.index, add_link, t, err);
	if (!r && t->links_len)
		qsort(t->links, t->links_len, sizeof(*t->links), by_index);
	return r;
}

static int see_all(struct telling *t, struct gnx_err *err)
{
	const struct guarding *g = &t->m->guarding;
	int r = see_links(t, t->asked->bridge, err);

	if (!r && g->bridges.len)
		r = guard_read(g->guard, take_stopped, t, err);
	if (!r && g->bridges.len)
		r = guard_states(g->guard, take_state, t, err);
	return r;
}

/* --- What is told of it */

/* On a bridge that is not guarded, an uplink is what nobody can take for a guest's. */
static enum guarded_state state_of(const struct telling *t, const struct seen *s)
{
	const struct link *l = &s->link;
	bool uplink;

	if (t->bridge.guarded)
		return s->state ? s->state : GUARDED_unarmed;
	uplink = t->network ? bridge_uplink(t->network) == (unsigned int)l->index
			    : gnx_strv_has(&t->names, l->name) || link_leads_out(l);
	return uplink ? GUARDED_uplink : GUARDED_unarmed;
}

/* What Xen's store has of it. */
static void describe(const struct telling *t, struct msg_port *p, const char *line)
{
	char how[8] = "", on[NETWORK_LINK_MAX + 1] = "";
	int domid = 0, words = 0;
	const struct guest *g;
	struct port port;

	sscanf(line, "%*s %d %u %15s %7s %n", &domid, &p->number, on, how, &words);
	snprintf(p->words, sizeof(p->words), "%s", words ? line + words : "");
	g = guests_by_domid(t->m->guests, domid);
	if (g) {
		memcpy(p->guest, g->name, sizeof(p->guest));
		memcpy(p->uuid, g->uuid, sizeof(p->uuid));
	}
	if (!p->guarded && strcmp(how, "wrong") != 0 && !strcmp(on, p->bridge))
		p->state = GUARDED_armed;
	if (!strcmp(how, "wrong"))
		strcpy(p->why, "what it may do can't be read");
	else if (strcmp(on, p->bridge) != 0)
		snprintf(p->why, sizeof(p->why), "to Xen it is on the bridge %s", on);
	else if (p->state == GUARDED_unarmed)
		strcpy(p->why,
			"joined by another program than Gridnix': see script in gridnix-guard(7)");
	else if (!port_take(p->words, &port) && port.policy == PORT_loose)
		strcpy(p->why, "its IP addresses are not checked");
}

static int by_start(const void *start, const void *line)
{
	return strncmp(start, *(char *const *)line, strlen(start));
}

/* What rearm says of it; NULL: nothing. */
static const char *line_of(const struct telling *t, const struct link *l)
{
	char start[IFNAMSIZ + 1];
	char *const *line;

	snprintf(start, sizeof(start), "%s ", l->name);
	line = t->lines.len ? bsearch(start, t->lines.items, t->lines.len, sizeof(*line), by_start)
			    : NULL;
	return line ? *line : NULL;
}

static void tell_port(const struct telling *t, const struct seen *s)
{
	const char *line = line_of(t, &s->link);
	struct msg_port p = t->bridge;

	memcpy(p.name, s->link.name, sizeof(p.name));
	p.blocked = s->stopped;
	p.state = state_of(t, s);
	if (line && p.state != GUARDED_uplink)
		describe(t, &p, line);
	else if (p.state == GUARDED_unarmed)
		strcpy(p.why, "neither a guest's nor an uplink: it passes nothing");
	t->tell(t->arg, &p);
}

static void tell_bridge(struct telling *t, const struct link *bridge)
{
	bool any = false;

	t->network = networks_on_bridge(&t->m->networks, bridge->name);
	t->bridge =
		(struct msg_port){.guarded = gnx_strv_has(&t->m->guarding.bridges, bridge->name)};
	/* What is wanted is not what is. */
	if (t->asked->act == MSG_GUARD_enable && !t->network)
		t->bridge.guarded = false;
	memcpy(t->bridge.bridge, bridge->name, sizeof(t->bridge.bridge));
	if (t->network)
		memcpy(t->bridge.network, t->network->name, sizeof(t->network->name));
	for (size_t i = 0; i < t->links_len; i++) {
		if (t->links[i].link.master != bridge->index)
			continue;
		tell_port(t, &t->links[i]);
		any = true;
	}
	if (!any)
		t->tell(t->arg, &t->bridge);
}

static bool tell_named(struct telling *t, const char *bridge)
{
	for (size_t i = 0; i < t->links_len; i++) {
		const struct link *l = &t->links[i].link;

		if (strcmp(l->name, bridge) != 0 || strcmp(l->kind, "bridge") != 0)
			continue;
		tell_bridge(t, l);
		return true;
	}
	return false;
}

int taken_tell(struct monitor *m, const struct msg_guard *g, const char *said,
	void (*tell)(void *arg, const struct msg_port *p), void *arg, struct gnx_err *err)
{
	GNX_CLEAN(telling_done)
	struct telling t = {.m = m, .asked = g, .tell = tell, .arg = arg};
	int r;

	gnx_strv_split(&t.names, g->uplinks, " ");
	gnx_strv_split(&t.lines, said, "\n");
	gnx_strv_sort(&t.lines);
	r = see_all(&t, err);
	if (r < 0)
		return r;
	if (*g->bridge && !tell_named(&t, g->bridge))
		return gnx_fail(err, -ENOENT, "%s: there is no such bridge", g->bridge);
	/* Uplinks bear the mark, too, and one may have gone. */
	for (size_t i = 0; !*g->bridge && i < m->guarding.bridges.len; i++)
		tell_named(&t, m->guarding.bridges.items[i]);
	return 0;
}
