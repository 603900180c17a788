/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges of dom0 that others have made and that are guarded, since the administrator has asked for
 * it; and what the guard does with a port of a bridge. No I/O. For the daemon's processes.
 */
#ifndef GNX_MODEL_GUARDED_H
#define GNX_MODEL_GUARDED_H

#include "model/network.h"

#define GUARDED_UPLINKS_MAX 511 /* bytes, without the NUL; so below */
#define GUARDED_ALIAS_MAX   255 /* as Linux has them */

/* A bridge that is guarded. */
struct guarded {
	char bridge[NETWORK_LINK_MAX + 1];     /* its name; it need not be there */
	char uplinks[GUARDED_UPLINKS_MAX + 1]; /* ports that are no guests, with blanks between */
	char alias[GUARDED_ALIAS_MAX + 1];     /* that it had before */
};

/* What becomes of a port's frames; of a bridge that is not guarded, what would. */
enum guarded_state {
	GUARDED_none,	 /* it is a bridge that has no port */
	GUARDED_uplink,	 /* all pass */
	GUARDED_armed,	 /* those pass that the guest may send */
	GUARDED_unarmed, /* none passes */
	GUARDED_STATE_COUNT
};

/* Its name, static. */
const char *guarded_state_name(enum guarded_state state);

/* Takes a list of uplinks: names of interfaces, with commas or blanks between. NULL, or what is
 * wrong with it, static; out is as it was then. */
const char *guarded_uplinks(const char *text, char out[GUARDED_UPLINKS_MAX + 1]);

#endif
