/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures of guests and the host: see figures.h. */
#include "gridnixd/monitor/figures.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"

struct telling {
	struct monitor *m;
	bool slow; /* what takes long, too */
	void (*tell)(void *arg, const struct msg_stats *s);
	void *arg;
};

/* What the state counts. Of two domains with one UUID the counters are the newer one's. */
static void add_counters(struct monitor *m, struct msg_stats *s)
{
	struct state_counters c = {0};
	uint64_t *figures = s->stats.figures;

	if (state_counters(m->state, s->guest.uuid, &c, NULL) < 0)
		return;
	figures[STATS_GUEST_reboots] = c.reboots;
	figures[STATS_GUEST_crashes] = c.crashes;
	if (s->guest.domid >= 0 && c.incarnation == s->guest.incarnation)
		figures[STATS_GUEST_up_ms] = (uint64_t)(monitor_ms() - c.made_ms);
	state_traffic_sum(m->state, s->guest.uuid, TRAFFIC_ever, 0, &s->stats.traffic, NULL);
}

static void tell_guest(void *arg, const struct guest *g)
{
	static struct msg_stats
		s; /* too large for the stack of a daemon that is deep in its loop */
	const struct telling *t = arg;

	s.guest = *g;
	stats_init(&s.stats);
	if (g->domid >= 0)
		t->m->host.ops->stats(t->m->host.self, g->domid, t->slow, &s.stats);
	add_counters(t->m, &s);
	t->tell(t->arg, &s);
}

int figures_tell(struct monitor *m, const char *guest, const struct msg_page *page,
	void (*tell)(void *arg, const struct msg_stats *s), void *arg, struct gnx_err *err)
{
	struct telling t = {m, *guest, tell, arg};
	struct guest off;
	struct subject s;
	int r;

	m->host.ops->stats_begin(m->host.self);
	if (!*guest) {
		monitor_guests(m, page, tell_guest, &t);
		return 0;
	}
	r = monitor_subject(m, guest, &s, err);
	if (r < 0)
		return r;
	if (!s.guest)
		monitor_off_guest(m, s.defined, &off);
	tell_guest(&t, s.guest ? s.guest : &off);
	return 0;
}

void figures_host(struct monitor *m, struct stats_host *out)
{
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests);

	stats_unknown(out->figures, STATS_HOST_COUNT);
	*out->xen = '\0';
	m->host.ops->host_stats(m->host.self, out);
	out->figures[STATS_HOST_domains] = 0;
	for (size_t i = 0; i < n; i++)
		out->figures[STATS_HOST_domains] += guests[i].domid >= 0;
}
