/* SPDX-License-Identifier: BSD-3-Clause */
/* The guard's rules, kept and read: see guard.h. */
#include "gridnixd/monitor/guard.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "jail/spawn.h"
#include "net/bridge.h"
#include "net/guard.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define DEADLINE_MS 5000  /* of what the daemon waits for: less than its clients wait for it */
#define READ_MS	    900	  /* so often what was stopped is read */
#define BRIDGES_MS  10000 /* so often new ones are looked for */
#define RETRY_MS    60000 /* what has failed is tried again after that */
#define TELL_MS	    60000 /* at most so often the same is told of a port */

static int run(char *const *argv, struct gnx_buf *capture, struct gnx_err *err)
{
	struct jail_cmd cmd = JAIL_CMD_INIT;

	cmd.argv = argv;
	cmd.capture = capture;
	cmd.deadline_ms = DEADLINE_MS;
	return jail_run(&cmd, err);
}

/* Puts right what the sets hold. */
static int rearm(struct guarding *g, struct gnx_err *err)
{
	static char *const argv[] = {GNX_REARM, NULL};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};

	g->left = false;
	return run(argv, &out, err);
}

/* Loads the rules, which keeps what their sets hold. */
static int load(struct guarding *g, struct gnx_strv *bridges, struct gnx_err *err)
{
	static char *const argv[] = {"nft", "-f", GNX_GUARD_RULES, NULL};
	int r = run(argv, NULL, err);

	if (!r)
		r = rearm(g, err);
	/* It was nft that did this. */
	guard_heard(g->ears);
	if (r < 0)
		return r;
	gnx_strv_done(&g->bridges);
	g->bridges = *bridges;
	*bridges = (struct gnx_strv){0};
	return 0;
}

static bool same(const struct gnx_strv *a, const struct gnx_strv *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++)
		if (strcmp(a->items[i], b->items[i]))
			return false;
	return a->len == b->len;
}

static int want_uplinks(void *arg, struct guard_wanted *w, struct gnx_err *err)
{
	const struct networks *l = arg;

	(void)err;
	for (size_t i = 0; i < l->len; i++) {
		unsigned int index = bridge_uplink(&l->items[i].network);

		if (index)
			guard_want_uplink(w, index);
	}
	return 0;
}

/* again: even if the bridges are those that they were. */
static void keep(struct monitor *m, bool again)
{
	struct guarding *g = &m->guarding;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv bridges = {0};
	struct gnx_err err = GNX_ERR_INIT;
	int r = guard_bridges(&bridges, &err);

	g->bridges_ms = monitor_ms();
	if (!r && (again || !same(&bridges, &g->bridges)))
		r = load(g, &bridges, &err);
	else if (!r && g->left)
		r = rearm(g, &err);
	if (r >= 0 && g->bridges.len)
		r = guard_sync_uplinks(g->guard, want_uplinks, &m->networks, &err);
	if (r < 0)
		g->bridges_ms += RETRY_MS - BRIDGES_MS;
	degraded_set(m, DEGRADED_guard, r < 0 ? err.msg : "");
}

static void on_heard(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;

	(void)fd, (void)what;
	if (!guard_heard(m->guarding.ears) || !m->guarding.bridges.len)
		return;
	keep(m, true);
	look_tell(m, EVENT_guard_restored, NULL, NULL);
	monitor_look(m);
}

void guarding_begin(struct monitor *m)
{
	struct guarding *g = &m->guarding;
	struct gnx_err err = GNX_ERR_INIT;

	if (guard_open(&g->guard, &err) < 0 || guard_listen(&g->ears, &err) < 0) {
		fprintf(stderr, "gridnixd: no network is guarded here: %s\n", err.msg);
		guarding_done(m);
		return;
	}
	g->heard = event_new(m->base, guard_ears_fd(g->ears), EV_READ | EV_PERSIST, on_heard, m);
	event_add(g->heard, NULL);
	keep(m, false);
}

void guarding_bridges(struct monitor *m)
{
	if (m->guarding.guard)
		keep(m, false);
}

void guarding_done(struct monitor *m)
{
	struct guarding *g = &m->guarding;

	if (g->heard)
		event_free(g->heard);
	g->heard = NULL;
	guard_deaf(&g->ears);
	guard_close(&g->guard);
	gnx_strv_done(&g->bridges);
	free(STEAL(g->stops));
	g->stops_len = 0;
}

/* Whose port it is, by the name that Xen gives it: the guest and the number in *number_out; NULL:
 * nobody's that is known. */
static const struct guest *owner(struct monitor *m, const char *name, int *number_out)
{
	int domid;

	return sscanf(name, "vif%d.%d", &domid, number_out) == 2 ? guests_by_domid(m->guests, domid)
								 : NULL;
}

static void tell(struct monitor *m, const struct guard_stop *s, uint64_t frames)
{
	struct event_record e = {.kind = EVENT_guard_loose};
	const struct guest *guest;
	char name[IF_NAMESIZE];
	int number = -1;

	/* It has gone meanwhile, and with it whom that would be told of. */
	if (!if_indextoname(s->index, name))
		return;
	guest = owner(m, name, &number);
	if (guest) {
		e.guest = *guest;
		e.before = guest->state;
	}
	if (frames) {
		e.kind = EVENT_spoof_blocked;
		snprintf(e.reason, sizeof(e.reason), "%s", s->word);
	}
	snprintf(e.detail, sizeof(e.detail),
		"{\"port\":\"%s\",\"number\":%d,\"frames\":%" PRIu64 "}", name, number, frames);
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

static void take(void *arg, unsigned int index, const char *word, uint64_t frames)
{
	struct monitor *m = arg;
	struct guard_stop *s = find(&m->guarding, index, word);
	int64_t now = monitor_ms();
	bool first = s->told == UINT64_MAX;

	if (!first && (frames == s->told || now - s->told_ms < TELL_MS))
		return;
	/* Counted from zero again, when they were loaded anew. */
	tell(m, s, first || frames < s->told ? frames : frames - s->told);
	s->told = frames;
	s->told_ms = now;
}

void guarding_look(struct monitor *m)
{
	struct guarding *g = &m->guarding;
	struct gnx_err err = GNX_ERR_INIT;

	if (!g->guard || monitor_ms() - g->read_ms < READ_MS)
		return;
	g->read_ms = monitor_ms();
	if (g->read_ms - g->bridges_ms >= BRIDGES_MS)
		keep(m, false);
	if (g->bridges.len && guard_read(g->guard, take, m, &err) < 0 &&
		g->read_ms - g->bridges_ms >= 0)
		keep(m, true);
}
