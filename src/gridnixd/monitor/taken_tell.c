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

/* What was stopped of a port. */
struct stopped {
	unsigned int index;
	uint64_t frames;
};

/* One telling. */
struct telling {
	struct monitor *m;
	const struct msg_guard *asked;
	struct gnx_strv names; /* its uplinks, of an asker */
	struct gnx_strv lines; /* of rearm's */
	struct stopped *stopped;
	size_t stopped_len;
	struct msg_port bridge; /* what its ports have of it */
	bool any;		/* of them was told */
	void (*tell)(void *arg, const struct msg_port *p);
	void *arg;
};

static void telling_done(struct telling *t)
{
	gnx_strv_done(&t->names);
	gnx_strv_done(&t->lines);
	free(t->stopped);
}

static void add_stopped(void *arg, unsigned int index, const char *word, uint64_t frames)
{
	struct telling *t = arg;

	(void)word;
	t->stopped = gnx_room(t->stopped, t->stopped_len, sizeof(*t->stopped));
	t->stopped[t->stopped_len++] = (struct stopped){index, frames};
}

/* Whether nobody can take it for a guest's. */
static bool is_uplink(const struct telling *t, const struct link *l)
{
	const struct network *n = networks_on_bridge(&t->m->networks, t->bridge.bridge);

	if (n)
		return bridge_uplink(n) == (unsigned int)l->index;
	if (t->bridge.guarded)
		return taken_keeps(t->m, t->bridge.bridge, l->name);
	return gnx_strv_has(&t->names, l->name) || link_leads_out(l);
}

/* What Xen's store has of it. */
static void describe(struct telling *t, struct msg_port *p, const char *line)
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

static int tell_port(void *arg, const struct link *l)
{
	struct telling *t = arg;
	struct msg_port p = t->bridge;
	const char *line = NULL;

	snprintf(p.name, sizeof(p.name), "%s", l->name);
	for (size_t i = 0; i < t->lines.len && !line; i++)
		if (!strncmp(t->lines.items[i], p.name, strlen(p.name)) &&
			t->lines.items[i][strlen(p.name)] == ' ')
			line = t->lines.items[i];
	for (size_t i = 0; i < t->stopped_len; i++)
		p.blocked +=
			t->stopped[i].index == (unsigned int)l->index ? t->stopped[i].frames : 0;
	p.state = is_uplink(t, l) ? GUARDED_uplink
		: p.guarded && guard_is_armed(t->m->guarding.guard, (unsigned int)l->index)
		? GUARDED_armed
		: GUARDED_unarmed;
	if (line && p.state != GUARDED_uplink)
		describe(t, &p, line);
	else if (p.state == GUARDED_unarmed)
		strcpy(p.why, "neither a guest's nor an uplink: it passes nothing");
	t->any = true;
	t->tell(t->arg, &p);
	return 0;
}

static int tell_bridge(struct telling *t, const char *bridge, struct gnx_err *err)
{
	const struct network *n = networks_on_bridge(&t->m->networks, bridge);
	GNX_CLEAN(nl_close)
	struct nl nl = {0};
	struct link l = {0};
	int r = nl_open(NETLINK_ROUTE, &nl, err);

	if (r >= 0)
		r = link_find(&nl, bridge, &l, err);
	if (r < 0)
		return r;
	if (!r || strcmp(l.kind, "bridge") != 0)
		return gnx_fail(err, -ENOENT, "%s: there is no such bridge", bridge);
	t->bridge = (struct msg_port){.guarded = gnx_strv_has(&t->m->guarding.bridges, bridge)};
	/* What is wanted is not what is. */
	if (t->asked->act == MSG_GUARD_enable && !n)
		t->bridge.guarded = false;
	snprintf(t->bridge.bridge, sizeof(t->bridge.bridge), "%s", bridge);
	if (n)
		memcpy(t->bridge.network, n->name, sizeof(n->name));
	t->any = false;
	r = link_ports(&nl, l.index, tell_port, t, err);
	if (!r && !t->any)
		t->tell(t->arg, &t->bridge);
	return r;
}

int taken_tell(struct monitor *m, const struct msg_guard *g, const char *said,
	void (*tell)(void *arg, const struct msg_port *p), void *arg, struct gnx_err *err)
{
	GNX_CLEAN(telling_done)
	struct telling t = {.m = m, .asked = g, .tell = tell, .arg = arg};
	int r = 0;

	gnx_strv_split(&t.names, g->uplinks, " ");
	gnx_strv_split(&t.lines, said, "\n");
	if (m->guarding.bridges.len)
		r = guard_read(m->guarding.guard, add_stopped, &t, err);
	if (!r && *g->bridge)
		return tell_bridge(&t, g->bridge, err);
	for (size_t i = 0; !r && i < m->guarding.bridges.len; i++)
		r = tell_bridge(&t, m->guarding.bridges.items[i], err);
	return r;
}
