/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest's definition in libxl's words. Asks neither Xen nor the file system. Internal to
 * xen/operate, and for its test.
 */
#ifndef GNX_XEN_OPERATE_CONFIG_H
#define GNX_XEN_OPERATE_CONFIG_H

/* The last one that both Xen 4.17 and 4.20 know. */
#define LIBXL_API_VERSION 0x041400
#include <libxl.h>
#include <libxl_utils.h>

#include "model/definition.h"

#define CONFIG_GRUB_PACKAGE "grub-xen-host" /* Debian's, which has both of these */
#define CONFIG_GRUB_PV	    "/usr/lib/grub-xen/grub-x86_64-xen.bin"   /* GRUB as a PV kernel */
#define CONFIG_GRUB_PVH	    "/usr/lib/grub-xen/grub-i386-xen_pvh.bin" /* and as a PVH one */

/* The type of domain that a guest gets on this host: *out; -EOPNOTSUPP when the host cannot. */
int config_type(enum definition_type wanted, const libxl_physinfo *host, libxl_domain_type *out,
	struct gnx_err *err);

/* The kernel that its domain is started with; borrowed of d, or static. */
const char *config_kernel(const struct definition *d, libxl_domain_type type);

/* The first n processors of a guest; the caller disposes of it. */
void config_processors(libxl_bitmap *map, uint32_t n);

/* A disk, and an interface with its number; the caller disposes of them. */
void config_disk(libxl_device_disk *out, const struct definition_disk *disk);
/* See config_disk(). */
void config_vif(libxl_device_nic *out, const struct definition_vif *vif, int number);

/* All that a domain is made of: config, which the caller disposes of. */
void config_fill(libxl_domain_config *config, const struct definition *d, libxl_domain_type type);

#endif
