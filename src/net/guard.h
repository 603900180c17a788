/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guard: who may send what on the bridges that Gridnix owns. Its rules are static, in
 * guard.nft; here their sets are changed, in one transaction each, without starting a process.
 * For hotplug programs and the monitor.
 */
#ifndef GNX_NET_GUARD_H
#define GNX_NET_GUARD_H

#include "base/err.h"
#include "base/str.h"
#include "model/guarded.h"
#include "model/guest.h"
#include "model/port.h"
#include "model/traffic.h"

#include <stdbool.h>

/* Whose a port is. The kernel remembers it as long as the port is armed, also when it is gone. */
struct guard_owner {
	uint8_t uuid[GUEST_UUID];
	unsigned int number; /* of the interface in that guest */
};

/* A guest's interface. Its index is the key: no later interface gets that of one that is gone. */
struct guard_port {
	unsigned int index;
	unsigned int bridge; /* its index: that it is on, or is to be; 0: not known */
	struct guard_owner owner;
	uint8_t mac[ADDRESS_MAC];
	struct port may;
};

struct guard; /* a socket to the kernel; an answer may take ten seconds, as nl.h says */

int guard_open(struct guard **out, struct gnx_err *err);
void guard_close(struct guard **g); /* and sets it to NULL */

/* Whether the bridge carries Gridnix' mark; it does as long as it is there. */
bool guard_owns(const char *bridge);
/* Whether it is one that others have made, whose ports are armed whoever has joined them. */
bool guard_takes_all(const char *bridge);
/* Whether it is a port that bears the alias of its bridge: no guest's, whatever is known of
 * networks. */
bool guard_is_uplink(const char *name);
/* Appends the names of all interfaces that carry it, in byte order. */
int guard_bridges(struct gnx_strv *out, struct gnx_err *err);

/* Arms a port: from now on it may send what p says, and was not armed before. All or nothing; read
 * back. -ENOENT: the rules are not there, or don't watch this bridge, or lack its firewall. */
int guard_arm(struct guard *g, const char *bridge, const struct guard_port *p, struct gnx_err *err);

struct guard_wanted; /* what sets are to hold */

/* What can be put right by itself. */
enum guard_part {
	GUARD_bridges, /* which are ours, and their ports that are no guests': everything passes */
	GUARD_ports,   /* which are armed, and what with */
	GUARD_some,    /* the same of those that are named alone: others stay as they are */
	GUARD_inside,  /* which networks are not outside */
};

void guard_want_bridge(struct guard_wanted *w, const char *bridge);
void guard_want_uplink(struct guard_wanted *w, unsigned int index);
/* -ENOENT: the rules lack its firewall; nothing is wanted of it then. */
int guard_want_port(struct guard_wanted *w, const struct guard_port *p, struct gnx_err *err);
/* All of them at once; those that hold one another, or follow one another, become one. */
void guard_want_inside(struct guard_wanted *w, const struct addresses *networks);

/* Makes the sets of a part hold what want() names, and nothing else; what is right is not touched,
 * nor a port that is armed meanwhile. Additions come first, and what the host remembers of
 * addresses that were taken away is forgotten. How many members were changed. -ENOENT: the rules
 * are not there, or somebody else has taken away something meanwhile. */
int guard_sync(struct guard *g, enum guard_part part,
	int (*want)(void *arg, struct guard_wanted *w, struct gnx_err *err), void *arg,
	struct gnx_err *err);

/* Whether the kernel goes on with connections of addresses that guard_sync() has taken away: it
 * lacks what tells of them. */
bool guard_remembers(const struct guard *g);

/* Tells what was stopped of each port since the rules were loaded: word is one of guard_stops.def;
 * and "loose", "router" or "promiscuous", without frames, for each port of that policy. -ENOENT:
 * the rules are not there. */
int guard_read(struct guard *g,
	void (*tell)(void *arg, unsigned int index, const char *word, uint64_t frames), void *arg,
	struct gnx_err *err);

/* Tells which ports are armed, and which are uplinks. -ENOENT as above. */
int guard_states(struct guard *g,
	void (*tell)(void *arg, unsigned int index, enum guarded_state state), void *arg,
	struct gnx_err *err);

/* Tells whose the armed ports are; of one that does not say it, nothing. -ENOENT as above. */
int guard_owners(struct guard *g,
	void (*tell)(void *arg, unsigned int index, const struct guard_owner *owner), void *arg,
	struct gnx_err *err);

/* Tells what was counted of each port, also of those that are gone; kind by kind. -ENOENT as above.
 */
int guard_counts(struct guard *g,
	void (*tell)(void *arg, unsigned int index, enum traffic_kind kind,
		const struct traffic_count *count),
	void *arg, struct gnx_err *err);

/* What was counted of a port: a bit of 1 << TRAFFIC_... for each kind that was told. */
struct guard_counted {
	unsigned int index;
	uint32_t kinds;
};

/* Takes away what was counted of these ports. All or nothing. */
int guard_forget_counts(
	struct guard *g, const struct guard_counted *ports, size_t n, struct gnx_err *err);
/* Takes away what was stopped of these, by their indices. */
int guard_forget_stops(struct guard *g, const unsigned int *ports, size_t n, struct gnx_err *err);

/* Listens for changes of the rules that others make than Gridnix' own programs. */
struct guard_ears;

int guard_listen(struct guard_ears **out, struct gnx_err *err);
void guard_deaf(struct guard_ears **e); /* and sets it to NULL */
int guard_ears_fd(const struct guard_ears *e);
/* Takes what was said, without waiting: whether there was such a change, or may have been. own: one
 * transaction of nft's may be the caller's, who has waited for it. */
bool guard_heard(struct guard_ears *e, bool own);

#endif
