/* SPDX-License-Identifier: BSD-3-Clause */
/* Back ends of guests' devices: see backends.h. */
#include "xen/observe/backends.h"

#include "base/clean.h"
#include "base/str.h"

#include <string.h>

#define DOMID_MAX 32751

/* The number that a part of a path is, of which *path is moved behind, a slash too. */
static int take_number(const char **path, uint64_t max, uint64_t *out)
{
	GNX_CLEAN(gnx_free)
	char *part = gnx_fmt("%.*s", (int)strcspn(*path, "/"), *path);
	int r = gnx_parse_u64(part, max, out);

	*path += strlen(part);
	*path += **path == '/';
	return r;
}

/* What a path below TYPE is about; false: nothing that is ours. */
static bool parse(const char *path, enum device_type type, struct backends_change *out)
{
	uint64_t domid, number = DEVICE_ANY;

	if (take_number(&path, DOMID_MAX, &domid) < 0 || !domid ||
		(*path && take_number(&path, DEVICE_ANY - 1, &number) < 0))
		return false;
	*out = (struct backends_change){type, (int)domid, (uint32_t)number};
	return true;
}

static bool same(const struct backends_change *a, const struct backends_change *b)
{
	return a->type == b->type && a->domid == b->domid && a->number == b->number;
}

static void note(struct backends *b, const struct backends_change *c)
{
	/* The last one first: a device's nodes are written one after the other. */
	for (size_t i = b->len; i-- > 0;)
		if (same(&b->changes[i], c))
			return;
	b->all |= b->len == BACKENDS_CHANGES_MAX;
	if (!b->all)
		b->changes[b->len++] = *c;
}

void backends_note(struct backends *b, const char *path)
{
	GNX_CLEAN(gnx_free)
	char *name = NULL;
	struct backends_change c;
	int type;

	if (b->all || !gnx_starts(path, BACKENDS_PATH))
		return;
	path += strlen(BACKENDS_PATH);
	path += *path == '/';
	name = gnx_fmt("%.*s", (int)strcspn(path, "/"), path);
	type = device_type_by_name(name);
	path += strlen(name);
	if (!*path && (!*name || type >= 0))
		b->all = true;
	else if (type >= 0 && parse(path + 1, (enum device_type)type, &c))
		note(b, &c);
}

/* Telling. */
struct run {
	struct xs_handle *xs;
	const struct backends_teller *teller;
	struct gnx_err *err;
};

/* Takes in a node of a back end; one that is not there is fine. */
static int take(struct run *r, struct device_look *l, const char *node)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt(
		BACKENDS_PATH "/%s/%d/%u/%s", device_type_name(l->type), l->domid, l->number, node);
	GNX_CLEAN(gnx_free)
	char *value = xs_read(r->xs, XBT_NULL, path, NULL);

	if (value)
		device_take(l, node, value);
	return value || errno == ENOENT ? 0 : gnx_fail_errno(r->err, "xenstore: %s", path);
}

static int look_at(struct run *r, enum device_type type, int domid, uint32_t number)
{
	struct device_look l = {.type = type, .domid = domid, .number = number};
	int code = take(r, &l, "state");

	if (code < 0 || !r->teller->tell(r->teller->arg, &l))
		return code;
	for (const char *const *node = device_nodes(&l); *node && !code; node++)
		code = take(r, &l, *node);
	l.whole = true;
	if (!code)
		r->teller->tell(r->teller->arg, &l);
	return code;
}

static int look_at_all(struct run *r, enum device_type type, int domid)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt(BACKENDS_PATH "/%s/%d", device_type_name(type), domid);
	unsigned n = 0;
	GNX_CLEAN(gnx_free)
	char **names = xs_directory(r->xs, XBT_NULL, path, &n);
	int code = names || errno == ENOENT ? 0 : gnx_fail_errno(r->err, "xenstore: %s", path);

	for (unsigned i = 0; i < n && !code; i++) {
		uint64_t number;

		if (gnx_parse_u64(names[i], DEVICE_ANY - 1, &number) == 0)
			code = look_at(r, type, domid, (uint32_t)number);
	}
	return code;
}

/* Those that are found are told again: what is lost remains so only where there is nothing. */
static void tell_lost(struct run *r, enum device_type type, int domid)
{
	r->teller->tell(r->teller->arg,
		&(struct device_look){.type = type, .domid = domid, .number = DEVICE_ANY});
}

static int tell_change(struct run *r, const struct backends_change *c)
{
	if (c->number != DEVICE_ANY)
		return look_at(r, c->type, c->domid, c->number);
	tell_lost(r, c->type, c->domid);
	return look_at_all(r, c->type, c->domid);
}

int backends_tell(struct backends *b, struct xs_handle *xs, const int *domids, size_t n,
	const struct backends_teller *teller, struct gnx_err *err)
{
	struct run r = {xs, teller, err};
	int code = 0;

	if (b->all)
		tell_lost(&r, 0, DEVICE_DOMIDS_ALL);
	for (size_t i = 0; b->all && i < n * DEVICE_TYPES && !code; i++)
		code = look_at_all(&r, i % DEVICE_TYPES, domids[i / DEVICE_TYPES]);
	for (size_t i = 0; !b->all && i < b->len && !code; i++)
		code = tell_change(&r, &b->changes[i]);
	b->all = code < 0;
	b->len = 0;
	return code;
}
