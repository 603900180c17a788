/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guests that are started at boot: names in the order of the links in /etc/xen/auto, their
 * configuration and, from /etc/gridnix/guests.hosts, their addresses. For src/boot only.
 */
#ifndef GNX_BOOT_GUESTS_H
#define GNX_BOOT_GUESTS_H

#include "base/err.h"

#include <netinet/in.h>
#include <stddef.h>

struct guest {
	char *name;
	struct in_addr addr; /* s_addr is 0 when guests.hosts does not know it */
};

struct guests {
	struct guest *list;
	size_t len;
	char *trouble; /* the first file that gives no name, or cannot be read; or NULL */
};

void guests_done(struct guests *g);

/* Reads the *.cfg in dir and the lines "MAC,IPV4,NAME" of hosts. A missing dir or hosts is empty.
 * A file that gives no name is left out: xl does not take it either. */
int guests_read(struct guests *out, const char *dir, const char *hosts, struct gnx_err *err);

/* The value of name = "..." in an xl.cfg's text; the caller frees. NULL when there is none. */
char *guests_cfg_name(const char *text);

#endif
