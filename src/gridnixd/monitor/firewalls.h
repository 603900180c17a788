/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Firewalls that guests' interfaces can have. What they say is in the state; here is what they are
 * to each other, and their rules come into the kernel. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_FIREWALLS_H
#define GNX_MONITOR_FIREWALLS_H

#include "gridnixd/msg.h"

#define FIREWALLS_MAX 1000 /* more are refused */

struct monitor;

/* One of them, without its rules. */
struct firewall_head {
	char name[FIREWALL_NAME_MAX + 1];
	enum firewall_verdict in, out;
	bool replies, stateful;
	uint32_t rules; /* how many */
	char *include;
};

/* All of them, by name. All zero is an empty list. */
struct firewalls {
	struct firewall_head *items;
	size_t len;
};

/* Takes in what is remembered. */
int firewalls_load(struct monitor *m, struct gnx_err *err);
void firewalls_done(struct firewalls *l);

/* Takes a firewall that a client sent, of which nothing is believed: *f is as it is kept then, and
 * its rules count at once for all ports that have it. When this fails, all is as it was. replace:
 * one of that name may be there. -EINVAL, -GNX_E_TOO_BIG: it is not right; -EEXIST: it is there;
 * -GNX_E_CHILD: the kernel does not take it. */
int firewall_define(struct monitor *m, struct firewall *f, bool replace, struct gnx_err *err);
/* Takes it away. -ENOENT: there is none; -EBUSY: somebody has it. */
int firewall_delete(struct monitor *m, const char *name, struct gnx_err *err);

/* Tells the firewall of that name, and then those whose rules count for it; or all, without their
 * sets and rules: "". *f is borrowed for the call. -ENOENT. */
int firewalls_tell(struct monitor *m, const char *name,
	void (*tell)(void *arg, const struct msg_firewall *f), void *arg, struct gnx_err *err);

/* -EINVAL: a guest is to have one that is not there. */
int firewalls_check(const struct monitor *m, const struct definition *d, struct gnx_err *err);

/* A network has changed: what is tracked follows it. */
void firewalls_networks(struct monitor *m);

/* Adds all that the kernel is to have of them: sets, to be loaded first, and chains. */
int firewalls_text(
	struct monitor *m, struct gnx_buf *sets, struct gnx_buf *chains, struct gnx_err *err);

#endif
