/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Networks that guests are on, and their bridges in dom0, which are there as long as the networks
 * are: those that have gone, or could not be made, are made again. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_NETWORKS_H
#define GNX_MONITOR_NETWORKS_H

#include "gridnixd/msg.h"
#include "model/lease.h"
#include "net/nl.h"

#define NETWORKS_MAX 1000 /* more are refused */

struct monitor;

/* All of them, by name. All zero is an empty list. */
struct networks {
	struct msg_network *items;
	size_t len;
	struct leases leases;
	size_t next;  /* whose bridge is looked at next */
	bool bridges; /* are made; else the host is a simulated one */
	struct nl nl;
};

/* Takes in what is remembered, and makes the bridges. */
int networks_load(struct monitor *m, struct gnx_err *err);
void networks_done(struct networks *l);

/* That of a name, or NULL. Borrowed. */
const struct network *networks_find(const struct networks *l, const char *name);

/* The one whose bridge it is, or NULL. Borrowed. */
const struct network *networks_on_bridge(const struct networks *l, const char *bridge);

/* Opens the conversation about interfaces, m->networks.nl, unless it is open. */
int networks_netlink(struct monitor *m, struct gnx_err *err);

/* The part of a look that is at one of the bridges. */
void networks_look(struct monitor *m);

/* Takes a network that a client sent, of which nothing is believed: *n is as it is kept then. When
 * this fails, all is as it was. replace: one of that name may be there, whose bridge, kind, uplink
 * and vlan stay. -EINVAL: it is not right; -EEXIST: it is there, or another one has the bridge or
 * the VLAN; or as bridge_make(). */
int network_define(struct monitor *m, struct network *n, bool replace, struct gnx_err *err);
/* Defines the network of a file, unless it is as that says already; a new one also when its uplink
 * is not there yet. */
int network_file(struct monitor *m, const char *path, struct gnx_err *err);
/* Takes it away. -ENOENT: there is none; -EBUSY: something is on it. */
int network_delete(struct monitor *m, const char *name, struct gnx_err *err);

/* Tells the network of that name, or all: "". -ENOENT. */
int networks_tell(struct monitor *m, const char *name,
	void (*tell)(void *arg, const struct msg_network *n), void *arg, struct gnx_err *err);

/* Puts bridges in the place of networks, and the addresses that were given to a guest into it.
 * -EINVAL: there is no such network; d is as it was. */
int networks_resolve(const struct monitor *m, struct definition *d, struct gnx_err *err);

/* What a guest's interfaces are to have, as leases_plan(). -EINVAL: there is no such network. */
int networks_plan(const struct monitor *m, const struct definition *d, struct leases *out,
	struct gnx_err *err);
/* Holds that for a guest which is about to get an interface; when it does not get it, until it is
 * defined again. */
int networks_hold(struct monitor *m, const struct definition *d, struct gnx_err *err);
/* Tells the addresses of a guest, or of all: "", borrowed for the call. -ENOENT, -EINVAL. */
int networks_leases(struct monitor *m, const char *guest,
	void (*tell)(void *arg, const struct lease *lease), void *arg, struct gnx_err *err);

#endif
