/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' devices: see device.h. What back ends say first, then the table. */
#include "model/device.h"

#include "base/clean.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Xen's numbers of what a back end does. */
enum { CONNECTED = 4, CLOSING = 5, CLOSED = 6 };

static const char *const types[] = {
	[DEVICE_vif] = "vif",
	[DEVICE_vbd] = "vbd",
	[DEVICE_qdisk] = "qdisk",
};

const char *device_type_name(enum device_type type)
{
	return types[type];
}

int device_type_by_name(const char *name)
{
	for (size_t i = 0; i < GNX_LEN(types); i++)
		if (!strcmp(types[i], name))
			return (int)i;
	return -EINVAL;
}

#define TROUBLES 3 /* nodes that tell nothing of a device that is connected */

const char *const *device_nodes(const struct device_look *l)
{
	static const char *const vif[] = {
		"online", "hotplug-status", "hotplug-error", "mac", "bridge", NULL};
	static const char *const vbd[] = {
		"online", "hotplug-status", "hotplug-error", "dev", "params", NULL};

	return (l->type == DEVICE_vif ? vif : vbd) + (l->state == CONNECTED ? TROUBLES : 0);
}

/* What needs no escape in JSON, and no terminal obeys. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static void take_text(const char *value, char out[DEVICE_TEXT_MAX + 1])
{
	size_t len = 0;

	while (is_plain(value[len]))
		len++;
	if (!value[len] && len <= DEVICE_TEXT_MAX)
		strcpy(out, value);
}

/* Words are for people: what is left of them is better than nothing. */
static void take_words(const char *value, char out[DEVICE_TEXT_MAX + 1])
{
	size_t len = 0;

	for (; value[len] && len < DEVICE_TEXT_MAX; len++)
		out[len] = is_plain(value[len]) ? value[len] : value[len] == '"' ? '\'' : ' ';
	out[len] = '\0';
}

/* Before QEMU's stands how it is to read it: "aio:/disk". */
static void take_path(const char *value, char out[DEVICE_TEXT_MAX + 1])
{
	const char *colon = strchr(value, ':');

	if (*value != '/' && colon)
		value = colon + 1;
	if (*value == '/')
		take_text(value, out);
}

static uint32_t take_state(const char *value)
{
	uint64_t n;

	return gnx_parse_u64(value, UINT32_MAX, &n) < 0 ? 0 : (uint32_t)n;
}

void device_take(struct device_look *l, const char *node, const char *value)
{
	if (!strcmp(node, "state")) {
		l->there = true;
		l->state = take_state(value);
	} else if (!strcmp(node, "online")) {
		l->online = !strcmp(value, "1");
	} else if (!strcmp(node, "hotplug-status")) {
		l->refused = !strcmp(value, "error") || !strcmp(value, "busy");
	} else if (!strcmp(node, "hotplug-error")) {
		take_words(value, l->texts[DEVICE_error]);
	} else if (!strcmp(node, "mac")) {
		take_text(value, l->texts[DEVICE_mac]);
	} else if (!strcmp(node, "bridge")) {
		take_text(value, l->texts[DEVICE_bridge]);
	} else if (!strcmp(node, "dev")) {
		take_text(value, l->texts[DEVICE_name]);
	} else if (!strcmp(node, "params")) {
		take_path(value, l->texts[DEVICE_path]);
	}
}

/* --- The table */

/* One device. */
struct entry {
	struct device_told told;     /* its strings are owned */
	bool there, online, refused; /* as it was seen last */
	uint32_t state;
	char *detail; /* likewise, until it is known whose it is; NULL: it was not seen whole */
	uint64_t operation; /* under way when it was first seen */
	bool touched;	    /* it is in that list */
	bool open;	    /* it was seen, and what is to be told was not yet */
	bool changed;	    /* it was told otherwise than it is remembered */
};

struct device_table {
	struct entry **entries; /* by domid, type and number */
	size_t len;
	struct entry **touched; /* in the order in which they were seen */
	size_t touched_len;
	size_t room;			    /* in each of the lists */
	const struct device_told **changes; /* what device_changes() gives away */
};

struct device_table *device_table_new(void)
{
	return gnx_alloc(sizeof(struct device_table));
}

static void entry_free(struct entry *e)
{
	free(e->told.name);
	free(e->told.detail);
	free(e->detail);
	free(e);
}

void device_table_free(struct device_table **t)
{
	if (!*t)
		return;
	for (size_t i = 0; i < (*t)->len; i++)
		entry_free((*t)->entries[i]);
	free((*t)->entries);
	free((*t)->touched);
	free((*t)->changes);
	free(*t);
	*t = NULL;
}

static int order(const struct device_told *d, int domid, enum device_type type, uint32_t number)
{
	if (d->domid != domid)
		return d->domid < domid ? -1 : 1;
	if (d->type != type)
		return d->type < type ? -1 : 1;
	return (d->number > number) - (d->number < number);
}

/* Where it is, or would be. */
static size_t place(const struct device_table *t, int domid, enum device_type type, uint32_t number)
{
	size_t low = 0, high = t->len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (order(&t->entries[middle]->told, domid, type, number) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct entry *find(
	const struct device_table *t, int domid, enum device_type type, uint32_t number)
{
	size_t at = place(t, domid, type, number);

	return at < t->len && !order(&t->entries[at]->told, domid, type, number) ? t->entries[at]
										 : NULL;
}

bool device_there(const struct device_table *t, int domid, enum device_type type, uint32_t number)
{
	const struct entry *e = find(t, domid, type, number);

	return e && e->there;
}

static void make_room(struct device_table *t)
{
	if (t->len < t->room)
		return;
	t->room = t->room ? 2 * t->room : 16;
	t->entries = gnx_resize(t->entries, t->room * sizeof(*t->entries));
	t->touched = gnx_resize(t->touched, t->room * sizeof(*t->touched));
	t->changes = gnx_resize(t->changes, t->room * sizeof(*t->changes));
}

static struct entry *add(struct device_table *t, int domid, enum device_type type, uint32_t number)
{
	size_t at = place(t, domid, type, number);
	struct entry *e = gnx_alloc(sizeof(*e));

	make_room(t);
	e->told = (struct device_told){.type = type, .domid = domid, .number = number};
	memmove(t->entries + at + 1, t->entries + at, (t->len - at) * sizeof(*t->entries));
	t->entries[at] = e;
	t->len++;
	return e;
}

static void drop(struct device_table *t, struct entry *e)
{
	size_t at = place(t, e->told.domid, e->told.type, e->told.number);

	t->len--;
	memmove(t->entries + at, t->entries + at + 1, (t->len - at) * sizeof(*t->entries));
	entry_free(e);
}

static void touch(struct device_table *t, struct entry *e)
{
	if (!e->touched)
		t->touched[t->touched_len++] = e;
	e->touched = e->open = true;
}

static void lose(struct device_table *t, struct entry *e)
{
	e->there = false;
	touch(t, e);
}

/* Several at once. */
static void lose_all(struct device_table *t, const struct device_look *l)
{
	bool all = l->domid == DEVICE_DOMIDS_ALL;
	size_t end = all ? t->len : place(t, l->domid, l->type, DEVICE_ANY);

	for (size_t i = all ? 0 : place(t, l->domid, l->type, 0); i < end; i++)
		lose(t, t->entries[i]);
}

/* What is plain needs no escape. */
static void add_text(struct gnx_buf *b, const char *key, const char *text)
{
	if (*text)
		gnx_buf_fmt(b, ",\"%s\":\"%s\"", key, text);
}

static char *make_detail(const struct device_look *l)
{
	static const char *const keys[DEVICE_TEXTS] = {"mac", "bridge", "name", "path", "error"};
	struct gnx_buf b = {0};

	gnx_buf_fmt(&b, "{\"number\":%u", l->number);
	for (size_t i = 0; i < DEVICE_TEXTS; i++)
		if (i != DEVICE_error || l->refused)
			add_text(&b, keys[i], l->texts[i]);
	gnx_buf_str(&b, "}");
	return b.data;
}

/* Whether what is known of it still holds if its state is this. Whoever makes a device begins with
 * an earlier one. */
static bool holds(const struct entry *e, const struct device_look *l)
{
	return e && e->told.attached && e->there && l->state >= CONNECTED && l->state <= CLOSED;
}

static void take(struct entry *e, const struct device_look *l)
{
	free(e->detail);
	e->detail = l->whole ? make_detail(l) : NULL;
	e->there = true;
	e->state = l->state;
	e->online = l->online;
	e->refused = l->refused;
}

bool device_see(struct device_table *t, const struct device_look *l)
{
	struct entry *e;

	if (l->number == DEVICE_ANY) {
		lose_all(t, l);
		return false;
	}
	e = find(t, l->domid, l->type, l->number);
	if (!l->there) {
		if (e)
			lose(t, e);
		return false;
	}
	if (!l->whole && !holds(e, l))
		return e || t->len < DEVICES_KNOWN_MAX;
	if (!e)
		e = add(t, l->domid, l->type, l->number);
	take(e, l);
	touch(t, e);
	return false;
}

enum what { ATTACHED, DETACHED, FAILED };

static bool is_of(const struct entry *e, const struct guest *g)
{
	return e->told.incarnation == g->incarnation && !memcmp(e->told.uuid, g->uuid, GUEST_UUID);
}

/* The guest that has it, as it is or as it is remembered. */
static struct guest guest_of(const struct entry *e, struct guests *g)
{
	const struct guest *there = guests_by_domid(g, e->told.domid);
	struct guest known = {.incarnation = e->told.incarnation, .domid = -1, .state = GUEST_gone};

	if (there && is_of(e, there))
		return *there;
	memcpy(known.uuid, e->told.uuid, GUEST_UUID);
	snprintf(known.name, sizeof(known.name), "%s", e->told.name);
	return known;
}

static void tell(struct entry *e, enum what what, const char *reason, struct guests *g,
	const struct device_teller *teller)
{
	static const enum event_kind vif[] = {
		EVENT_vif_attached, EVENT_vif_detached, EVENT_vif_failed};
	static const enum event_kind vbd[] = {
		EVENT_vbd_attached, EVENT_vbd_detached, EVENT_vbd_failed};
	struct event_record r = {.kind = (e->told.type == DEVICE_vif ? vif : vbd)[what],
		.guest = guest_of(e, g),
		.operation = what == DETACHED ? 0 : e->operation};

	r.before = r.guest.state;
	strcpy(r.reason, reason);
	snprintf(r.detail, sizeof(r.detail), "%s", e->told.detail);
	e->changed = true;
	teller->tell(teller->arg, &r);
}

/* It is nobody's any more. */
static void leave(struct entry *e, struct guests *g, const struct device_teller *teller)
{
	if (e->told.attached)
		tell(e, DETACHED, "", g, teller);
	e->changed |= e->told.failed;
	e->told.attached = e->told.failed = false;
	e->open = false;
}

void device_gone(struct device_table *t, struct guests *g, const struct device_teller *teller)
{
	for (size_t i = 0; i < t->touched_len; i++)
		if (!t->touched[i]->there)
			leave(t->touched[i], g, teller);
}

static void give(struct entry *e, const struct guest *guest, const struct device_teller *teller)
{
	memcpy(e->told.uuid, guest->uuid, GUEST_UUID);
	e->told.incarnation = guest->incarnation;
	free(e->told.name);
	e->told.name = gnx_dup(guest->name);
	e->operation = teller->origin(teller->arg, guest->uuid);
}

/* Why it failed, NULL if it did not. Whoever takes a device away says so before its back end
 * closes; what is done to QEMU's in place of that can't be told from it. */
static const char *failure(const struct entry *e)
{
	if (e->refused)
		return "hotplug";
	return (e->state == CLOSING || e->state == CLOSED) && e->online &&
			e->told.type != DEVICE_qdisk
		? "closed"
		: NULL;
}

/* false: it is not what it was thought to be. */
static bool follow(struct entry *e, struct guests *g, const struct device_teller *teller)
{
	const struct guest *guest = guests_by_domid(g, e->told.domid);

	if (!guest)
		return true; /* it may come yet */
	e->open = false;
	if (!is_of(e, guest)) {
		leave(e, g, teller);
		if (!e->detail)
			return false;
		give(e, guest, teller);
	}
	if (e->detail) {
		free(e->told.detail);
		e->told.detail = STEAL(e->detail);
	}
	if (e->told.attached)
		return true;
	if (e->state == CONNECTED) {
		e->told.attached = true;
		tell(e, ATTACHED, "", g, teller);
	} else if (failure(e) && !e->told.failed) {
		e->told.failed = true;
		tell(e, FAILED, failure(e), g, teller);
	}
	return true;
}

bool device_update(struct device_table *t, struct guests *g, const struct device_teller *teller)
{
	bool clear = true;

	for (size_t i = 0; i < t->touched_len; i++)
		if (t->touched[i]->there)
			clear &= follow(t->touched[i], g, teller);
	return clear;
}

size_t device_changes(struct device_table *t, const struct device_told *const **out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->touched_len; i++)
		if (t->touched[i]->changed)
			t->changes[n++] = &t->touched[i]->told;
	*out = t->changes;
	return n;
}

void device_remembered(struct device_table *t)
{
	size_t left = 0;

	for (size_t i = 0; i < t->touched_len; i++) {
		struct entry *e = t->touched[i];

		e->changed = false;
		if (e->open)
			t->touched[left++] = e;
		else if (e->there)
			e->touched = false;
		else
			drop(t, e);
	}
	t->touched_len = left;
}

void device_restore(struct device_table *t, const struct device_told *d)
{
	struct entry *e = add(t, d->domid, d->type, d->number);

	e->told = *d;
	e->told.name = gnx_dup(d->name);
	e->told.detail = gnx_dup(d->detail);
	touch(t, e);
}
