/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dom0 itself has of IPv4 and IPv6: addresses, default routes, whom it asks for names. No I/O.
 * For the daemon's processes and the room that asks the kernel.
 */
#ifndef GNX_MODEL_INET_H
#define GNX_MODEL_INET_H

#include "model/address.h"

#include <stdbool.h>

#define INET_SERVERS_MAX 8  /* of names; those behind are left out */
#define INET_SERVER_TEXT 64 /* bytes of one with its NUL: an address, and perhaps %INTERFACE */
#define INET_FOREVER	 UINT32_MAX /* as a time that an address is valid */

/* What is to be said of an address. */
enum inet_state {
	INET_usable,	 /* nothing */
	INET_tentative,	 /* it is not used before it is known that nobody else has it */
	INET_duplicate,	 /* somebody has, so it is not used */
	INET_deprecated, /* not for what is new */
	INET_STATE_COUNT
};

/* An address of an interface. */
struct inet_address {
	int link;		/* the interface's index */
	struct address address; /* with the prefix of its network */
	enum inet_state state;	/* what is to be said of it */
	uint32_t valid_s;	/* INET_FOREVER: nobody takes it away again */
};

/* A default route. */
struct inet_route {
	int link;	    /* as above */
	bool v6;	    /* it is of IPv6 */
	struct address via; /* the router; its len is 0: whom it is for is on the wire itself */
	uint32_t metric;    /* the least one is used */
};

/* Its name, static; "" for INET_usable. */
const char *inet_state_name(enum inet_state state);

/* The name servers of a resolv.conf(5): how many were taken. */
size_t inet_servers(const char *text, char out[INET_SERVERS_MAX][INET_SERVER_TEXT]);

#endif
