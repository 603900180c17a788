/* SPDX-License-Identifier: BSD-3-Clause */
/* The guard's rules, kept and read: see guard.h. */
#include "gridnixd/monitor/guard.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/ports.h"
#include "gridnixd/monitor/rules.h"
#include "net/bridge.h"
#include "net/guard.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define READ_MS	   900	 /* so often what was stopped is read */
#define BRIDGES_MS 10000 /* so often new ones are looked for; so is what has failed tried again */
#define TELL_MS	   60000 /* at most so often the same is told of a port */

/* What comes from no router, or goes to none. */
#define ALWAYS_INSIDE "0.0.0.0/8 169.254.0.0/16 224.0.0.0/3 ::/128 fe80::/10 ff00::/8"

static int want_inside(void *arg, struct guard_wanted *w, struct gnx_err *err)
{
	const struct monitor *m = arg;
	GNX_CLEAN(gnx_free)
	char *text = gnx_fmt("%s " ALWAYS_INSIDE, m->settings.traffic_inside);
	struct addresses networks = {0};

	if (addresses_take(text, &networks)) /* the configuration's were looked at */
		return gnx_fail(err, -EINVAL, "[traffic] inside: %s", text);
	guard_want_inside(w, &networks);
	return 0;
}

static int want_bridges(void *arg, struct guard_wanted *w, struct gnx_err *err)
{
	const struct monitor *m = arg;

	(void)err;
	for (size_t i = 0; i < m->guarding.bridges.len; i++) {
		const char *name = m->guarding.bridges.items[i];

		if (!guard_owns(name))
			continue; /* it has just been left to others */
		guard_want_bridge(w, name);
		if (guard_is_uplink(name))
			guard_want_uplink(w, if_nametoindex(name));
	}
	for (size_t i = 0; i < m->networks.len; i++) {
		unsigned int index = bridge_uplink(&m->networks.items[i].network);

		if (index)
			guard_want_uplink(w, index);
	}
	taken_want(m, w);
	return 0;
}

static int load_text(struct monitor *m, const struct gnx_buf *text, struct gnx_err *err)
{
	struct guarding *g = &m->guarding;
	int r;

	g->changed |= guard_heard(g->ears, false);
	r = rules_load("the guard's rules", text, err);
	g->changed |= guard_heard(g->ears, true);
	return r;
}

int guarding_load(struct monitor *m, const struct gnx_buf *text, struct gnx_err *err)
{
	const struct guarding *g = &m->guarding;

	return !g->guard || !g->bridges.len || !text->len ? 0 : load_text(m, text, err);
}

/* The guard's rules, together with all firewalls: whatever was before, there is no moment without.
 * Without the firewalls when these fail: then nothing gets to guests that have one, nor from them.
 */
static int load_rules(struct monitor *m, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf sets = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf rules = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf all = {0};
	struct gnx_err ignored = GNX_ERR_INIT;
	int r;

	gnx_buf_str(&sets, "add table bridge gridnix\n");
	gnx_buf_fmt(&all, "include \"%s/guard.nft\"\n", m->routing.rules);
	r = firewalls_text(m, &sets, &rules, err);
	gnx_buf_add(&all, sets.data, sets.len);
	gnx_buf_add(&all, rules.data, rules.len);
	if (!r && m->firewalls.len)
		r = load_text(m, &sets, err);
	if (!r)
		r = load_text(m, &all, err);
	if (r < 0) {
		all.len = 0;
		gnx_buf_fmt(&all, "include \"%s/guard.nft\"\n", m->routing.rules);
		load_text(m, &all, &ignored);
	}
	return r;
}

int guarding_sync(struct monitor *m, struct gnx_err *err)
{
	struct guard *g = m->guarding.guard;
	int r = guard_sync(g, GUARD_inside, want_inside, m, err);

	return r < 0 ? r : guard_sync(g, GUARD_bridges, want_bridges, m, err);
}

/* What fails first is told. */
static void note(struct guarding *g, int code, const char *words)
{
	if (code < 0 && !g->load.code)
		gnx_fail(&g->load, code, "%s", words);
}

/* Loading the rules keeps what their sets hold. Guests that run are armed before their bridge is
 * watched, so that none is cut off: the second half is guarding_armed(). 1: that comes later. */
static int load(struct monitor *m, struct gnx_err *err)
{
	struct guarding *g = &m->guarding;

	g->broken |= guard_heard(g->ears, false) || g->changed;
	g->changed = false; /* what is heard from now on may come behind the rules */
	g->load = GNX_ERR_INIT;
	note(g, load_rules(m, err), err->msg);
	g->loading = true;
	ports_load(m);
	if (g->loading)
		return 1;
	*err = g->load;
	return err->code;
}

void guarding_failed(struct monitor *m, const char *words)
{
	struct guarding *g = &m->guarding;

	g->failed = *words;
	g->next_ms = monitor_ms() + BRIDGES_MS;
	degraded_set(m, DEGRADED_guard, words);
}

/* Whether they are others than before: 1. What is known of them stays when that can't be seen. */
static int find_bridges(struct guarding *g, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv found = {0};
	int r = guard_bridges(&found, err);

	if (r < 0 || gnx_strv_same(&found, &g->bridges))
		return r;
	gnx_strv_done(&g->bridges);
	g->bridges = found;
	found = (struct gnx_strv){0};
	return 1;
}

static int keep(struct monitor *m, struct gnx_err *err)
{
	struct guarding *g = &m->guarding;
	int r;

	/* The bridges that are to be watched are those that rearm has seen the marks of. */
	g->again |= g->loading;
	if (g->loading)
		return 1;
	taken_mark(m);
	r = find_bridges(g, err);
	if (r >= 0 && (r || g->failed || g->changed))
		return load(m, err);
	if (!r && g->bridges.len)
		r = guarding_sync(m, err);
	guarding_failed(m, r < 0 ? err->msg : "");
	if (r >= 0 && g->left)
		ports_look(m);
	return r < 0 ? r : 0;
}

static void keep_all(struct monitor *m)
{
	struct gnx_err err = GNX_ERR_INIT;

	keep(m, &err);
}

/* They are watched, whatever came of the ports. */
int guarding_armed(struct monitor *m, int code, const char *words, struct gnx_err *err)
{
	struct guarding *g = &m->guarding;
	bool again = g->again, restored = g->broken && !g->load.code;

	note(g, code, words);
	note(g, guarding_sync(m, err), err->msg);
	g->broken &= !restored;
	if (restored)
		look_tell(m, EVENT_guard_restored, NULL, NULL);
	*err = g->load;
	g->loading = g->again = false;
	guarding_failed(m, err->msg);
	monitor_soon(m); /* guests may be started */
	taken_loaded(m, err->code);
	if (again || g->changed)
		keep_all(m);
	else if (!err->code && g->left)
		ports_look(m);
	return err->code;
}

static void on_heard(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	struct guarding *g = &m->guarding;

	(void)fd, (void)what;
	g->changed = (guard_heard(g->ears, false) || g->changed) && g->bridges.len;
	if (!g->changed || g->loading)
		return;
	keep_all(m);
	monitor_look(m);
}

void guarding_begin(struct monitor *m, const char *rearm)
{
	struct guarding *g = &m->guarding;
	struct gnx_err err = GNX_ERR_INIT;

	g->rearm = rearm;
	if (taken_load(m, &err) < 0 || guard_open(&g->guard, &err) < 0 ||
		guard_listen(&g->ears, &err) < 0) {
		fprintf(stderr, "gridnixd: no network is guarded here: %s\n", err.msg);
		guarding_done(m);
		return;
	}
	g->heard = event_new(m->base, guard_ears_fd(g->ears), EV_READ | EV_PERSIST, on_heard, m);
	event_add(g->heard, NULL);
	keep_all(m);
}

void guarding_bridges(struct monitor *m)
{
	if (m->guarding.guard)
		keep_all(m);
}

int guarding_take(struct monitor *m, struct gnx_err *err)
{
	return m->guarding.guard ? keep(m, err) : 0;
}

void guarding_done(struct monitor *m)
{
	struct guarding *g = &m->guarding;

	ports_done(m);
	if (g->heard)
		event_free(g->heard);
	g->heard = NULL;
	guard_deaf(&g->ears);
	guard_close(&g->guard);
	gnx_strv_done(&g->bridges);
	taken_done(m);
	free(STEAL(g->stops));
	g->stops_len = 0;
}

/* An event of the guest whose port it is, and the number there; or of the host, and -1. An armed
 * port says whose it is, also when the guest has gone; another one has a name, of Xen's making. */
static struct event_record event_of(
	struct monitor *m, const struct traffic_port *p, const char *name, int *number)
{
	const struct defined *d = p ? defined_by_uuid(&m->defined, p->uuid) : NULL;
	const struct guest *g = NULL;
	int domid;

	if (p && traffic_owned(p)) {
		*number = (int)p->vif;
		return monitor_event(m, EVENT_guard_loose, p->uuid, d ? d->name : p->guest);
	}
	if (sscanf(name, "vif%d.%d", &domid, number) == 2)
		g = guests_by_domid(m->guests, domid);
	if (g)
		return monitor_event(m, EVENT_guard_loose, g->uuid, g->name);
	*number = -1;
	return (struct event_record){.kind = EVENT_guard_loose};
}

static void tell(struct monitor *m, const struct guard_stop *s, uint64_t frames)
{
	const struct traffic_port *p = traffic_port(m, s->index);
	struct event_record e;
	char name[IF_NAMESIZE], whose[32] = "";
	int number;

	if (!if_indextoname(s->index, name))
		snprintf(name, sizeof(name), "%s", p ? p->name : "");
	e = event_of(m, p, name, &number);
	if (frames)
		e.kind = EVENT_spoof_blocked;
	snprintf(e.reason, sizeof(e.reason), "%s", s->word);
	if (number >= 0)
		snprintf(whose, sizeof(whose), "\"number\":%d,", number);
	snprintf(e.detail, sizeof(e.detail), "{\"port\":\"%s\",%s\"frames\":%" PRIu64 "}", name,
		whose, frames);
	monitor_tell(m, &e);
}

static struct guard_stop *find(struct guarding *g, unsigned int index, const char *word)
{
	for (size_t i = 0; i < g->stops_len; i++)
		if (g->stops[i].index == index && g->stops[i].word == word)
			return &g->stops[i];
	g->stops = gnx_room(g->stops, g->stops_len, sizeof(*g->stops));
	g->stops[g->stops_len] =
		(struct guard_stop){.index = index, .word = word, .told = UINT64_MAX};
	return &g->stops[g->stops_len++];
}

static bool is_there(unsigned int index)
{
	char name[IF_NAMESIZE];

	return if_indextoname(index, name);
}

static void take(void *arg, unsigned int index, const char *word, uint64_t frames)
{
	struct monitor *m = arg;
	struct guard_stop *s;
	int64_t now = monitor_ms();
	bool first, there = is_there(index);

	if (!frames && !there)
		return; /* it is loose no more */
	s = find(&m->guarding, index, word);
	first = s->told == UINT64_MAX;

	if (!first && (frames == s->told || (now - s->told_ms < TELL_MS && there)))
		return;
	/* Counted from zero again, when they were loaded anew. */
	tell(m, s, first || frames < s->told ? frames : frames - s->told);
	s->told = frames;
	s->told_ms = now;
}

/* Reads what was stopped, and tells it. */
static int read_stops(struct monitor *m, struct gnx_err *err)
{
	return m->guarding.bridges.len ? guard_read(m->guarding.guard, take, m, err) : 0;
}

/* Forgets the ports that are gone, after their last frames were told. */
static int forget_stops(struct monitor *m, struct gnx_err *err)
{
	struct guarding *g = &m->guarding;
	GNX_CLEAN(gnx_free)
	unsigned int *gone = gnx_alloc((g->stops_len + 1) * sizeof(*gone));
	size_t n = 0, kept = 0;
	int r;

	for (size_t i = 0; i < g->stops_len; i++) {
		g->stops[i].gone = !is_there(g->stops[i].index);
		if (g->stops[i].gone)
			gone[n++] = g->stops[i].index;
	}
	r = read_stops(m, err);
	if (!r && n)
		r = guard_forget_stops(g->guard, gone, n, err);
	if (r || !n)
		return r;
	for (size_t i = 0; i < g->stops_len; i++)
		if (!g->stops[i].gone)
			g->stops[kept++] = g->stops[i];
	g->stops_len = kept;
	return 0;
}

void guarding_look(struct monitor *m)
{
	struct guarding *g = &m->guarding;
	struct gnx_err err = GNX_ERR_INIT;
	int64_t now = monitor_ms();
	bool whole = !g->loading && (now >= g->next_ms || g->changed);

	if (!g->guard || now - g->read_ms < READ_MS)
		return;
	g->read_ms = now;
	if (whole)
		keep_all(m);
	if ((whole ? forget_stops(m, &err) : read_stops(m, &err)) < 0 && !g->failed) {
		g->failed = true;
		keep_all(m);
	}
	traffic_look(m);
}
