/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The greeting: what the host is, its addresses, its guests, what to press, how the boot went.
 * For getty, the greeting program and their tests.
 */
#ifndef GNX_BOOT_GREETING_H
#define GNX_BOOT_GREETING_H

#include "base/str.h"
#include "boot/guests.h"

struct greeting {
	struct gnx_buf boot;	 /* /run/gridnix/boot */
	struct gnx_buf degraded; /* /run/gridnix/degraded: what is broken; empty when all is well */
	struct boot_guests guests;
	bool held;		   /* by guests=no: they are not started at boot */
	struct gnx_strv addresses; /* "192.0.2.7 (enp1s0)" */
	char *system;		   /* "Xen 4.20 on Debian GNU/Linux 13 (trixie)" */
	char host[65];
};

void greeting_done(struct greeting *g);

/* Looks at the host. What can't be read is left out: a greeting is no place for errors. */
void greeting_gather(struct greeting *g);

/* The text, lines of at most 79 columns unless a note is longer. */
void greeting_text(struct gnx_buf *out, const struct greeting *g);

/* One line about dom0's memory, from the text of /proc/meminfo; apart, because it always
 * changes. */
void greeting_memory(struct gnx_buf *out, const char *meminfo);

/* Both, as they are now. */
void greeting_now(struct gnx_buf *out);

/* Whether all guests have answered. */
bool greeting_ready(const struct greeting *g);

#endif
