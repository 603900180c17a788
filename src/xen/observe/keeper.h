/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The process that xl leaves behind for each domain that it makes, which acts when the domain ends:
 * it reboots it, or takes it away. xl writes its number down nowhere. It is known by its own words:
 * on its standard error, a log of its own, it says for which domain it waits, and who it is.
 */
#ifndef GNX_XEN_KEEPER_H
#define GNX_XEN_KEEPER_H

#include "base/err.h"

/* Looks through proc, "/proc", for the one of a domain: a descriptor of its directory there, given,
 * which stands for that process alone and takes pidfd_send_signal(). -ENOENT: there is none.
 * -EBUSY: there is one that may be it, and does not say so. -EIO: not all could be looked at. */
int keeper_find(const char *proc, int domid, struct gnx_err *err);

#endif
