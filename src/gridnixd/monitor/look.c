/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at the host and journalling what changed: see monitor.h. */
#include "base/clean.h"
#include "gridnixd/monitor/define.h"
#include "gridnixd/monitor/gap.h"
#include "gridnixd/monitor/monitor.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t monitor_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

int64_t monitor_wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

void monitor_stamp(const struct monitor *m, struct event_record *e)
{
	e->wall_ms = monitor_wall_ms();
	e->mono_ms = monitor_ms();
	memcpy(e->boot_id, m->boot_id, sizeof(e->boot_id));
}

struct event_record monitor_event(
	const struct monitor *m, enum event_kind kind, const uint8_t *uuid, const char *name)
{
	const struct guest *g = monitor_guest(m, uuid);
	struct event_record e = {.kind = kind, .guest = {.domid = -1, .state = GUEST_off}};

	if (g)
		e.guest = *g;
	else if (saved_there(m, uuid))
		e.guest.state = GUEST_saved;
	memcpy(e.guest.uuid, uuid, GUEST_UUID);
	snprintf(e.guest.name, sizeof(e.guest.name), "%s", name);
	e.before = e.guest.state;
	monitor_stamp(m, &e);
	return e;
}

/* The old name, as JSON; one that is no UTF-8 is left out. */
static void name_detail(const char *name, char out[EVENT_DETAIL_MAX + 1])
{
	json_t *o = json_pack("{s:s}", "from", name);
	GNX_CLEAN(gnx_free)
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	snprintf(out, EVENT_DETAIL_MAX + 1, "%s", text ? text : "");
	json_decref(o);
}

/* Keeps an event until it is in the journal. A crash is nobody's doing, nor is a flood. */
static void keep(void *arg, const struct event_record *e)
{
	struct monitor *m = arg;
	struct event_record *kept;

	m->pending = gnx_room(m->pending, m->pending_len, sizeof(*m->pending));
	kept = &m->pending[m->pending_len++];
	*kept = *e;
	if (e->kind == EVENT_renamed)
		name_detail(e->detail, kept->detail);
	if (e->kind == EVENT_crashed)
		crash_detail(m, e->guest.uuid, kept->detail, sizeof(kept->detail));
	else if (!e->operation && e->kind != EVENT_xenstore_quota)
		kept->operation = operate_origin(m, e->guest.uuid);
	m->guarding.left |= e->kind == EVENT_vif_detached;
	if (e->kind == EVENT_started || e->kind == EVENT_vif_attached)
		taken_came(m);
	monitor_stamp(m, kept);
}

void monitor_tell(struct monitor *m, const struct event_record *e)
{
	keep(m, e);
}

void look_tell(struct monitor *m, enum event_kind kind, const char *reason, const char *detail)
{
	struct event_record e = {.kind = kind};

	if (reason)
		snprintf(e.reason, sizeof(e.reason), "%s", reason);
	if (detail)
		snprintf(e.detail, sizeof(e.detail), "%s", detail);
	keep(m, &e);
}

/* The journal has them before anybody is told. */
int monitor_journal(struct monitor *m, struct gnx_err *err)
{
	struct state_seen seen;
	int r;

	seen.devices_len = device_changes(m->devices, &seen.devices);
	if (!m->pending_len && !seen.devices_len) {
		device_remembered(m->devices);
		return 0;
	}
	seen.guests_len = guests_list(m->guests, &seen.guests);
	r = state_add(m->state, m->pending, m->pending_len, &seen, err);
	if (r < 0)
		return r;
	free(STEAL(m->pending)); /* it may have been much, and is no more */
	m->pending_len = 0;
	device_remembered(m->devices);
	peers_news(m);
	return state_trim(m->state, m->settings.state_journal, err);
}

int look(struct monitor *m, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct guest_look *looks = NULL;
	size_t n;
	int devices;
	/* What could not be journalled comes first. Until it is, changes add up in the host and not
	 * here: however long a disk is full, what waits is what one look found. */
	int r = monitor_journal(m, err);

	degraded_set(m, DEGRADED_journal, r < 0 ? err->msg : "");
	if (r < 0)
		return r;
	devices = devices_read(m);
	r = m->host.ops->guests(m->host.self, &looks, &n, err);
	if (r < 0)
		return r;
	if (devices >= 0)
		devices_gone(m);
	crash_hold(m, looks, n, keep);
	guests_update(m->guests, looks, n, monitor_ms(), keep, m);
	crash_told(m);
	if (devices >= 0)
		devices_update(m);
	return monitor_journal(m, err);
}

void look_around(struct monitor *m)
{
	degraded_look(m);
	pressure_look(m);
	sweep_look(m);
	flood_look(m);
	writes_look(m);
	networks_look(m);
	guarding_look(m);
	monitor_journal(m, NULL); /* else the next look does, and says why it can't */
}

static void restore(void *arg, const struct guest *g)
{
	guests_restore(arg, g);
}

static void restore_device(void *arg, const struct device_told *d)
{
	device_restore(arg, d);
}

/* No guest outlives the host's boot; what remains is how many domains it has had. */
static void restore_gone(void *arg, const struct guest *g)
{
	struct guest gone = *g;

	gone.state = GUEST_gone;
	guests_restore(arg, &gone);
}

/* An adoption was of the domain that was there, and goes on with no other. */
static int forget_adopted(
	struct monitor *m, const struct guest *before, size_t before_len, struct gnx_err *err)
{
	int r = 0;

	for (size_t i = 0; i < before_len && !r; i++) {
		struct defined *g = defined_by_uuid(&m->defined, before[i].uuid);
		const struct guest *now = monitor_guest(m, before[i].uuid);

		if (!g || g->want != STATE_WANT_adopt ||
			(now && now->incarnation == before[i].incarnation))
			continue;
		r = state_want(m->state, g->uuid, STATE_WANT_off, err);
		g->want = STATE_WANT_off;
	}
	return r;
}

/* What was known is compared with what is: a gap is one record. */
static int resume(struct monitor *m, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct guest_look *looks = NULL;
	GNX_CLEAN(gnx_free)
	struct guest *before = NULL;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv guests = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv devices = {0};
	const struct guest *now;
	char detail[EVENT_DETAIL_MAX + 1];
	bool differs;
	size_t n, before_len = guests_list(m->guests, &now);
	int known = devices_read(m), r = m->host.ops->guests(m->host.self, &looks, &n, err);

	if (r < 0)
		return r;
	before = gnx_alloc((before_len + 1) * sizeof(*before));
	if (before_len)
		memcpy(before, now, before_len * sizeof(*before));
	differs = guests_resume(m->guests, looks, n, monitor_ms());
	r = forget_adopted(m, before, before_len, err);
	if (r < 0)
		return r;
	if (known >= 0)
		devices_resume(m, &devices);
	if (!differs && !devices.len)
		return 0;
	n = guests_list(m->guests, &now);
	gap_guests(before, before_len, now, n, &guests);
	gap_detail(&guests, &devices, detail);
	look_tell(m, EVENT_gap, NULL, detail);
	return 0;
}

/* A new boot has none of the domains that were ours. */
static int forget_wants(struct monitor *m, struct gnx_err *err)
{
	int r = 0;

	for (size_t i = 0; i < m->defined.len && r == 0; i++) {
		struct defined *g = &m->defined.items[i];

		if (g->want != STATE_WANT_off)
			r = state_want(m->state, g->uuid, STATE_WANT_off, err);
		g->want = STATE_WANT_off;
	}
	if (!r && m->settings.guests_autostart)
		keep_boot(m);
	return r;
}

int look_begin(struct monitor *m, struct gnx_err *err)
{
	char last[GUEST_UUID_TEXT];
	bool same_boot;
	int r = state_last_boot(m->state, last, err);

	if (!r)
		r = state_operations_lost(m->state, monitor_wall_ms(), err);
	if (!r)
		r = define_load(m, err);
	if (r < 0)
		return r;
	same_boot = !strcmp(last, m->boot_id);
	look_tell(m, same_boot ? EVENT_daemon_started : EVENT_host_started, NULL, NULL);
	r = networks_load(m, err);
	if (!r)
		r = firewalls_load(m, err);
	if (!r)
		r = state_guests(m->state, same_boot ? restore : restore_gone, m->guests, err);
	if (!r)
		r = same_boot ? state_devices(m->state, restore_device, m->devices, err)
			      : state_forget_devices(m->state, err);
	if (!r)
		r = define_files(m, m->settings.networks_dir, network_file, err);
	if (!r)
		r = define_files(m, m->settings.guests_dir, define_file, err);
	if (!r)
		r = same_boot ? resume(m, err) : forget_wants(m, err);
	if (!r)
		r = look(m, err);
	if (!r)
		look_around(m);
	return r;
}

void look_done(struct monitor *m)
{
	free(m->pending);
	floods_done(&m->floods);
}
