/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules of nftables, by nft(8). Internal to gridnixd/monitor. */
#ifndef GNX_MONITOR_RULES_H
#define GNX_MONITOR_RULES_H

#include "base/err.h"
#include "base/str.h"

/* Has nft load a text, in one transaction. what: they are called that in words. -GNX_E_CHILD: nft
 * does not take it; why is in the daemon's log. */
int rules_load(const char *what, const struct gnx_buf *text, struct gnx_err *err);

#endif
