/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules of nftables and their sets, by nft(8) and rearm, which the daemon waits for. Internal to
 * gridnixd/monitor. */
#ifndef GNX_MONITOR_RULES_H
#define GNX_MONITOR_RULES_H

#include "base/err.h"
#include "base/str.h"

/* Has a program take a text, and adds what it says, unless said is NULL. what: that is called that
 * in words. As jail_run(). */
int rules_run(const char *what, char *const *argv, const struct gnx_buf *text, struct gnx_buf *said,
	struct gnx_err *err);
/* Has nft load a text, in one transaction. what: they are called that in words. -GNX_E_CHILD: nft
 * does not take it; why is in the daemon's log. */
int rules_load(const char *what, const struct gnx_buf *text, struct gnx_err *err);

#endif
