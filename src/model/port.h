/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a guest's interface may do on a guarded bridge, as one line of words: its addresses, and
 * KEY=VALUE for the rest. The toolstack keeps the line as `ip` of the interface's back end, where
 * hotplug programs read it; xl takes it as ip=. definition_port() writes it.
 */
#ifndef GNX_MODEL_PORT_H
#define GNX_MODEL_PORT_H

#include "model/address.h"
#include "model/network.h"

/* What it may do beyond what is its own. */
enum port_policy {
	PORT_auto,	  /* locked, or loose as no address is known; never in a struct port */
	PORT_locked,	  /* nothing */
	PORT_loose,	  /* any IPv4 and IPv6 address */
	PORT_router,	  /* pass on what others have sent, and say that it is a router */
	PORT_promiscuous, /* everything */
	PORT_POLICY_COUNT
};

/* An interface, as far as it is told there. */
struct port {
	struct addresses addresses;	     /* and networks: all but its link-local one */
	enum port_policy policy;	     /* whatever its addresses are */
	char firewall[NETWORK_NAME_MAX + 1]; /* by its name, "": none */
	uint64_t in_bits;		     /* in a second, to the guest; 0: no limit */
	uint64_t out_bits;		     /* so from it */
};

/* Reads the line. NULL, or what is wrong with it, static; *out is as it was then. */
const char *port_take(const char *text, struct port *out);

/* Names of policies, static, "" for PORT_auto; and back, or -EINVAL. */
const char *port_policy_name(enum port_policy policy);
int port_policy_by_name(const char *name); /* as above */

#endif
