/* SPDX-License-Identifier: BSD-3-Clause */
/* Back end directories in xenstore: see hotplug.h. */
#include "xen/hotplug/hotplug.h"
#include "base/clean.h"
#include "base/str.h"

#include <string.h>
#include <xenstore.h>

struct hotplug {
	struct xs_handle *xs;
	const char *base;
};

int hotplug_open(const char *base, struct hotplug **out, struct gnx_err *err)
{
	struct xs_handle *xs = xs_open(0);

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
