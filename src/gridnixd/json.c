/* SPDX-License-Identifier: BSD-3-Clause */
/* What clients see, as JSON text: see json.h. */
#include "gridnixd/json.h"

#include "base/clean.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

char *show_utf8(const char *s)
{
	json_t *j = json_string(s);
	char *copy = gnx_dup(s);

	for (char *p = copy; !j && *p; p++)
		if (*p & 0x80)
			*p = '?';
	json_decref(j);
	return copy;
}

static json_t *text(const char *s)
{
	GNX_CLEAN(gnx_free)
	char *copy = show_utf8(s);

	return json_string(copy);
}

static json_t *number(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

/* RFC 3339, UTC. */
static json_t *when(int64_t wall_ms)
{
	time_t seconds = wall_ms / 1000;
	char date[32];
	struct tm tm;

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
	return json_sprintf("%s.%03dZ", date, (int)(wall_ms % 1000));
}

/* Adds the object's text and gives it up. */
static void add(struct gnx_buf *out, json_t *j)
{
	GNX_CLEAN(gnx_free)
	char *line = json_dumps(j, JSON_COMPACT);

	assert(line); /* all that is in it was made here */
	gnx_buf_str(out, line);
	json_decref(j);
}

/* What names a guest and its state. */
static json_t *guest_identity(const struct guest *g)
{
	json_t *j = json_object();
	char uuid[GUEST_UUID_TEXT];

	guest_uuid_text(g->uuid, uuid);
	json_object_set_new(j, "uuid", text(uuid));
	json_object_set_new(j, "name", text(g->name));
	if (g->domid >= 0)
		json_object_set_new(j, "domid", json_integer(g->domid));
	json_object_set_new(j, "incarnation", number(g->incarnation));
	json_object_set_new(j, "state", text(guest_state_name(g->state)));
	return j;
}

void show_host(const struct msg_host *h, struct gnx_buf *out)
{
	json_t *j = json_object(), *degraded = json_object();

	json_object_set_new(j, "version", text(GNX_VERSION));
	json_object_set_new(j, "boot_id", text(h->boot_id));
	json_object_set_new(j, "guests", number(h->guests));
	json_object_set_new(j, "first", number(h->first));
	json_object_set_new(j, "last", number(h->last));
	json_object_set_new(j, "up_ms", json_integer(h->up_ms));
	json_object_set_new(j, "degraded", degraded);
	for (size_t i = 0; i < DEGRADED_COUNT; i++)
		if (*h->degraded[i])
			json_object_set_new(
				degraded, degraded_name((enum degraded)i), text(h->degraded[i]));
	add(out, j);
}

void show_guest(const struct msg_guest *g, struct gnx_buf *out)
{
	json_t *j = guest_identity(&g->guest);

	json_object_set_new(j, "foreign", json_boolean(g->foreign));
	json_object_set_new(j, "memory_kib", number(g->guest.memory_kib));
	json_object_set_new(j, "vcpus", number(g->guest.vcpus));
	json_object_set_new(j, "cpu_ns", number(g->guest.cpu_ns));
	add(out, j);
}

void show_event(const struct event_record *e, struct gnx_buf *out)
{
	json_t *j = json_object();
	json_t *detail = *e->detail ? json_loads(e->detail, 0, NULL) : NULL;

	json_object_set_new(j, "seq", number(e->seq));
	json_object_set_new(j, "boot_id", text(e->boot_id));
	json_object_set_new(j, "time", when(e->wall_ms));
	json_object_set_new(j, "mono_ms", json_integer(e->mono_ms));
	json_object_set_new(j, "kind", text(event_kind_name(e->kind)));
	json_object_set_new(j, "known", text(event_kind_known(e->kind)));
	if (e->operation)
		json_object_set_new(j, "operation", number(e->operation));
	if (*e->reason)
		json_object_set_new(j, "reason", text(e->reason));
	if (event_of_guest(e)) {
		json_object_set_new(j, "guest", guest_identity(&e->guest));
		json_object_set_new(j, "before", text(guest_state_name(e->before)));
		json_object_set_new(j, "after", text(guest_state_name(e->guest.state)));
	}
	if (json_is_object(detail))
		json_object_set(j, "detail", detail);
	json_decref(detail);
	add(out, j);
}

void show_hook(const struct hook *h, struct gnx_buf *out)
{
	json_t *j = json_object();

	json_object_set_new(j, "name", text(h->name));
	json_object_set_new(j, "program", text(h->program));
	json_object_set_new(j, "mode", text(hook_mode_name(h->mode)));
	json_object_set_new(j, "kinds", text(h->kinds));
	json_object_set_new(j, "guest", text(h->guest));
	json_object_set_new(j, "user", text(h->user));
	json_object_set_new(j, "timeout", json_integer(h->timeout));
	json_object_set_new(j, "tries", json_integer(h->tries));
	json_object_set_new(j, "concurrency", json_integer(h->concurrency));
	add(out, j);
}

void show_delivery(const struct delivery *d, struct gnx_buf *out)
{
	static const uint8_t none[GUEST_UUID];
	json_t *j = json_object(), *guest;
	char uuid[GUEST_UUID_TEXT];

	json_object_set_new(j, "event", number(d->seq));
	json_object_set_new(j, "kind", text(event_kind_name(d->kind)));
	if (memcmp(d->uuid, none, sizeof(none)) != 0) {
		guest_uuid_text(d->uuid, uuid);
		guest = json_object();
		json_object_set_new(guest, "uuid", text(uuid));
		json_object_set_new(guest, "name", text(d->guest));
		json_object_set_new(j, "guest", guest);
	}
	json_object_set_new(j, "hook", text(d->hook));
	json_object_set_new(j, "tries", json_integer(d->tries));
	json_object_set_new(j, "words", text(d->words));
	add(out, j);
}

/* The figures that are known. */
static void set_figures(
	json_t *j, const struct stats_figure *table, const uint64_t *figures, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (figures[i] != STATS_NONE)
			json_object_set_new(j, table[i].name, number(figures[i]));
}

static void set_text(json_t *j, const char *name, const char *s)
{
	if (*s)
		json_object_set_new(j, name, text(s));
}

/* What stands for what a guest says of itself: nothing, if it says nothing. */
static void set_reported(json_t *j, json_t *reported)
{
	if (json_object_size(reported))
		json_object_set(j, "reported", reported);
	json_decref(reported);
}

static json_t *vif(const struct stats_vif *v)
{
	json_t *j = json_object(), *reported = json_object();

	json_object_set_new(j, "number", json_integer(v->number));
	set_text(j, "name", v->name);
	set_figures(j, stats_vif_figures, v->figures, STATS_VIF_COUNT);
	set_text(reported, "ipv4", v->ipv4);
	set_text(reported, "ipv6", v->ipv6);
	set_reported(j, reported);
	return j;
}

static json_t *vbd(const struct stats_vbd *v)
{
	json_t *j = json_object();
	char name[STATS_NAME_MAX + 1];

	stats_vbd_name(v->number, name);
	json_object_set_new(j, "number", json_integer(v->number));
	json_object_set_new(j, "name", text(name));
	set_figures(j, stats_vbd_figures, v->figures, STATS_VBD_COUNT);
	return j;
}

/* Of numbers, what is none is left out. */
static json_t *reported(const struct stats *s)
{
	json_t *j = json_object();

	for (size_t i = 0; i < STATS_REPORTED_COUNT; i++) {
		uint64_t n;

		if (!stats_facts[i].number)
			set_text(j, stats_facts[i].name, s->reported[i]);
		else if (gnx_parse_u64(s->reported[i], INT64_MAX, &n) == 0)
			json_object_set_new(j, stats_facts[i].name, number(n));
	}
	return j;
}

void show_stats(const struct msg_stats *s, struct gnx_buf *out)
{
	json_t *j = guest_identity(&s->guest), *vifs = json_array(), *vbds = json_array();

	set_figures(j, stats_guest_figures, s->stats.figures, STATS_GUEST_COUNT);
	for (size_t i = 0; i < s->stats.vifs_len; i++)
		json_array_append_new(vifs, vif(&s->stats.vifs[i]));
	for (size_t i = 0; i < s->stats.vbds_len; i++)
		json_array_append_new(vbds, vbd(&s->stats.vbds[i]));
	json_object_set_new(j, "vifs", vifs);
	json_object_set_new(j, "vbds", vbds);
	set_reported(j, reported(&s->stats));
	add(out, j);
}

void show_host_stats(const struct stats_host *h, struct gnx_buf *out)
{
	json_t *j = json_object();

	json_object_set_new(j, "version", text(GNX_VERSION));
	json_object_set_new(j, "xen", text(h->xen));
	set_figures(j, stats_host_figures, h->figures, STATS_HOST_COUNT);
	add(out, j);
}

void show_lease(const struct lease *l, struct gnx_buf *out)
{
	json_t *j = json_object();
	char uuid[GUEST_UUID_TEXT], address[LEASE_TEXT];

	guest_uuid_text(l->uuid, uuid);
	lease_text(l, address);
	json_object_set_new(j, "guest", text(uuid));
	json_object_set_new(j, "vif", json_integer(l->vif));
	json_object_set_new(j, "network", text(l->network));
	json_object_set_new(j, "address", text(address));
	json_object_set_new(j, "given", json_boolean(l->given));
	add(out, j);
}

/* A member of the object with this end of its name. */
static void set_count(json_t *j, const char *kind, const char *unit, uint64_t n)
{
	GNX_CLEAN(gnx_free)
	char *name = gnx_fmt("%s_%s", kind, unit);

	json_object_set_new(j, name, number(n));
}

void show_traffic(const struct msg_traffic *t, struct gnx_buf *out)
{
	json_t *j = json_object();
	char uuid[GUEST_UUID_TEXT], since[TRAFFIC_TIME_TEXT];

	guest_uuid_text(t->item.uuid, uuid);
	traffic_time_text(t->item.since, since);
	json_object_set_new(j, "guest", text(uuid));
	set_text(j, "name", t->name);
	json_object_set_new(j, "vif", json_integer(t->item.vif));
	json_object_set_new(j, "span", text(traffic_span_name(t->item.span)));
	json_object_set_new(j, "since", text(since));
	for (size_t i = 0; i < TRAFFIC_COUNT; i++) {
		const struct traffic_count *count = &t->item.traffic.kinds[i];

		set_count(j, traffic_kinds[i].name, "bytes", count->bytes);
		set_count(j, traffic_kinds[i].name, "packets", count->packets);
	}
	add(out, j);
}

void show_operation(const struct operation *o, struct gnx_buf *out)
{
	json_t *j = json_object();
	char uuid[GUEST_UUID_TEXT];

	guest_uuid_text(o->uuid, uuid);
	json_object_set_new(j, "id", number(o->id));
	json_object_set_new(j, "verb", text(verb_name(o->verb)));
	json_object_set_new(j, "guest", text(uuid));
	json_object_set_new(j, "state", text(operation_state_name(o->state)));
	json_object_set_new(j, "began", when(o->began_ms));
	if (o->ended_ms)
		json_object_set_new(j, "ended", when(o->ended_ms));
	if (*o->words)
		json_object_set_new(j, "words", text(o->words));
	add(out, j);
}

void show_before(const struct operation *o, const struct guest *g, struct gnx_buf *out)
{
	json_t *j = json_object();

	json_object_set_new(j, "time", when(o->began_ms));
	json_object_set_new(j, "kind", json_sprintf("before-%s", verb_name(o->verb)));
	json_object_set_new(j, "known", text("own"));
	json_object_set_new(j, "operation", number(o->id));
	json_object_set_new(j, "guest", guest_identity(g));
	add(out, j);
}

void show_error(const char *code, const char *message, struct gnx_buf *out)
{
	json_t *j = json_object();

	json_object_set_new(j, "code", text(code));
	json_object_set_new(j, "message", text(message));
	add(out, json_pack("{s:o}", "error", j));
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void show_gap(const char *boot_id, uint64_t since, uint64_t first, struct gnx_buf *out)
{
	struct event_record e = {
		.seq = first - 1,
		.wall_ms = clock_ms(CLOCK_REALTIME),
		.mono_ms = clock_ms(CLOCK_BOOTTIME),
		.kind = EVENT_gap,
		.reason = "journal",
	};

	strncpy(e.boot_id, boot_id, sizeof(e.boot_id) - 1);
	snprintf(e.detail, sizeof(e.detail), "{\"since\":%llu,\"first\":%llu}",
		(unsigned long long)since, (unsigned long long)first);
	show_event(&e, out);
}
