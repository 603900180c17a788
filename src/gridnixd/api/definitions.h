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

/* What a definition is of. */
enum defined { DEFINED_guest, DEFINED_network, DEFINED_firewall };

/* Each answers a client, now or later, through link, which is borrowed while there are clients.
 * name, a guest's may be its UUID, is copied. */

/* The request's body is a definition: a new one, or one that is replaced. */
void definitions_define(struct link *link, struct client *c, enum defined kind);
/* It is taken away. */
void definitions_delete(struct link *link, struct client *c, enum defined kind, const char *name);
/* The client is told what it is, in the form that it wants. */
void definitions_tell(struct link *link, struct client *c, enum defined kind, const char *name);

#endif
