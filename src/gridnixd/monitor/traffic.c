/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' traffic, counted and booked: see traffic.h. */
#include "gridnixd/monitor/traffic.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "net/guard.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define READ_MS 10000 /* so often counters are read at most */

/* --- Ports */

/* Where a port is, or would be. */
static size_t place(const struct metering *t, unsigned int index)
{
	size_t low = 0, high = t->len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (t->ports[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct traffic_port *find(const struct metering *t, unsigned int index)
{
	size_t at = place(t, index);

	return at < t->len && t->ports[at].index == index ? &t->ports[at] : NULL;
}

static struct traffic_port *put(struct metering *t, unsigned int index)
{
	struct traffic_port *p = find(t, index);
	size_t at = place(t, index);

	if (p)
		return p;
	t->ports = gnx_room(t->ports, t->len, sizeof(*p));
	p = &t->ports[at];
	memmove(p + 1, p, (t->len++ - at) * sizeof(*p));
	*p = (struct traffic_port){.index = index};
	return p;
}

static void loaded(void *arg, const struct traffic_port *p)
{
	*put(arg, p->index) = *p;
}

int traffic_load(struct monitor *m, struct gnx_err *err)
{
	return state_ports(m->state, m->boot_id, loaded, &m->metering, err);
}

/* --- Reading */

static void take_owner(void *arg, unsigned int index, const struct guard_owner *owner)
{
	struct monitor *m = arg;
	struct traffic_port *p = put(&m->metering, index);
	const struct guest *g = monitor_guest(m, owner->uuid);

	memcpy(p->uuid, owner->uuid, sizeof(p->uuid));
	p->vif = owner->number;
	if (g)
		memcpy(p->guest, g->name, sizeof(p->guest));
}

static void take_count(
	void *arg, unsigned int index, enum traffic_kind kind, const struct traffic_count *count)
{
	struct monitor *m = arg;
	struct traffic_port *p = put(&m->metering, index);

	traffic_grow(&p->seen.kinds[kind], count, &p->grown.kinds[kind]);
	p->counted |= 1U << kind;
}

int traffic_read(struct monitor *m, struct gnx_err *err)
{
	struct metering *t = &m->metering;
	int r;

	/* Those that are gone now have nothing more to count after this. */
	for (size_t i = 0; i < t->len; i++) {
		char name[IF_NAMESIZE];

		t->ports[i].gone = !if_indextoname(t->ports[i].index, name);
		t->ports[i].counted = 0;
		if (!t->ports[i].gone)
			memcpy(t->ports[i].name, name, sizeof(name));
	}
	t->read_ms = monitor_ms();
	t->read_s = monitor_wall_ms() / 1000;
	r = guard_owners(m->guarding.guard, take_owner, m, err);
	return r ? r : guard_counts(m->guarding.guard, take_count, m, err);
}

const struct traffic_port *traffic_port(struct monitor *m, unsigned int index)
{
	const struct traffic_port *p = find(&m->metering, index);

	if (!p && m->guarding.guard)
		guard_owners(m->guarding.guard, take_owner, m, NULL);
	return p ? p : find(&m->metering, index);
}

/* --- Quotas */

static void tell_quota(
	struct monitor *m, const struct defined *d, int64_t since, uint64_t used, unsigned percent)
{
	struct event_record e = monitor_event(m, EVENT_traffic_quota, d->uuid, d->name);
	char month[TRAFFIC_TIME_TEXT];
	struct gnx_err err = GNX_ERR_INIT;
	int r;

	traffic_time_text(since, month);
	strcpy(e.reason, percent == 100 ? "reached" : "nearly");
	snprintf(e.detail, sizeof(e.detail),
		"{\"month\":\"%.7s\",\"used\":%" PRIu64 ",\"quota\":%" PRIu64 ",\"percent\":%u}",
		month, used, d->traffic_bytes, percent);
	r = monitor_journal(m, &err);
	if (!r)
		r = state_quota_tell(m->state, since, d->traffic_bytes, percent, &e, &err);
	if (!r)
		peers_news(m);
	else
		fprintf(stderr, "gridnixd: %s: a quota could not be told: %s\n", d->name, err.msg);
}

static void check_quota(struct monitor *m, const uint8_t uuid[GUEST_UUID], int64_t time)
{
	const struct defined *d = defined_by_uuid(&m->defined, uuid);
	int64_t since = traffic_span_start(TRAFFIC_month, time);
	struct traffic month;
	unsigned told, percent;

	if (!d || !d->traffic_bytes ||
		state_traffic_sum(m->state, uuid, TRAFFIC_month, since, &month, NULL) < 0 ||
		state_quota_told(m->state, uuid, since, d->traffic_bytes, &told, NULL) < 0)
		return;
	percent = traffic_quota(traffic_outside(&month), d->traffic_bytes, told);
	if (percent)
		tell_quota(m, d, since, traffic_outside(&month), percent);
}

/* --- Booking */

/* Has the kernel forget the ports that are gone and booked; what fails is tried again after the
 * next reading. */
static void forget_gone(struct monitor *m)
{
	struct metering *t = &m->metering;
	GNX_CLEAN(gnx_free)
	struct guard_counted *gone = gnx_alloc((t->len + 1) * sizeof(*gone));
	size_t n = 0;

	for (size_t i = 0; i < t->len; i++)
		if (t->ports[i].gone)
			gone[n++] = (struct guard_counted){t->ports[i].index, t->ports[i].counted};
	if (!n || guard_forget_counts(m->guarding.guard, gone, n, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		find(t, gone[i].index)->dropped = true;
}

/* All that is owned is in the ledger. */
static void settle(struct metering *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->len; i++) {
		struct traffic_port *p = &t->ports[kept];

		if (t->ports[i].dropped)
			continue;
		*p = t->ports[i];
		if (traffic_owned(p))
			p->grown = (struct traffic){0};
		kept++;
	}
	t->len = kept;
}

static int book(struct monitor *m)
{
	static bool said;
	struct metering *t = &m->metering;
	struct gnx_err err = GNX_ERR_INIT;
	int r = state_book_ports(m->state, t->ports, t->len, m->boot_id, t->read_s, &err);

	/* What lasts is said once. */
	if (r < 0 && !said)
		fprintf(stderr, "gridnixd: traffic could not be booked: %s\n", err.msg);
	said = r < 0;
	if (r < 0)
		return r;
	t->booked_ms = t->read_ms;
	for (size_t i = 0; i < t->len; i++)
		if (!traffic_none(&t->ports[i].grown))
			check_quota(m, t->ports[i].uuid, t->read_s);
	settle(t);
	return 0;
}

static bool any_gone(const struct metering *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->ports[i].gone)
			return true;
	return false;
}

/* What was read before an hour began is booked into the one that has ended. */
static void turn_hour(struct monitor *m)
{
	const int64_t now = monitor_wall_ms() / 1000;
	struct gnx_err err = GNX_ERR_INIT;

	if (traffic_span_start(TRAFFIC_hour, now) ==
		traffic_span_start(TRAFFIC_hour, m->metering.read_s))
		return;
	book(m);
	if (state_trim_traffic(m->state, now, &err) < 0)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
}

/* Whether counters were read a moment ago. */
static bool is_fresh(const struct monitor *m)
{
	int64_t interval = m->settings.traffic_interval * INT64_C(1000);

	return m->metering.read_ms &&
		monitor_ms() - m->metering.read_ms < (interval < READ_MS ? interval : READ_MS);
}

/* Reads what is older than that, and books it when it is time, or now. */
static void run(struct monitor *m, bool now)
{
	struct metering *t = &m->metering;
	int64_t interval = m->settings.traffic_interval * INT64_C(1000);
	struct gnx_err err = GNX_ERR_INIT;

	if (!m->guarding.guard || !m->guarding.bridges.len)
		return;
	if (is_fresh(m)) {
		/* Ports that are gone stay: their last counters may not have been read. */
		if (now && t->booked_ms < t->read_ms)
			book(m);
		return;
	}
	turn_hour(m);
	/* Without the rules there is nothing to read: that is said of the guard. */
	if (traffic_read(m, &err) < 0 ||
		(!now && t->read_ms - t->booked_ms < interval && !any_gone(t)))
		return;
	if (book(m) == 0)
		forget_gone(m);
}

void traffic_look(struct monitor *m)
{
	run(m, false);
}

void traffic_done(struct monitor *m)
{
	struct metering *t = &m->metering;

	if (m->guarding.guard && m->guarding.bridges.len && traffic_read(m, NULL) == 0 && m->state)
		state_book_ports(m->state, t->ports, t->len, m->boot_id, t->read_s, NULL);
	free(STEAL(t->ports));
	t->len = 0;
}

/* --- What clients ask */

struct telling {
	struct monitor *m;
	void (*tell)(void *arg, const struct msg_traffic *t);
	void *arg;
	size_t n;
};

static int tell_item(void *arg, const struct traffic_item *item)
{
	struct telling *t = arg;
	const struct defined *d = defined_by_uuid(&t->m->defined, item->uuid);
	const struct guest *g = monitor_guest(t->m, item->uuid);
	struct msg_traffic out = {.item = *item};

	if (t->n++ == TRAFFIC_ITEMS_MAX)
		return -GNX_E_TOO_BIG;
	if (d || g)
		memcpy(out.name, d ? d->name : g->name, sizeof(out.name));
	t->tell(t->arg, &out);
	return 0;
}

static int identify(
	struct monitor *m, const char *guest, struct traffic_query *q, struct gnx_err *err)
{
	struct subject s;
	int r = 0;

	q->one = *guest;
	if (*guest && guest_uuid_parse(guest, q->uuid) < 0) {
		r = monitor_subject(m, guest, &s, err);
		if (!r)
			memcpy(q->uuid, s.uuid, GUEST_UUID);
	}
	return r;
}

int traffic_tell(struct monitor *m, const char *guest, struct traffic_query *q,
	void (*tell)(void *arg, const struct msg_traffic *t), void *arg, struct gnx_err *err)
{
	struct telling t = {m, tell, arg, 0};
	int r = identify(m, guest, q, err);

	if (r < 0)
		return r;
	run(m, true);
	r = state_traffic(m->state, q, tell_item, &t, err);
	return r == -GNX_E_TOO_BIG
		? gnx_fail(err, r, "this is more than %d lines: ask for a guest, or a shorter time",
			  TRAFFIC_ITEMS_MAX)
		: r;
}
