/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * That dom0 passes packets on at all: the kernel's switches, of bridges that it routes and of the
 * interfaces that lead outside. No more is switched on than is needed; what was there before is
 * written into a file first, the record, and put back when no network needs it. For the monitor.
 */
#ifndef GNX_NET_FORWARDING_H
#define GNX_NET_FORWARDING_H

#include "net/nl.h"
#include "net/routes.h"

#include <stdbool.h>

/* Switches, as lines of their path below /proc/sys/net and a value. */
struct forwarding {
	struct gnx_strv on;	     /* that are to be set, in this order */
	struct gnx_strv before;	     /* that were set, and what they were before: the record */
	size_t recorded;	     /* of these, that are in the file; the others are to be */
	struct routes_opened opened; /* what passes packets on for these alone */
};

void forwarding_done(struct forwarding *f); /* for GNX_CLEAN */

/* What is to be done for bridges that dom0 routes, v6: with IPv6, too; *out is all zero. own: other
 * bridges of ours that lead outside. */
int forwarding_look(struct nl *nl, const char *record, const struct gnx_strv *bridges,
	const struct gnx_strv *own, bool v6, struct forwarding *out, struct gnx_err *err);
/* Does that. */
int forwarding_on(const struct forwarding *f, const char *record, struct gnx_err *err);
/* Whether packets that come in by an interface are passed on. */
bool forwarding_by(const char *link, bool v6);
/* Puts back what the record has, of IPv6 alone or of both, unless somebody else has made dom0 a
 * router meanwhile. */
int forwarding_off(const char *record, bool v6_alone, struct gnx_err *err);

#endif
