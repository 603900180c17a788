/* SPDX-License-Identifier: BSD-3-Clause */
/* Domains, seen through xenstore: see observe.h. */
#include "xen/observe/observe.h"

#include "base/clean.h"
#include "base/str.h"

#include <string.h>
#include <xenstore.h>

struct observe {
	struct xs_handle *xs;
	char *console; /* the watched path, or NULL */
};

void observe_close(struct observe **o)
{
	if (!*o)
		return;
	if ((*o)->xs)
		xs_close((*o)->xs);
	free((*o)->console);
	free(*o);
	*o = NULL;
}

int observe_open(struct observe **out, struct gnx_err *err)
{
	GNX_CLEAN(observe_close)
	struct observe *o = gnx_alloc(sizeof(*o));

	o->xs = xs_open(0);
	if (!o->xs)
		return gnx_fail_errno(err, "xenstore");
	if (!xs_watch(o->xs, "@introduceDomain", "domains") ||
		!xs_watch(o->xs, "@releaseDomain", "domains"))
		return gnx_fail_errno(err, "xenstore: watch");
	*out = STEAL(o);
	return 0;
}

int observe_fd(const struct observe *o)
{
	return xs_fileno(o->xs);
}

int observe_drain(struct observe *o)
{
	int n = 0;

	for (;; n++) {
		char **event = xs_check_watch(o->xs);

		if (!event)
			return errno == EAGAIN ? n : -errno;
		free(event);
	}
}

int observe_domid(struct observe *o, const char *name)
{
	unsigned int len;
	GNX_CLEAN(gnx_free)
	char **ids = xs_directory(o->xs, XBT_NULL, "/local/domain", &len);

	for (unsigned int i = 0; ids && i < len; i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("/local/domain/%s/name", ids[i]);
		GNX_CLEAN(gnx_free)
		char *found = xs_read(o->xs, XBT_NULL, path, NULL);
		uint64_t id;

		if (found && !strcmp(found, name) && gnx_parse_u64(ids[i], 65535, &id) == 0)
			return (int)id;
	}
	return -ENOENT;
}

char *observe_console(struct observe *o, int domid)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/local/domain/%d/console/tty", domid);
	char *tty;

	if (!o->console || strcmp(o->console, path)) {
		if (o->console)
			xs_unwatch(o->xs, o->console, "console");
		free(o->console);
		/* A watch that fails is tried again at the next event. */
		o->console = xs_watch(o->xs, path, "console") ? STEAL(path) : NULL;
	}
	if (!o->console)
		return NULL;
	tty = xs_read(o->xs, XBT_NULL, o->console, NULL);
	if (tty && !*tty) {
		free(tty);
		return NULL;
	}
	return tty;
}
