/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls for definitions, of guests, networks and firewalls. What a client says of one is taken
 * apart here, where nothing is to be had; the monitor gets a definition that was checked, and
 * checks it again. For the front.
 */
#ifndef GNX_GRIDNIXD_API_DEFINITIONS_H
#define GNX_GRIDNIXD_API_DEFINITIONS_H

#include "gridnixd/api/http.h"
#include "gridnixd/api/link.h"

/* Each answers a client, now or later, through link, which is borrowed while there are clients.
 * guest is a name or UUID, copied. */

/* The request's body is a definition: a new one, or one that is replaced. */
void definitions_define(struct link *link, struct client *c);
/* The guest's definition is taken away. */
void definitions_undefine(struct link *link, struct client *c, const char *guest);
/* The client is told what it is. */
void definitions_tell(struct link *link, struct client *c, const char *guest);

/* The same for networks, by their names. */
void definitions_network(struct link *link, struct client *c);
void definitions_delete_network(struct link *link, struct client *c, const char *name);
void definitions_tell_network(struct link *link, struct client *c, const char *name);

/* And for firewalls. */
void definitions_firewall(struct link *link, struct client *c);
void definitions_delete_firewall(struct link *link, struct client *c, const char *name);
void definitions_tell_firewall(struct link *link, struct client *c, const char *name);

#endif
