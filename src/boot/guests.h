/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guests that are started at boot, in their order: names from the definitions in
 * BOOT_GUESTS_DIR and, from BOOT_GUESTS_HOSTS, their addresses. For src/boot only.
 */
#ifndef GNX_BOOT_GUESTS_H
#define GNX_BOOT_GUESTS_H

#include "base/err.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_GUESTS_DIR	  "/etc/gridnix/guests"
#define BOOT_GUESTS_HOSTS "/etc/gridnix/guests.hosts"

struct boot_guest {
	char *name;
	struct in_addr addr; /* s_addr is 0 when guests.hosts does not know it */
	uint32_t order;
};

struct boot_guests {
	struct boot_guest *list;
	size_t len;
	char *trouble; /* what is wrong with the first file that is no definition; or NULL */
};

void boot_guests_done(struct boot_guests *g);

/* Reads the definitions in dir, *.ini, and the lines "MAC,IPV4,NAME" of hosts. A missing dir or
 * hosts is empty. A file that is no definition is left out: the daemon does not take it either. */
int boot_guests_read(
	struct boot_guests *out, const char *dir, const char *hosts, struct gnx_err *err);

#endif
