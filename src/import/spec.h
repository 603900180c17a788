/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The texts that xl's files have for disks and network interfaces: xl-disk-configuration(5) and
 * xl-network-configuration(5). No I/O. For import.c and tests.
 */
#ifndef GNX_IMPORT_SPEC_H
#define GNX_IMPORT_SPEC_H

#include "base/err.h"
#include "base/str.h"

/* A disk. Texts are owned; NULL: not given. */
struct spec_disk {
	char *path, *format, *vdev, *script, *backend, *backendtype;
	bool readonly, cdrom;
	bool prefixed;		/* file: and the like were in front */
	bool access;		/* was given */
	struct gnx_strv others; /* what else was given, such as "discard" */
};

/* Reads one. *out is to be spec_disk_done() in any case. -EINVAL. */
int spec_disk_parse(struct spec_disk *out, const char *text, struct gnx_err *err);
void spec_disk_done(struct spec_disk *disk); /* frees what is in it */

/* Calls tell() for each key of an interface, in their order, until it returns less than 0. What has
 * no "=" has an empty value. Both are borrowed for the call. */
int spec_vif_each(
	const char *text, int (*tell)(void *arg, const char *key, const char *value), void *arg);

#endif
