/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests: see guest.h. Names and UUIDs first, then the table and how it takes in a look. */
#include "model/guest.h"

#include "base/clean.h"
#include "base/sort.h"
#include "base/str.h"
#include "model/event.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const states[] = {
	[GUEST_gone] = "gone",
	[GUEST_starting] = "starting",
	[GUEST_running] = "running",
	[GUEST_paused] = "paused",
	[GUEST_shutdown] = "shutdown",
	[GUEST_crashed] = "crashed",
	[GUEST_rebooting] = "rebooting",
	[GUEST_suspended] = "suspended",
	[GUEST_off] = "off",
	[GUEST_saved] = "saved",
};

const char *guest_state_name(enum guest_state state)
{
	assert(state < GUEST_STATE_COUNT);
	return states[state];
}

int guest_state_by_name(const char *name)
{
	for (size_t i = 0; i < GNX_LEN(states); i++)
		if (!strcmp(states[i], name))
			return (int)i;
	return -EINVAL;
}

/* Whether a hyphen stands before this byte of a UUID. */
static bool hyphen_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void guest_uuid_text(const uint8_t uuid[GUEST_UUID], char out[GUEST_UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < GUEST_UUID; i++) {
		if (hyphen_before(i))
			*out++ = '-';
		*out++ = digits[uuid[i] >> 4];
		*out++ = digits[uuid[i] & 15];
	}
	*out = '\0';
}

/* A digit's value, or -1. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int guest_uuid_parse(const char *text, uint8_t out[GUEST_UUID])
{
	uint8_t uuid[GUEST_UUID];

	for (size_t i = 0; i < GUEST_UUID; i++, text += 2) {
		if (hyphen_before(i) && *text++ != '-')
			return -EINVAL;
		/* The second digit is not looked at where the text ends at the first. */
		if (hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0)
			return -EINVAL;
		uuid[i] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
	}
	if (*text)
		return -EINVAL;
	memcpy(out, uuid, sizeof(uuid));
	return 0;
}

/* What it means that a domain has stopped, by Xen's reason. */
struct stop {
	enum guest_state state;
	enum event_kind kind;
	const char *reason; /* that is told with it */
	const char *end;    /* the reason of the domain's end, when that follows */
};

static const struct stop stops[] = {
	[GUEST_STOP_poweroff] = {GUEST_shutdown, EVENT_shutdown, "", "shutdown"},
	[GUEST_STOP_reboot] = {GUEST_rebooting, EVENT_rebooting, "", "reboot"},
	[GUEST_STOP_suspend] = {GUEST_suspended, EVENT_suspended, "", "suspend"},
	[GUEST_STOP_crash] = {GUEST_crashed, EVENT_crashed, "crash", "crash"},
	[GUEST_STOP_watchdog] = {GUEST_crashed, EVENT_crashed, "watchdog", "watchdog"},
	[GUEST_STOP_soft_reset] = {GUEST_rebooting, EVENT_rebooting, "soft-reset", "reboot"},
};

static const struct stop unknown_stop = {GUEST_shutdown, EVENT_shutdown, "unknown", "shutdown"};

static const struct stop *stop_of(const struct guest_look *look)
{
	return look->stop >= 0 && (size_t)look->stop < GNX_LEN(stops) ? &stops[look->stop]
								      : &unknown_stop;
}

/* The reason of a guest's end, as far as its state alone tells. */
static const char *end_of(enum guest_state state)
{
	for (size_t i = 0; i < GNX_LEN(stops); i++)
		if (stops[i].state == state)
			return stops[i].end;
	return "destroy";
}

/* What is known of one guest. One that is gone stays for its incarnation. */
struct known {
	struct guest guest;
	const struct guest_look *look; /* its domain in the look that is taken in, or NULL */
	const char *end_reason;	       /* why it has ended, if it ends now */
	uint64_t end;		       /* when it ended: struct guests counts all ends */
	int64_t deadline;	       /* until when it may have no domain; -1: there is none */
	bool incoming;		       /* a migration brings it here, and it has not run yet */
	bool away;		       /* a migration has taken it */
	bool forgotten;		       /* it is about to be freed */
};

struct guests {
	struct known **known; /* by domain, once sort_by_domid() was called; */
	struct known **lives; /* the same, by life, once sort_by_life() was */
	size_t len;
	size_t room; /* in known, lives and list */
	uint64_t ends;
	bool away;	    /* a migration has taken one of the look */
	bool by_domid;	    /* known is in that order */
	struct guest *list; /* what guests_list() gives away */
	size_t list_len;
	bool listed; /* the list is what is known */
};

struct guests *guests_new(void)
{
	return gnx_alloc(sizeof(struct guests));
}

void guests_free(struct guests **g)
{
	if (!*g)
		return;
	for (size_t i = 0; i < (*g)->len; i++)
		free((*g)->known[i]);
	free((*g)->known);
	free((*g)->lives);
	free((*g)->list);
	free(*g);
	*g = NULL;
}

static struct known *add(struct guests *g, const uint8_t uuid[GUEST_UUID])
{
	struct known *k = gnx_alloc(sizeof(*k));

	g->listed = false;
	if (g->len == g->room) {
		g->room = g->room ? 2 * g->room : 16;
		g->known = gnx_resize(g->known, g->room * sizeof(struct known *));
		g->lives = gnx_resize(g->lives, g->room * sizeof(struct known *));
		g->list = gnx_resize(g->list, g->room * sizeof(*g->list));
	}
	memcpy(k->guest.uuid, uuid, GUEST_UUID);
	k->guest.domid = -1;
	k->deadline = -1;
	g->lives[g->len] = g->known[g->len] = k;
	g->len++;
	g->by_domid = false;
	return k;
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int known_by_life(const void *a, const void *b)
{
	const struct guest *x = &(*(struct known *const *)a)->guest;
	const struct guest *y = &(*(struct known *const *)b)->guest;
	int r = memcmp(x->uuid, y->uuid, GUEST_UUID);

	return r ? r : order(x->incarnation, y->incarnation);
}

static int domid_of(const struct known *k)
{
	return k->look ? k->look->domid : k->guest.domid;
}

static int known_by_domid(const void *a, const void *b)
{
	return order(domid_of(*(struct known *const *)a), domid_of(*(struct known *const *)b));
}

static int look_by_domid(const void *a, const void *b)
{
	const struct guest_look *x = *(const struct guest_look *const *)a;
	const struct guest_look *y = *(const struct guest_look *const *)b;

	return order(x->domid, y->domid);
}

static int look_by_uuid(const void *a, const void *b)
{
	const struct guest_look *x = *(const struct guest_look *const *)a;
	const struct guest_look *y = *(const struct guest_look *const *)b;
	int r = memcmp(x->uuid, y->uuid, GUEST_UUID);

	return r ? r : order(x->domid, y->domid);
}

/* Most looks change the place of few or none. */
static void sort_by_domid(struct guests *g)
{
	gnx_resort(g->known, g->len, sizeof(*g->known), known_by_domid);
}

static void sort_by_life(struct guests *g)
{
	gnx_resort(g->lives, g->len, sizeof(*g->lives), known_by_life);
}

/* Who is told of changes. */
struct teller {
	void (*tell)(void *arg, const struct event_record *e);
	void *arg;
};

static void change(struct known *k, enum guest_state state, enum event_kind kind,
	const char *reason, const struct teller *t)
{
	struct event_record e = {.kind = kind, .before = k->guest.state};

	k->guest.state = state;
	e.guest = k->guest;
	strcpy(e.reason, reason);
	t->tell(t->arg, &e);
}

static bool is_away(const struct guest_look *look)
{
	return look && gnx_ends(look->name, GUEST_AWAY);
}

/* The guest's other domain in this look, or NULL. Only while there is a migration. */
static struct known *other_of(const struct guests *g, const struct known *k)
{
	for (size_t i = 0; i < g->len; i++)
		if (g->known[i] != k && g->known[i]->look &&
			!memcmp(g->known[i]->guest.uuid, k->guest.uuid, GUEST_UUID))
			return g->known[i];
	return NULL;
}

/* Tells what does not change the guest's state. */
static void remark(struct known *k, enum event_kind kind, const struct teller *t)
{
	change(k, k->guest.state, kind, "", t);
}

/* Whether a look's domain is the guest's own. A domain that has stopped never runs again, unless it
 * was suspended: what does so under its number is the next one. */
static bool owns(const struct known *k, const struct guest_look *look)
{
	const struct guest *g = &k->guest;

	if (g->domid != look->domid || memcmp(g->uuid, look->uuid, GUEST_UUID) != 0)
		return false;
	if (g->state != GUEST_shutdown && g->state != GUEST_crashed && g->state != GUEST_rebooting)
		return true;
	return look->stopped && stop_of(look)->state == g->state;
}

/* Gives the guests their own domains. Those that are left in looks, whose number is returned, are
 * new. */
static size_t give_own(struct guests *g, const struct guest_look **looks, size_t n)
{
	size_t at = 0, left = 0;

	gnx_resort(looks, n, sizeof(*looks), look_by_domid);
	sort_by_domid(g);
	for (size_t i = 0; i < n; i++) {
		while (at < g->len && g->known[at]->guest.domid < looks[i]->domid)
			at++;
		if (at < g->len && owns(g->known[at], looks[i]))
			g->known[at]->look = looks[i];
		else
			looks[left++] = looks[i];
	}
	return left;
}

/* Drops guests that are gone where a later incarnation is known, and those beyond the limit. The
 * table is in order of life. */
static void forget(struct guests *g)
{
	size_t len = g->len, left = 0;

	g->len = 0;
	for (size_t i = 0; i < len; i++) {
		struct known *k = g->lives[i], *next = i + 1 < len ? g->lives[i + 1] : NULL;
		bool later = next && !memcmp(k->guest.uuid, next->guest.uuid, GUEST_UUID);

		k->forgotten = k->guest.state == GUEST_gone &&
			(later || g->ends - k->end >= GUESTS_GONE_MAX);
		if (!k->forgotten)
			g->lives[g->len++] = k;
	}
	for (size_t i = 0; i < len; i++)
		if (g->known[i]->forgotten)
			free(g->known[i]);
		else
			g->known[left++] = g->known[i];
}

static bool waits_for(const struct known *k, const struct guest_look *look)
{
	return k->guest.state == GUEST_rebooting && !k->look &&
		!memcmp(k->guest.uuid, look->uuid, GUEST_UUID);
}

/* Gives new domains to the guests that wait for one after a reboot, and else to new ones. Either
 * way it is the next incarnation of its UUID. */
static void give_new(struct guests *g, const struct guest_look **looks, size_t n)
{
	size_t at = 0, end = 0, len;
	const struct guest *last = NULL;

	qsort(looks, n, sizeof(*looks), look_by_uuid);
	sort_by_life(g);
	forget(g);
	len = g->len; /* new ones come behind */
	for (size_t i = 0; i < n; i++) {
		const uint8_t *uuid = looks[i]->uuid;
		uint64_t before = 0;
		struct known *k;

		while (end < len && memcmp(g->lives[end]->guest.uuid, uuid, GUEST_UUID) <= 0)
			last = &g->lives[end++]->guest;
		while (at < end && !waits_for(g->lives[at], looks[i]))
			at++;
		if (last && !memcmp(last->uuid, uuid, GUEST_UUID))
			before = last->incarnation;
		k = at < end ? g->lives[at] : add(g, uuid);
		k->look = looks[i];
		k->guest.domid = -1; /* until it is told */
		k->guest.incarnation = before + 1;
		last = &k->guest;
	}
}

/* Why a guest has no domain any more. */
static const char *why_lost(const struct guests *g, const struct known *k)
{
	const struct known *other = k->guest.state == GUEST_suspended ? other_of(g, k) : NULL;

	if (k->guest.state == GUEST_rebooting)
		return k->end_reason;
	if (k->incoming)
		return "migration";
	return k->away || (other && other->incoming) ? "migrated" : k->end_reason;
}

/* A guest without a domain: its end, unless it reboots. */
static void lose(struct guests *g, struct known *k, int64_t mono_ms, const struct teller *t)
{
	k->guest.domid = -1;
	if (k->guest.state == GUEST_gone)
		return;
	if (k->guest.state == GUEST_rebooting) {
		if (k->deadline < 0)
			k->deadline = mono_ms + GUESTS_REBOOT_MS;
		if (mono_ms < k->deadline)
			return;
	}
	k->deadline = -1;
	k->end = ++g->ends;
	change(k, GUEST_gone, EVENT_destroyed, why_lost(g, k), t);
	k->incoming = false;
}

static void follow_stop(struct known *k, const struct teller *t)
{
	const struct stop *stop = stop_of(k->look);

	k->incoming = false;
	k->end_reason = stop->end;
	if (k->guest.state != stop->state)
		change(k, stop->state, stop->kind, stop->reason, t);
}

/* A domain is made paused: it has run when it is not, or has used processor time. */
static void follow_run(struct known *k, const struct teller *t)
{
	bool paused = k->look->paused;

	k->end_reason = end_of(GUEST_running);
	if (k->guest.state == GUEST_starting && (!paused || k->look->cpu_ns))
		change(k, GUEST_running, k->incoming ? EVENT_migrated : EVENT_started, "", t);
	if (k->guest.state == GUEST_starting)
		return;
	k->incoming = false;
	if (paused && k->guest.state != GUEST_paused)
		change(k, GUEST_paused, EVENT_paused, "", t);
	else if (!paused && k->guest.state == GUEST_paused)
		change(k, GUEST_running, EVENT_unpaused, "", t);
	else if (!paused && k->guest.state == GUEST_suspended)
		change(k, GUEST_running, EVENT_resumed, "", t);
}

/* A name that changes is told; the first one belongs to the start, and what xl puts behind it is
 * not the guest's. */
static void take_name(struct known *k, bool new, const struct teller *t)
{
	char old[sizeof(k->guest.name)], name[sizeof(k->guest.name)];
	struct event_record e = {.kind = EVENT_renamed, .before = k->guest.state};

	if (!strcmp(k->look->name, k->guest.name))
		return;
	strcpy(name, k->look->name);
	if (gnx_ends(name, GUEST_INCOMING))
		name[strlen(name) - strlen(GUEST_INCOMING)] = '\0';
	else if (gnx_ends(name, GUEST_AWAY))
		name[strlen(name) - strlen(GUEST_AWAY)] = '\0';
	if (!*name || !strcmp(name, k->guest.name))
		return;
	strcpy(old, k->guest.name);
	strcpy(k->guest.name, name);
	if (new || !*old)
		return;
	strcpy(e.detail, old);
	e.guest = k->guest;
	t->tell(t->arg, &e);
}

/* A second domain of a guest, by its name or that of the first. */
static void take_migration(
	const struct guests *g, struct known *k, bool new, const struct teller *t)
{
	struct known *other = NULL;
	bool incoming;

	k->away |= g->away && is_away(k->look);
	if (k->incoming || k->away || k->guest.state != GUEST_starting)
		return;
	incoming = gnx_ends(k->look->name, GUEST_INCOMING);
	if (!incoming && !(new && g->away))
		return;
	other = other_of(g, k);
	if (!incoming && !(other && is_away(other->look)))
		return;
	k->incoming = true;
	remark(k, EVENT_migrating_in, t);
	if (other && other->guest.domid >= 0)
		remark(other, EVENT_migrating_out, t);
}

/* A guest with a domain. */
static void follow(const struct guests *all, struct known *k, const struct teller *t)
{
	const struct guest_look *look = k->look;
	struct guest *g = &k->guest;
	bool new = g->domid < 0;

	g->domid = look->domid;
	take_name(k, new, t);
	g->memory_kib = look->memory_kib;
	g->vcpus = look->vcpus;
	g->cpu_ns = look->cpu_ns;
	k->deadline = -1;
	if (new) {
		k->incoming = k->away = false;
		change(k, GUEST_starting,
			g->state == GUEST_rebooting ? EVENT_rebooted : EVENT_starting, "", t);
	}
	take_migration(all, k, new, t);
	if (look->stopped)
		follow_stop(k, t);
	else
		follow_run(k, t);
}

void guests_update(struct guests *g, const struct guest_look *looks, size_t n, int64_t mono_ms,
	void (*tell)(void *arg, const struct event_record *e), void *arg)
{
	const struct teller t = {tell, arg};
	GNX_CLEAN(gnx_free)
	const struct guest_look **left = gnx_alloc((n + 1) * sizeof(*left));
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (!looks[i].dying)
			left[len++] = &looks[i];
	g->away = g->listed = false;
	for (size_t i = 0; i < len; i++)
		g->away |= is_away(left[i]);
	len = give_own(g, left, len);
	if (len)
		give_new(g, left, len);
	sort_by_domid(g);
	for (size_t i = 0; i < g->len; i++)
		if (!g->known[i]->look)
			lose(g, g->known[i], mono_ms, &t);
	for (size_t i = 0; i < g->len; i++)
		if (g->known[i]->look)
			follow(g, g->known[i], &t);
	for (size_t i = 0; i < g->len; i++)
		g->known[i]->look = NULL;
	g->by_domid = false;
}

const struct guest *guests_by_domid(struct guests *g, int domid)
{
	size_t low = 0, high = g->len;

	if (!g->by_domid)
		sort_by_domid(g);
	g->by_domid = true;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (g->known[middle]->guest.domid < domid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < g->len && g->known[low]->guest.domid == domid ? &g->known[low]->guest : NULL;
}

int64_t guests_deadline(const struct guests *g)
{
	int64_t first = -1;

	for (size_t i = 0; i < g->len; i++) {
		int64_t one = g->known[i]->deadline;

		if (one >= 0 && (first < 0 || one < first))
			first = one;
	}
	return first;
}

static void make_list(struct guests *g)
{
	g->list_len = 0;
	sort_by_life(g);
	for (size_t i = 0; i < g->len; i++)
		if (g->lives[i]->guest.state != GUEST_gone)
			g->list[g->list_len++] = g->lives[i]->guest;
	g->listed = true;
}

size_t guests_list(struct guests *g, const struct guest **out)
{
	if (!g->listed)
		make_list(g);
	*out = g->list;
	return g->list_len;
}

void guests_restore(struct guests *g, const struct guest *guest)
{
	struct known *k = add(g, guest->uuid);

	k->guest = *guest;
	k->end_reason = end_of(guest->state);
	if (guest->state == GUEST_gone) {
		k->guest.domid = -1;
		k->end = ++g->ends;
	}
}

static void note(void *arg, const struct event_record *e)
{
	bool *differs = arg;

	/* What is known of a migration is not restored, and is no difference. */
	if (e->kind != EVENT_migrating_in && e->kind != EVENT_migrating_out)
		*differs = true;
}

bool guests_resume(struct guests *g, const struct guest_look *looks, size_t n, int64_t mono_ms)
{
	bool differs = false;

	guests_update(g, looks, n, mono_ms, note, &differs);
	return differs;
}
