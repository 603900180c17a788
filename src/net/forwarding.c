/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel's switches of forwarding: see forwarding.h. */
#include "net/forwarding.h"

#include "base/clean.h"
#include "base/file.h"
#include "net/link.h"

#include <fcntl.h>
#include <string.h>

#define RECORD_MAX (1u << 20) /* bytes */
#define ALL	   "all"

void forwarding_done(struct forwarding *f)
{
	gnx_strv_done(&f->on);
	gnx_strv_done(&f->before);
	routes_opened_done(&f->opened);
}

/* --- One switch */

/* Its value: a digit; -1: there is none. */
static int read_switch(const char *path)
{
	GNX_CLEAN(gnx_free)
	char *whole = gnx_fmt("/proc/sys/net/%s", path);
	GNX_CLEAN(gnx_close)
	int fd = open(whole, O_RDONLY | O_CLOEXEC);
	char digit;

	return fd >= 0 && read(fd, &digit, 1) == 1 ? digit - '0' : -1;
}

/* Sets what a line says; one that is not there any more needs nothing. */
static int set_switch(const char *line, struct gnx_err *err)
{
	const char *value = strrchr(line, ' ');
	GNX_CLEAN(gnx_free)
	char *path = value ? gnx_fmt("/proc/sys/net/%.*s", (int)(value - line), line) : NULL;
	int r = path ? gnx_file_set(path, value + 1, err) : 0;

	return r == -ENOENT ? 0 : r;
}

/* Whether the record has it. */
static bool is_ours(const struct forwarding *f, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < f->before.len; i++)
		if (gnx_starts(f->before.items[i], path) && f->before.items[i][len] == ' ')
			return true;
	return false;
}

/* Has one set that is off; recorded: unless it goes with its bridge. Whether it is our doing. */
static bool want(struct forwarding *f, const char *family, const char *link, const char *key,
	int off, int on, bool recorded)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/conf/%s/%s", family, link, key);

	if (read_switch(path) == off) {
		gnx_strv_fmt(&f->on, "%s %d", path, on);
		if (recorded && !is_ours(f, path))
			gnx_strv_fmt(&f->before, "%s %d", path, off);
	}
	return recorded && is_ours(f, path);
}

static int value_of(const char *family, const char *link, const char *key)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/conf/%s/%s", family, link, key);

	return read_switch(path);
}

static int value_for_all(const char *family, const char *key)
{
	return value_of(family, ALL, key);
}

/* With IPv6 the switch that is called so makes one a router, and passes nothing on. */
bool forwarding_by(const char *link, bool v6)
{
	if (!v6)
		return value_of("ipv4", link, "forwarding") > 0;
	return value_for_all("ipv6", "forwarding") > 0 ||
		value_of("ipv6", link, "force_forwarding") > 0;
}

/* --- What is to be done */

/* Interfaces that lead outside. */
struct outside {
	struct gnx_strv names;
	const struct gnx_strv *own; /* of these, bridges of ours */
};

static void outside_done(struct outside *o)
{
	gnx_strv_done(&o->names);
}

static int see_link(void *arg, const struct link *l)
{
	struct outside *o = arg;

	/* A bridge that others have made may be what leads out, guarded or not. */
	bool ours = gnx_starts(l->alias, LINK_MARK) && strcmp(l->alias, LINK_TAKEN) != 0;

	if (!l->master && !l->loopback && l->up && (!ours || gnx_strv_has(o->own, l->name)))
		gnx_strv_add(&o->names, l->name);
	return 0;
}

/* The kernel asks the interface that a packet comes in by. */
static void each(struct forwarding *f, const char *family, const char *key,
	const struct gnx_strv *bridges, const struct gnx_strv *outside, struct gnx_strv *opened)
{
	for (size_t i = 0; i < bridges->len; i++)
		want(f, family, bridges->items[i], key, 0, 1, false);
	for (size_t i = 0; i < outside->len; i++)
		if (want(f, family, outside->items[i], key, 0, 1, true))
			gnx_strv_add(opened, outside->items[i]);
}

/* By one switch for all, which makes dom0 a router to all. */
static void all_v6(struct forwarding *f, const struct gnx_strv *outside)
{
	want(f, "ipv6", ALL, "forwarding", 0, 1, true);
	for (size_t i = 0; i < outside->len; i++)
		gnx_strv_add(&f->opened.v6, outside->items[i]);
}

/* A router forgets the routes that it was told, also those in use, unless it is to accept them all
 * the same. */
static void look_v6(
	struct forwarding *f, const struct gnx_strv *bridges, const struct gnx_strv *outside)
{
	if (value_for_all("ipv6", "forwarding") == 1 && !is_ours(f, "ipv6/conf/" ALL "/forwarding"))
		return;
	for (size_t i = 0; i < outside->len; i++)
		want(f, "ipv6", outside->items[i], "accept_ra", 1, 2, true);
	for (size_t i = 0; i < bridges->len; i++)
		want(f, "ipv6", bridges->items[i], "forwarding", 0, 1, false);
	if (value_for_all("ipv6", "force_forwarding") >= 0)
		each(f, "ipv6", "force_forwarding", bridges, outside, &f->opened.v6);
	else
		all_v6(f, outside);
}

static int read_record(const char *record, struct gnx_strv *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = gnx_file_read(record, RECORD_MAX, &text, err);

	if (r == -ENOENT)
		return 0;
	if (!r)
		gnx_strv_split(out, text.data ? text.data : "", "\n");
	return r;
}

int forwarding_look(struct nl *nl, const char *record, const struct gnx_strv *bridges,
	const struct gnx_strv *own, bool v6, struct forwarding *out, struct gnx_err *err)
{
	GNX_CLEAN(outside_done)
	struct outside outside = {.own = own};
	int r = read_record(record, &out->before, err);

	if (!r)
		r = link_ports(nl, 0, see_link, &outside, err);
	if (r < 0)
		return r;
	out->recorded = out->before.len;
	gnx_strv_sort(&outside.names);
	if (value_for_all("ipv4", "forwarding") == 0)
		each(out, "ipv4", "forwarding", bridges, &outside.names, &out->opened.v4);
	if (v6)
		look_v6(out, bridges, &outside.names);
	return 0;
}

int forwarding_on(const struct forwarding *f, const char *record, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = 0;

	for (size_t i = 0; i < f->before.len; i++)
		gnx_buf_fmt(&text, "%s\n", f->before.items[i]);
	if (f->before.len > f->recorded)
		r = gnx_file_write(record, text.data, text.len, err);
	for (size_t i = 0; !r && i < f->on.len; i++)
		r = set_switch(f->on.items[i], err);
	return r;
}

int forwarding_off(const char *record, bool v6_alone, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv before = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf left = {0};
	bool v4_stays = v6_alone || value_for_all("ipv4", "forwarding") == 1, any = false;
	int r = read_record(record, &before, err);

	for (size_t i = before.len; !r && i--;) {
		if (gnx_starts(before.items[i], "ipv4/") && v4_stays)
			continue;
		any = true;
		r = set_switch(before.items[i], err);
	}
	if (r || (v6_alone && !any))
		return r;
	for (size_t i = 0; v6_alone && i < before.len; i++)
		if (gnx_starts(before.items[i], "ipv4/"))
			gnx_buf_fmt(&left, "%s\n", before.items[i]);
	if (left.len)
		return gnx_file_write(record, left.data, left.len, err);
	return unlink(record) < 0 && errno != ENOENT ? gnx_fail_errno(err, "%s", record) : 0;
}
