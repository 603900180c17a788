/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rearm: makes the guard's sets hold all guests' interfaces on Gridnix' bridges, as xenstore's back
 * ends say, and nothing of others: on those of networks, the ones that Gridnix' program has joined.
 * Before that it takes in what the daemon says on standard input, a line for each interface of a
 * guest that runs: DOMID NUMBER MAC BRIDGE WORDS, what it may do from now on.
 *
 * rearm --only: does so for the interfaces of these lines alone, and leaves others as they are.
 * rearm --tell: prints a line for each interface that there is, in place of that: NAME DOMID NUMBER
 * BRIDGE HOW WORDS; HOW is "joined" by Gridnix' program, "other", or "wrong": nobody can read
 * WORDS.
 *
 * Else it prints nothing, or what the daemon is to say once of this host. Run by the daemon.
 */
#include "base/clean.h"
#include "hotplug/port.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define VIFS  "/local/domain/0/backend/vif/"
#define NONE  VIFS "0/0" /* beside which all are */
#define OURS  "/gridnix/hotplug/vif"
#define TRIES 5
#define LINE  4096 /* bytes */

struct work {
	struct hotplug *h;
	bool only;
	struct gnx_strv named; /* directories */
};

static void work_done(struct work *w)
{
	hotplug_close(&w->h);
	gnx_strv_done(&w->named);
}

/* --- What the daemon wants */

static int change(struct work *w, const char *line, struct gnx_err *err)
{
	struct hotplug *h = w->h;
	GNX_CLEAN(gnx_free)
	char *has = NULL;
	GNX_CLEAN(gnx_free)
	char *on = NULL;
	char domid[8], number[8], mac[18], bridge[IF_NAMESIZE];
	int words = 0;

	if (sscanf(line, "%7[0-9] %7[0-9] %17s %15s %n", domid, number, mac, bridge, &words) < 4 ||
		!words)
		return gnx_fail(err, -EINVAL, "standard input: no such line: %s", line);
	gnx_strv_fmt(&w->named, VIFS "%s/%s", domid, number);
	hotplug_turn(h, w->named.items[w->named.len - 1]);
	has = port_words(h);
	on = hotplug_get(h, "bridge", NULL);
	/* Another interface than the definition's has the number, or none. */
	if (!has || !on || strcmp(on, bridge) || !strcmp(has, line + words))
		return 0;
	return hotplug_put_if(h, "mac", mac, PORT_CHANGED, line + words, err);
}

static int change_all(struct work *w, struct gnx_err *err)
{
	char line[LINE];
	int r = 0;

	while (!r && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		r = change(w, line, err);
		if (r == -ENOENT)
			r = 0;
	}
	return r;
}

/* --- What there is */

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

static bool is_joined(struct hotplug *h)
{
	GNX_CLEAN(gnx_free)
	char *script = hotplug_get(h, "script", NULL);

	return script && gnx_ends(script, OURS);
}

/* Calls see with each name that the interface has here: QEMU has one of its own for the card of an
 * HVM guest, until the guest's driver takes the other. */
static void each_name(
	struct hotplug *h, void (*see)(void *arg, struct hotplug *h, const char *name), void *arg)
{
	GNX_CLEAN(gnx_free)
	char *vif = name_of(h);
	GNX_CLEAN(gnx_free)
	char *emulated = gnx_fmt("%s-emu", vif);

	see(arg, h, vif);
	if (if_nametoindex(emulated))
		see(arg, h, emulated);
}

/* One that is coming or going, or that says nothing that can be read, is not armed here. */
static void want_port(void *arg, struct hotplug *h, const char *name)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct guard_port port;

	if (port_read(h, name, &port, &err) < 0 || guard_want_port(arg, &port, &err) < 0)
		fprintf(stderr, "rearm: %s: %s\n", name, err.msg);
}

static int add_port(void *arg, struct hotplug *h)
{
	GNX_CLEAN(gnx_free)
	char *bridge = hotplug_get(h, "bridge", NULL);

	if (bridge && guard_owns(bridge) && (is_joined(h) || guard_takes_all(bridge)))
		each_name(h, want_port, arg);
	return 0;
}

static int want(void *arg, struct guard_wanted *wanted, struct gnx_err *err)
{
	struct work *w = arg;

	for (size_t i = 0; w->only && i < w->named.len; i++) {
		hotplug_turn(w->h, w->named.items[i]);
		add_port(wanted, w->h);
	}
	if (w->only)
		return 0;
	hotplug_turn(w->h, NONE);
	return hotplug_others(w->h, add_port, wanted, err);
}

static int arm_all(struct work *w, struct gnx_err *err)
{
	GNX_CLEAN(guard_close)
	struct guard *g = NULL;
	int r = guard_open(&g, err);

	/* Others may arm and leave meanwhile. */
	for (int i = 0; r >= 0 && i < TRIES; i++) {
		r = guard_sync(g, w->only ? GUARD_some : GUARD_ports, want, w, err);
		if (r != -ENOENT && r != -EINTR)
			break;
	}
	if (g && guard_remembers(g))
		printf("connections of addresses that were taken away go on: the kernel lacks its "
		       "module nf_conntrack_netlink\n");
	return r;
}

static void tell_name(void *arg, struct hotplug *h, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *domid = hotplug_get(h, "frontend-id", NULL);
	GNX_CLEAN(gnx_free)
	char *number = hotplug_get(h, "handle", NULL);
	GNX_CLEAN(gnx_free)
	char *bridge = hotplug_get(h, "bridge", NULL);
	GNX_CLEAN(gnx_free)
	char *words = port_words(h);
	struct gnx_err err = GNX_ERR_INIT;
	struct guard_port port;

	(void)arg;
	if (domid && number && bridge && if_nametoindex(name))
		printf("%s %s %s %s %s %s\n", name, domid, number, bridge,
			port_read(h, name, &port, &err) < 0 ? "wrong"
				: is_joined(h)		    ? "joined"
							    : "other",
			words);
}

static int tell_port(void *arg, struct hotplug *h)
{
	each_name(h, tell_name, arg);
	return 0;
}

static int run(const char *how, struct gnx_err *err)
{
	GNX_CLEAN(work_done)
	struct work w = {.only = !strcmp(how, "--only")};
	int r = hotplug_open(NONE, &w.h, err);

	if (r < 0)
		return r;
	if (!strcmp(how, "--tell"))
		return hotplug_others(w.h, tell_port, NULL, err);
	r = change_all(&w, err);
	return r ? r : arm_all(&w, err);
}

int main(int argc, char **argv)
{
	struct gnx_err err = GNX_ERR_INIT;
	int r = run(argc > 1 ? argv[1] : "", &err);

	if (r < 0)
		fprintf(stderr, "rearm: %s\n", err.msg);
	return r < 0;
}
