/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device's back end directory in xenstore, as a hotplug program sees it: it reads what the
 * device is to be joined to, and answers whether that was done. For hotplug programs of dom0.
 */
#ifndef GNX_XEN_HOTPLUG_H
#define GNX_XEN_HOTPLUG_H

#include "base/err.h"

struct hotplug;

/* base: the directory, libxl's XENBUS_PATH; borrowed until hotplug_close. */
int hotplug_open(const char *base, struct hotplug **out, struct gnx_err *err);
void hotplug_close(struct hotplug **h); /* and sets it to NULL */

/* A value of the directory; the caller frees. NULL, with err set, when it is not there. */
char *hotplug_get(struct hotplug *h, const char *key, struct gnx_err *err);
/* Writes a value there; 0 or -errno. */
int hotplug_put(struct hotplug *h, const char *key, const char *value, struct gnx_err *err);

/* Goes to another device's directory; base as above. */
void hotplug_turn(struct hotplug *h, const char *base);
/* Writes a value there as long as another key has the one that is named. -ENOENT: it has not, or
 * the device has gone, of which nothing is left by this. */
int hotplug_put_if(struct hotplug *h, const char *if_key, const char *is, const char *key,
	const char *value, struct gnx_err *err);

/* What tells the domain's guest from others, whatever its number: the caller frees. NULL when the
 * domain is gone. */
char *hotplug_vm(struct hotplug *h);

/* Calls tell with each other device that has a back end of the same kind, of any domain; other is
 * borrowed for the call. The first that it returns but 0 ends that, and is returned. */
int hotplug_others(struct hotplug *h, int (*tell)(void *arg, struct hotplug *other), void *arg,
	struct gnx_err *err);

#endif
