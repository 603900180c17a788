/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which addresses of networks are whose: those that were given from a network's ranges, and those
 * that guests' definitions have. An address is one interface's alone, whether its guest runs or
 * not. No I/O. For the monitor and the state.
 */
#ifndef GNX_MODEL_LEASE_H
#define GNX_MODEL_LEASE_H

#include "model/definition.h"

/* One address. */
struct lease {
	char network[NETWORK_NAME_MAX + 1]; /* that it is in */
	int family;			    /* AF_INET or AF_INET6 */
	uint8_t address[16];		    /* of 4 or 16 bytes, the rest zero */
	uint8_t uuid[GUEST_UUID];	    /* of the guest that has it */
	uint32_t vif;			    /* that interface of it */
	bool given;			    /* from a range; else the definition has it */
};

/* Many, by network and address. All zero is an empty list. */
struct leases {
	struct lease *items; /* sorted */
	size_t len;	     /* of these */
};

#define LEASE_TEXT 46 /* bytes of an address as text, with the NUL */

/* Frees them; the list is empty then. */
void leases_done(struct leases *l);
/* Adds one; false: somebody has the address. */
bool leases_add(struct leases *l, const struct lease *lease);
/* Takes those of a guest away, and adds others in their place. */
void leases_replace(struct leases *l, const uint8_t uuid[GUEST_UUID], const struct leases *with);

/* The address as text. */
void lease_text(const struct lease *lease, char out[LEASE_TEXT]);

/*
 * What a guest's interfaces are to have, *out: what it has already, as far as that fits its
 * definition and the networks' ranges; an interface on a network that has no address gets one of
 * each family for which there is a range. network finds the one that an interface is on, by its
 * name, which is there, or by its bridge; NULL: none. -EEXIST: an address of the definition is
 * another guest's, or a gateway's; -GNX_E_STATE: there is none left.
 */
int leases_plan(const struct leases *l, const struct definition *d,
	const struct network *(*network)(const void *arg, const struct definition_vif *vif),
	const void *arg, struct leases *out, struct gnx_err *err);

/* Whether all that was given of a network is in its ranges, and no guest has an address of dom0's
 * there. -EBUSY. */
int leases_fit(const struct leases *l, const struct network *n, struct gnx_err *err);

#endif
