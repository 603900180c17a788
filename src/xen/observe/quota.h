/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much of xenstore a guest has, out of what the daemons say to XS_CONTROL "quota". No I/O. For
 * the monitor and its tests.
 */
#ifndef GNX_XEN_QUOTA_H
#define GNX_XEN_QUOTA_H

#include "model/quota.h"

/* Takes what "quota DOMID" has brought. The C daemon tells what a guest has; the OCaml one tells
 * nodes, and how many there may be. Anything else changes nothing. */
void quota_take_domain(const char *text, struct quota *out);

/* Takes what "quota" alone has brought: the C daemon's limits for all guests. */
void quota_take_limits(const char *text, struct quota *out);

#endif
