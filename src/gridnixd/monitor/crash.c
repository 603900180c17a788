/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers of a guest that has crashed, and its last lines, which come to its console a moment
 * later than the crash to us: see console.h. Until then the look says that it runs, and nothing
 * waits. What was not told when the daemon is killed, the next one sees.
 */
#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define HOLD_MS	    400 /* at most; gridnixd-console answers after 220 */
#define CRASHES_MAX 64	/* at once; others are told without lines */

static bool is_crash(const struct guest_look *l)
{
	return l->stopped && !l->dying &&
		(l->stop == GUEST_STOP_crash || l->stop == GUEST_STOP_watchdog);
}

static bool same(const struct guest_look *a, const struct guest_look *b)
{
	return a->domid == b->domid && !memcmp(a->uuid, b->uuid, GUEST_UUID);
}

static struct crash *find(const struct consoles *all, const struct guest_look *l)
{
	for (size_t i = 0; i < all->crashes_len; i++)
		if (same(&all->crashes[i].look, l))
			return &all->crashes[i];
	return NULL;
}

/* Reads a guest's registers, if it ran up to now, and begins to wait for its lines, if these may
 * come. */
static struct crash *begin(struct monitor *m, const struct guest_look *l)
{
	struct consoles *all = &m->consoles;
	const struct guest *g = monitor_guest(m, l->uuid);
	struct crash *c;

	if (!g || g->domid != l->domid || g->state != GUEST_running ||
		all->crashes_len == CRASHES_MAX)
		return NULL;
	all->crashes = gnx_room(all->crashes, all->crashes_len, sizeof(*c));
	c = &all->crashes[all->crashes_len++];
	*c = (struct crash){.look = *l};
	if (consoles_ask(m, g))
		c->until_ms = monitor_ms() + HOLD_MS;
	c->registers_len =
		m->host.ops->registers(m->host.self, l->domid, c->registers, GNX_LEN(c->registers));
	return c;
}

static void hold(struct monitor *m, struct guest_look *l)
{
	struct crash *c = find(&m->consoles, l);

	if (!c)
		c = begin(m, l);
	if (!c)
		return;
	c->told = c->told || monitor_ms() >= c->until_ms;
	l->stopped = c->told;
}

/* Guests that were taken away meanwhile have crashed before that. */
static void tell_gone(struct monitor *m, const struct guest_look *looks, size_t n,
	void (*tell)(void *arg, const struct event_record *e))
{
	struct consoles *all = &m->consoles;
	GNX_CLEAN(gnx_free)
	struct guest_look *before = gnx_alloc((n + all->crashes_len) * sizeof(*before));
	size_t len = 0;
	bool any = false;

	for (size_t i = 0; i < all->crashes_len; i++) {
		struct crash *c = &all->crashes[i];
		size_t at = 0;

		while (at < n && !(same(&looks[at], &c->look) && !looks[at].dying))
			at++;
		if (at < n)
			continue;
		c->told = any = true;
		before[len++] = c->look;
	}
	for (size_t i = 0, gone = len; i < n && any; i++) {
		size_t at = 0;

		while (at < gone && before[at].domid != looks[i].domid)
			at++;
		if (at == gone)
			before[len++] = looks[i];
	}
	if (any)
		guests_update(m->guests, before, len, monitor_ms(), tell, m);
}

void crash_hold(struct monitor *m, struct guest_look *looks, size_t n,
	void (*tell)(void *arg, const struct event_record *e))
{
	struct consoles *all = &m->consoles;
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < n; i++)
		if (is_crash(&looks[i]))
			hold(m, &looks[i]);
	if (!all->crashes_len)
		return;
	tell_gone(m, looks, n, tell);
	for (size_t i = 0; i < all->crashes_len; i++)
		if (!all->crashes[i].told && all->crashes[i].until_ms < next)
			next = all->crashes[i].until_ms;
	if (next != INT64_MAX) {
		int64_t left = next - monitor_ms();

		event_add(all->crashed, &(struct timeval){0, left > 0 ? left * 1000 : 0});
	}
}

void crash_told(struct monitor *m)
{
	struct consoles *all = &m->consoles;
	size_t kept = 0;

	for (size_t i = 0; i < all->crashes_len; i++)
		if (!all->crashes[i].told)
			all->crashes[kept++] = all->crashes[i];
	all->crashes_len = kept;
}

void crash_lines(struct monitor *m, const uint8_t uuid[GUEST_UUID], const char *lines)
{
	struct consoles *all = &m->consoles;

	for (size_t i = 0; i < all->crashes_len; i++) {
		struct crash *c = &all->crashes[i];

		if (memcmp(c->look.uuid, uuid, GUEST_UUID) != 0)
			continue;
		snprintf(c->lines, sizeof(c->lines), "%s", lines);
		c->told = true;
		event_active(all->crashed, EV_TIMEOUT, 0);
	}
}

/* What is told of a crash, with these lines. The caller releases it. */
static json_t *detail(const struct crash *c, const struct gnx_strv *lines)
{
	json_t *root = json_object(), *registers = json_array(), *console = json_array();

	for (size_t i = 0; i < c->registers_len; i++) {
		const struct host_registers *r = &c->registers[i];
		GNX_CLEAN(gnx_free)
		char *ip = gnx_fmt("0x%" PRIx64, r->ip);
		GNX_CLEAN(gnx_free)
		char *sp = gnx_fmt("0x%" PRIx64, r->sp);
		GNX_CLEAN(gnx_free)
		char *flags = gnx_fmt("0x%" PRIx64, r->flags);

		json_array_append_new(
			registers, json_pack("{s:s,s:s,s:s}", "ip", ip, "sp", sp, "flags", flags));
	}
	for (size_t i = 0; i < lines->len; i++)
		json_array_append_new(console, json_string(lines->items[i]));
	if (json_array_size(registers))
		json_object_set(root, "registers", registers);
	if (json_array_size(console))
		json_object_set(root, "console", console);
	json_decref(registers);
	json_decref(console);
	return root;
}

/* As many of the lines as fit, the last ones. */
static void put_detail(const struct crash *c, char *out, size_t size)
{
	for (const char *lines = c->lines; lines; lines = strchr(lines, '\n')) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv list = {0};
		GNX_CLEAN(gnx_free)
		char *text = NULL;
		json_t *root;

		lines += *lines == '\n';
		gnx_strv_split(&list, lines, "\n");
		root = detail(c, &list);
		text = json_object_size(root) ? json_dumps(root, JSON_COMPACT) : NULL;
		json_decref(root);
		if (text && strlen(text) < size) {
			strcpy(out, text);
			return;
		}
	}
}

void crash_detail(const struct monitor *m, const uint8_t uuid[GUEST_UUID], char *out, size_t size)
{
	const struct consoles *all = &m->consoles;

	for (size_t i = 0; i < all->crashes_len; i++) {
		const struct crash *c = &all->crashes[i];

		if (c->told && !memcmp(c->look.uuid, uuid, GUEST_UUID))
			put_detail(c, out, size);
	}
}
