/* SPDX-License-Identifier: BSD-3-Clause */
/* Left-over back-end directories: see sweep.h. */
#include "xen/observe/sweep.h"

#include "base/clean.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define BACKEND	  "/local/domain/0/backend"
#define DOMID_MAX 32751

/* One sweep. */
struct run {
	struct sweep *sweep;
	struct sweep_seen *next; /* what the sweep after this one knows */
	size_t next_len, removed;
	struct xs_handle *xs;
	const struct sweep_host *host;
	int64_t now_ms, grace_ms;
};

/* A directory's entries, or NULL and 0 of them when it is not there. */
static int list(struct run *r, const char *path, char ***out, unsigned *n_out, struct gnx_err *err)
{
	*out = xs_directory(r->xs, XBT_NULL, path, n_out);
	if (*out)
		return 0;
	*n_out = 0;
	return errno == ENOENT ? 0 : gnx_fail_errno(err, "xenstore: %s", path);
}

static struct sweep_seen *find(struct sweep_seen *seen, size_t len, int domid)
{
	for (size_t i = 0; i < len; i++)
		if (seen[i].domid == domid)
			return &seen[i];
	return NULL;
}

/* Since when the domain has been missing: from now on, unless the last sweep saw it, too. */
static int64_t missing_since(struct run *r, int domid)
{
	struct sweep_seen *now = find(r->next, r->next_len, domid);
	const struct sweep_seen *before = find(r->sweep->seen, r->sweep->len, domid);

	if (!now) {
		r->next = gnx_room(r->next, r->next_len, sizeof(*r->next));
		now = &r->next[r->next_len++];
		*now = (struct sweep_seen){domid, before ? before->since_ms : r->now_ms};
	}
	return now->since_ms;
}

/* Whether the store knows the domain, as a transaction sees it. */
static bool in_store(struct run *r, xs_transaction_t t, int domid)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/local/domain/%d", domid);
	GNX_CLEAN(gnx_free)
	char *value = xs_read(r->xs, t, path, NULL);

	return value || errno != ENOENT;
}

/* A domain that gets the number meanwhile is seen in Xen, or its directories make the transaction
 * fail. */
static void take_away(struct run *r, const char *path, int domid)
{
	xs_transaction_t t = xs_transaction_start(r->xs);
	bool go;

	if (t == XBT_NULL)
		return;
	go = !in_store(r, t, domid) && !r->host->exists(r->host->exists_arg, domid) &&
		xs_rm(r->xs, t, path);
	if (!xs_transaction_end(r->xs, t, !go) || !go)
		return;
	r->removed++;
	r->host->told(r->host->told_arg, path);
}

static void look_at(struct run *r, const char *type, const char *domid)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt(BACKEND "/%s/%s", type, domid);
	uint64_t n;

	if (gnx_parse_u64(domid, DOMID_MAX, &n) < 0 || !n ||
		r->host->exists(r->host->exists_arg, (int)n))
		return;
	if (r->now_ms - missing_since(r, (int)n) >= r->grace_ms && r->removed < SWEEP_MAX)
		take_away(r, path, (int)n);
}

static int sweep_type(struct run *r, const char *type, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt(BACKEND "/%s", type);
	GNX_CLEAN(gnx_free)
	char **domids = NULL;
	unsigned n;
	int code;

	if (type[strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789_-")])
		return 0;
	code = list(r, path, &domids, &n, err);
	for (unsigned i = 0; i < n; i++)
		look_at(r, type, domids[i]);
	return code;
}

int sweep_store(struct sweep *s, struct xs_handle *xs, const struct sweep_host *host,
	int64_t now_ms, int64_t grace_ms, struct gnx_err *err)
{
	struct run r = {.sweep = s, .xs = xs, .host = host, .now_ms = now_ms, .grace_ms = grace_ms};
	GNX_CLEAN(gnx_free)
	char **types = NULL;
	unsigned n;
	int code = list(&r, BACKEND, &types, &n, err);

	for (unsigned i = 0; i < n && !code; i++)
		code = sweep_type(&r, types[i], err);
	free(s->seen);
	*s = (struct sweep){r.next, r.next_len};
	return code;
}

void sweep_done(struct sweep *s)
{
	free(s->seen);
	*s = (struct sweep){0};
}
