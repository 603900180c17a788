/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network that guests are on: its definition, as gridnix-network(5) describes it. The table
 * network.def has the keys. No I/O, no pointers: networks may be copied. For the daemon's processes
 * and the rooms that make bridges.
 */
#ifndef GNX_MODEL_NETWORK_H
#define GNX_MODEL_NETWORK_H

#include "base/err.h"
#include "base/str.h"

#define NETWORK_NAME_MAX      63   /* bytes, without the NUL; so below */
#define NETWORK_LINK_MAX      15   /* of an interface of Linux */
#define NETWORK_LIST_MAX      511  /* of ranges, of gateways, and so on */
#define NETWORK_RANGES_MAX    8	   /* of them */
#define NETWORK_FORWARDS_MAX  32   /* so here */
#define NETWORK_FORWARD_BYTES 1023 /* of all of them as text */

#define NETWORK_SELF "self" /* as `dns`: dom0 */

/* What it is to the host. */
enum network_kind {
	NETWORK_private,
	NETWORK_bridged,
	NETWORK_routed,
	NETWORK_nat,
	NETWORK_KIND_COUNT
};

/* A network's definition, self-contained. */
struct network {
	char name[NETWORK_NAME_MAX + 1];	 /* different from all others */
	enum network_kind kind;			 /* to the host */
	char bridge[NETWORK_LINK_MAX + 1];	 /* in dom0 */
	char uplink[NETWORK_LINK_MAX + 1];	 /* "": none */
	uint32_t vlan;				 /* 0: none */
	bool dom0;				 /* is on it itself, bridged */
	uint32_t mtu;				 /* in bytes */
	char ranges[NETWORK_LIST_MAX + 1];	 /* as in its text; so below */
	char gateways[NETWORK_LIST_MAX + 1];	 /* "": none */
	char forward[NETWORK_FORWARD_BYTES + 1]; /* "": none */
	bool dhcp;				 /* dom0 serves its guests */
	char dns[NETWORK_LIST_MAX + 1];		 /* "self"; "": none */
	char domain[NETWORK_NAME_MAX + 1];	 /* "": none */
};

/* One of its ranges. */
struct network_range {
	int family;	     /* AF_INET or AF_INET6 */
	uint8_t address[16]; /* its first one, of 4 or 16 bytes */
	unsigned prefix;     /* bits that they have in common */
	bool routed;	     /* it has a gateway: */
	uint8_t gateway[16]; /* as address */
};

/* A port of dom0 that leads to a guest. */
struct network_forward {
	int protocol;	     /* IPPROTO_TCP or IPPROTO_UDP */
	uint16_t port;	     /* of dom0 */
	int family;	     /* AF_INET or AF_INET6 */
	uint8_t address[16]; /* of the guest, of 4 or 16 bytes */
	uint16_t to;	     /* its port */
};

/* All keys at their defaults; nothing that must be given is there yet. */
void network_init(struct network *n);

/* Sets one key from its text, as definition_set() does. */
int network_set(struct network *n, const char *key, const char *value, struct gnx_err *err);

/* What can be said only when all keys are set, and every value once more. -EINVAL, and n is as it
 * was. Fills in the bridge. */
int network_check(struct network *n, struct gnx_err *err);

/* Reads an INI text and checks it, as definition_parse() does. */
int network_parse(
	struct network *n, const char *text, size_t len, const char *path, struct gnx_err *err);

/* Takes it from words between blanks, and checks it, as network_parse(): its name, and then
 * KEY=VALUE for each key; words without a '=' go on with the value. The words of an error name the
 * key. */
int network_words(struct network *n, const char *text, struct gnx_err *err);

/* Adds it as an INI text that network_parse() reads back to the same, without keys that stand at
 * their defaults. */
void network_write(const struct network *n, struct gnx_buf *out);

/* Tells all keys in the table's order; value is borrowed for the call, "" when there is none. */
void network_each(const struct network *n,
	void (*tell)(void *arg, const char *key, const char *value), void *arg);

/* What a key's value is, as definition_form() says. -EINVAL: there is no such key. */
int network_form(const char *key);

/* The ranges of a network that was checked, with their gateways: how many they are. */
size_t network_ranges(const struct network *n, struct network_range out[NETWORK_RANGES_MAX]);

/* Whether an address is in a range. */
bool network_range_has(const struct network_range *r, int family, const uint8_t address[16]);

/* Whether one in it is no guest's: the network itself, or all of its machines. */
bool network_range_edge(const struct network_range *r, const uint8_t address[16]);

/* Whether an address is in one of the ranges, and can be a guest's: the gateway's can't either. */
bool network_ranges_give(
	const struct network_range *r, size_t len, int family, const uint8_t address[16]);

/* The forwards of a network that was checked: how many they are. */
size_t network_forwards(const struct network *n, struct network_forward out[NETWORK_FORWARDS_MAX]);

/* Whether dom0 passes on what its guests send to others. */
bool network_routed(const struct network *n);

/* What keeps two networks from being there both, NULL when nothing does: a bridge, an uplink, a
 * range that dom0 has an address in, or a port. Static. */
const char *network_clash(const struct network *a, const struct network *b);

/* Names of kinds, static; and back, or -EINVAL. */
const char *network_kind_name(enum network_kind kind);
int network_kind_by_name(const char *name); /* as above */

#endif
