/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rearm: makes the guard's sets hold all guests' interfaces on Gridnix' bridges that Gridnix'
 * program has joined, as xenstore's back ends say, and nothing of others. Run by the daemon.
 */
#include "base/clean.h"
#include "hotplug/port.h"

#include <stdio.h>
#include <string.h>

#define VIFS  "/local/domain/0/backend/vif/0/0" /* beside which all are */
#define OURS  "/gridnix/hotplug/vif"
#define TRIES 5

/* The interface's name here: what the toolstack says, or Xen's. The caller frees. */
static char *name_of(struct hotplug *h)
{
	char *name = hotplug_get(h, "vifname", NULL);
	GNX_CLEAN(gnx_free)
	char *domid = hotplug_get(h, "frontend-id", NULL);
	GNX_CLEAN(gnx_free)
	char *number = hotplug_get(h, "handle", NULL);

	return name ? name : gnx_fmt("vif%s.%s", domid ? domid : "", number ? number : "");
}

/* One that is coming or going, or that says nothing that can be read, is not armed here. */
static int add_port(void *arg, struct hotplug *h)
{
	GNX_CLEAN(gnx_free)
	char *bridge = hotplug_get(h, "bridge", NULL);
	GNX_CLEAN(gnx_free)
	char *script = hotplug_get(h, "script", NULL);
	GNX_CLEAN(gnx_free)
	char *vif = NULL;
	struct gnx_err err = GNX_ERR_INIT;
	struct guard_port port;

	if (!bridge || !script || !gnx_ends(script, OURS) || !guard_owns(bridge))
		return 0;
	vif = name_of(h);
	if (port_read(h, vif, &port, &err) == 0)
		guard_want_port(arg, &port);
	else
		fprintf(stderr, "rearm: %s: %s\n", vif, err.msg);
	return 0;
}

static int want(void *arg, struct guard_wanted *wanted, struct gnx_err *err)
{
	return hotplug_others(arg, add_port, wanted, err);
}

static int run(struct gnx_err *err)
{
	GNX_CLEAN(hotplug_close)
	struct hotplug *h = NULL;
	GNX_CLEAN(guard_close)
	struct guard *g = NULL;
	int r = hotplug_open(VIFS, &h, err);

	if (!r)
		r = guard_open(&g, err);
	if (r < 0)
		return r;
	/* Others may arm and leave meanwhile. */
	for (int i = 0; i < TRIES; i++) {
		r = guard_sync(g, GUARD_ports, want, h, err);
		if (r != -ENOENT && r != -EINTR)
			break;
	}
	return r;
}

int main(void)
{
	struct gnx_err err = GNX_ERR_INIT;
	int r = run(&err);

	if (r < 0)
		fprintf(stderr, "rearm: %s\n", err.msg);
	return r < 0;
}
