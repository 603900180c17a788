/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The domains of this host, by libxenctrl, and xenstore's word that some have come or gone. Changes
 * nothing. For the monitor.
 */
#ifndef GNX_XEN_DOMAINS_H
#define GNX_XEN_DOMAINS_H

#include "model/host.h"

/* Connects to Xen: *out, to be closed by its own operation. -errno: this is not a dom0. */
int domains_open(struct host *out, struct gnx_err *err);

#endif
