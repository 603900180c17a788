/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules of nftables and their sets, by nft(8) and rearm: programs that the daemon waits for, or
 * that run beside its loop. Internal to gridnixd/monitor. */
#ifndef GNX_MONITOR_RULES_H
#define GNX_MONITOR_RULES_H

#include "base/err.h"
#include "base/str.h"

#include <event2/event.h>

/* One that runs beside the loop; opaque. */
struct program;

/* Who wants to know how it has ended: 0, or a code with words; and what it has said. All are
 * borrowed for the call. */
struct program_end {
	void (*tell)(void *arg, int code, const char *words, const struct gnx_buf *said);
	void *arg;
};

/* Has a program take a text, and does not wait: tell is called once, later, when *out is there no
 * more. What takes too long is killed. what: that is called that in words. */
int rules_start(struct event_base *base, const char *what, char *const *argv,
	const struct gnx_buf *text, const struct program_end *end, struct program **out,
	struct gnx_err *err);
/* Kills it, and nobody is told. NULL is fine; sets it to NULL. */
void rules_stop(struct program **p);

/* Has nft load a text, in one transaction, and waits for it. what: they are called that in words.
 * -GNX_E_CHILD: nft does not take it; why is in the daemon's log. */
int rules_load(const char *what, const struct gnx_buf *text, struct gnx_err *err);

#endif
