/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interfaces of Linux: looked at, made, changed and removed, by netlink. The words of an error name
 * the interface. For the rooms that make networks.
 */
#ifndef GNX_NET_LINK_H
#define GNX_NET_LINK_H

#include "model/address.h"
#include "net/nl.h"

#include <net/if.h>
#include <stdbool.h>

#define LINK_MARK      "gridnix:" /* what the alias of an interface that is Gridnix' begins with */
#define LINK_TAKEN     LINK_MARK "+guard" /* that of a bridge which others have made: no network's */
#define LINK_XENS      "xen-backend"	  /* the bus of guests' interfaces */
#define LINK_GROUP     86   /* that our bridges are in, for rules of others to name them by */
#define LINK_ALIAS_MAX 255  /* bytes, without the NUL */
#define LINK_ANY       (-1) /* as a bridge: all interfaces */

/* One interface. */
struct link {
	int index;
	int master; /* the interface that it is a port of; 0: none */
	int lower;  /* the interface that it is on, of a VLAN; 0: none */
	uint32_t mtu;
	uint32_t vlan; /* 0: it is none */
	bool up, loopback;
	bool carrier;		  /* somebody is at the other end of its wire */
	uint8_t mac[ADDRESS_MAC]; /* all zero: it has none */
	char name[IFNAMSIZ];
	char kind[16]; /* "bridge", "vlan", "" for a card */
	char bus[16];  /* that its device is on, "pci", LINK_XENS; "": it has none */
	char alias[LINK_ALIAS_MAX + 1];
};

/* Takes one out of a message of the kernel's; false: it tells none. */
bool link_take(const struct nlmsghdr *h, struct link *out);

/* Looks for it: 1; 0: there is none of this name. */
int link_find(struct nl *n, const char *name, struct link *out, struct gnx_err *err);

/* Tells the ports of a bridge, with 0 what is a port of none, or LINK_ANY, as long as tell returns
 * 0; what else it returns is returned. */
int link_ports(struct nl *n, int bridge, int (*tell)(void *arg, const struct link *port), void *arg,
	struct gnx_err *err);

/* Whether an interface is a port of this bridge. */
bool link_is_port(const char *name, const char *bridge);
/* Whether it can be seen to lead out of the host: a card, or what is made of cards. */
bool link_leads_out(const struct link *l);

/* An address of an interface. */
struct link_address {
	int family;	     /* AF_INET or AF_INET6 */
	uint8_t address[16]; /* of 4 or 16 bytes */
	unsigned prefix;     /* bits of its network */
};

/* Tells its addresses, besides those that each makes for itself, as link_ports() does. */
int link_addresses(struct nl *n, const struct link *l,
	int (*tell)(void *arg, const struct link_address *a), void *arg, struct gnx_err *err);

/* Make one that is down, with this MTU. *out is it, taken and released: a bridge without
 * addresses' own; a VLAN of an interface, as a port of a bridge. */
int link_add_bridge(
	struct nl *n, const char *name, uint32_t mtu, struct link *out, struct gnx_err *err);
int link_add_vlan(struct nl *n, const char *name, const struct link *on, uint32_t vlan,
	const struct link *bridge, uint32_t mtu, struct link *out, struct gnx_err *err);

/* These change one thing of an interface, and *l. */
int link_set_alias(struct nl *n, struct link *l, const char *alias, struct gnx_err *err);
int link_set_master(struct nl *n, struct link *l, int master, struct gnx_err *err);
int link_set_mtu(struct nl *n, struct link *l, uint32_t mtu, struct gnx_err *err);
int link_set_up(struct nl *n, struct link *l, bool up, struct gnx_err *err);
int link_set_name(struct nl *n, struct link *l, const char *name, struct gnx_err *err);

/* Has a bridge learn nothing from frames of LLDP, and of spanning tree where that is on, which come
 * to it before any rule. */
int link_stop_learning(struct nl *n, const struct link *l, struct gnx_err *err);

/* Gives it an address; one that it has is fine. And takes one away. */
int link_add_address(
	struct nl *n, const struct link *l, const struct link_address *a, struct gnx_err *err);
int link_drop_address(
	struct nl *n, const struct link *l, const struct link_address *a, struct gnx_err *err);

/* Removes it; its ports are free then. */
int link_remove(struct nl *n, const struct link *l, struct gnx_err *err);

#endif
