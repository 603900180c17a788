/* SPDX-License-Identifier: BSD-3-Clause */
/* Back end directories in xenstore: see hotplug.h. */
#include "xen/hotplug/hotplug.h"
#include "base/clean.h"
#include "base/sock.h"
#include "base/str.h"

#include <stdbool.h>
#include <string.h>
#include <xenstore.h>

#define TRIES 16 /* while others change the same */

struct hotplug {
	struct xs_handle *xs;
	const char *base;
};

/* A store that has died leaves its socket, and libxenstore would then wait at the kernel's device,
 * for ever. Without the socket the store is in a domain of its own, behind that device. */
static bool has_died(void)
{
	GNX_CLEAN(gnx_close)
	int fd = -1;

	return gnx_connect(xs_daemon_socket(), &fd, NULL) == -ECONNREFUSED;
}

int hotplug_open(const char *base, struct hotplug **out, struct gnx_err *err)
{
	struct xs_handle *xs;

	if (has_died())
		return gnx_fail(err, -ECONNREFUSED, "xenstored has died");
	xs = xs_open(0);
	if (!xs)
		return gnx_fail_errno(err, "xenstore");
	*out = gnx_alloc(sizeof(**out));
	**out = (struct hotplug){xs, base};
	return 0;
}

void hotplug_close(struct hotplug **h)
{
	if (!*h)
		return;
	xs_close((*h)->xs);
	free(*h);
	*h = NULL;
}

char *hotplug_get(struct hotplug *h, const char *key, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", h->base, key);
	char *value = xs_read(h->xs, XBT_NULL, path, NULL);

	if (!value)
		gnx_fail_errno(err, "%s", path);
	return value;
}

int hotplug_put(struct hotplug *h, const char *key, const char *value, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", h->base, key);

	if (!xs_write(h->xs, XBT_NULL, path, value, (unsigned int)strlen(value)))
		return gnx_fail_errno(err, "%s", path);
	return 0;
}

void hotplug_turn(struct hotplug *h, const char *base)
{
	h->base = base;
}

int hotplug_put_if(struct hotplug *h, const char *if_key, const char *is, const char *key,
	const char *value, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *if_path = gnx_fmt("%s/%s", h->base, if_key);
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", h->base, key);

	for (int i = 0; i < TRIES; i++) {
		xs_transaction_t t = xs_transaction_start(h->xs);
		GNX_CLEAN(gnx_free)
		char *found = t ? xs_read(h->xs, t, if_path, NULL) : NULL;
		bool fits = found && !strcmp(found, is);
		bool put = fits && xs_write(h->xs, t, path, value, (unsigned int)strlen(value));

		if (!t || (fits && !put))
			break; /* with the store's connection the transaction goes, too */
		if (xs_transaction_end(h->xs, t, !put) && put)
			return 0;
		if (!fits)
			return gnx_fail(err, -ENOENT, "%s: is not %s, or gone", if_path, is);
		if (errno != EAGAIN)
			break;
	}
	return gnx_fail_errno(err, "%s", path);
}

char *hotplug_vm(struct hotplug *h)
{
	GNX_CLEAN(gnx_free)
	char *domid = hotplug_get(h, "frontend-id", NULL);
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/local/domain/%s/vm", domid ? domid : "");

	return domid ? xs_read(h->xs, XBT_NULL, path, NULL) : NULL;
}

/* The names in a directory: *out, which the caller frees; none when it is not there. */
static int list(
	struct hotplug *h, const char *path, char ***out, unsigned int *n_out, struct gnx_err *err)
{
	*n_out = 0;
	*out = xs_directory(h->xs, XBT_NULL, path, n_out);
	return *out || errno == ENOENT ? 0 : gnx_fail_errno(err, "%s", path);
}

static int tell_all(struct hotplug *h, const char *domain,
	int (*tell)(void *arg, struct hotplug *other), void *arg, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char **devices = NULL;
	unsigned int n;
	int r = list(h, domain, &devices, &n, err);

	for (unsigned int i = 0; !r && i < n; i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", domain, devices[i]);
		struct hotplug other = {h->xs, path};

		if (strcmp(path, h->base))
			r = tell(arg, &other);
	}
	return r;
}

/* Cuts the last name off. */
static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	*(slash ? slash : path) = '\0';
}

int hotplug_others(struct hotplug *h, int (*tell)(void *arg, struct hotplug *other), void *arg,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *kind = gnx_dup(h->base);
	GNX_CLEAN(gnx_free)
	char **domains = NULL;
	unsigned int n;
	int r;

	go_up(kind);
	go_up(kind);
	r = list(h, kind, &domains, &n, err);
	for (unsigned int i = 0; !r && i < n; i++) {
		GNX_CLEAN(gnx_free)
		char *domain = gnx_fmt("%s/%s", kind, domains[i]);

		r = tell_all(h, domain, tell, arg, err);
	}
	return r;
}
