/* SPDX-License-Identifier: BSD-3-Clause */
/* Definitions in libxl's words: see config.h. libxl frees what a configuration points to. */
#include "xen/operate/config.h"

#include "base/clean.h"

#include <string.h>

int config_type(enum definition_type wanted, const libxl_physinfo *host, libxl_domain_type *out,
	struct gnx_err *err)
{
	bool pvh = host->cap_hvm && (host->cap_hap || host->cap_shadow);

	if (wanted == DEFINITION_auto)
		wanted = pvh ? DEFINITION_pvh : DEFINITION_pv;
	if (wanted == DEFINITION_pvh && !pvh)
		return gnx_fail(err, -EOPNOTSUPP,
			"this host runs no PVH guests: its processor has no hardware "
			"virtualisation, or the firmware has switched it off");
	if (wanted == DEFINITION_pv && !host->cap_pv)
		return gnx_fail(err, -EOPNOTSUPP, "this host's Xen runs no PV guests");
	*out = wanted == DEFINITION_pvh ? LIBXL_DOMAIN_TYPE_PVH : LIBXL_DOMAIN_TYPE_PV;
	return 0;
}

const char *config_kernel(const struct definition *d, libxl_domain_type type)
{
	if (!d->grub)
		return d->kernel;
	return type == LIBXL_DOMAIN_TYPE_PVH ? CONFIG_GRUB_PVH : CONFIG_GRUB_PV;
}

/* NULL for what is empty, and libxl takes its default. */
static char *text(const char *s)
{
	return *s ? gnx_dup(s) : NULL;
}

static void fill_create(libxl_domain_create_info *c, const struct definition *d)
{
	c->name = gnx_dup(d->name);
	memcpy(libxl_uuid_bytearray(&c->uuid), d->uuid, sizeof(d->uuid));
}

/* By hand: libxl's own function wants a connection to Xen, to know how long to make it. */
void config_processors(libxl_bitmap *map, uint32_t n)
{
	map->size = (n + 7) / 8;
	map->map = gnx_alloc(map->size);
	for (uint32_t i = 0; i < n; i++)
		libxl_bitmap_set(map, (int)i);
}

static void fill_build(
	libxl_domain_build_info *b, const struct definition *d, libxl_domain_type type)
{
	libxl_domain_build_info_init_type(b, type);
	b->target_memkb = d->memory_kib;
	b->max_memkb = d->memory_max_kib;
	b->max_vcpus = (int)d->vcpus_max;
	config_processors(&b->avail_vcpus, d->vcpus);
	/* Memory that is not there is an error at once, and not when half of it was taken. */
	libxl_defbool_set(&b->claim_mode, true);
	b->kernel = gnx_dup(config_kernel(d, type));
	b->ramdisk = text(d->initrd);
	b->cmdline = text(d->cmdline);
}

/*
 * Linux' blkback serves every disk, for there may be no QEMU on the host. It wants a block device:
 * a file gets a loop device from the hotplug script, which is run in any case. Without one that we
 * name libxl would give a file to QEMU, or refuse it where told "phy" (libxl_device.c,
 * disk_try_backend()); with one it leaves the look to the script. Xen's "block" could do it, but
 * runs two programs more for each disk of each guest on the host.
 */
void config_disk(libxl_device_disk *out, const struct definition_disk *disk)
{
	libxl_device_disk_init(out);
	out->vdev = gnx_dup(disk->target);
	out->pdev_path = gnx_dup(disk->path);
	out->backend = LIBXL_DISK_BACKEND_PHY;
	out->format = LIBXL_DISK_FORMAT_RAW;
	out->script = gnx_dup(GNX_HOTPLUG "block");
	out->readwrite = !disk->readonly;
}

/* Ours joins it to a bridge of Linux as Xen's vif-bridge does, which is what libxl would take. */
void config_vif(libxl_device_nic *out, const struct definition_vif *vif, int number)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf words = {0};

	libxl_device_nic_init(out);
	out->devid = number;
	out->nictype = LIBXL_NIC_TYPE_VIF;
	memcpy(out->mac, vif->mac, sizeof(vif->mac));
	out->bridge = text(vif->bridge);
	definition_port(vif, &words);
	out->ip = text(words.data);
	out->script = gnx_dup(*vif->script ? vif->script : GNX_HOTPLUG "vif");
}

/* What libxl only writes down, for the process that xl leaves behind. We have none: the daemon does
 * what is to be done. */
static void fill_actions(libxl_domain_config *config)
{
	config->on_poweroff = config->on_reboot = config->on_watchdog = config->on_crash =
		config->on_soft_reset = LIBXL_ACTION_ON_SHUTDOWN_PRESERVE;
}

void config_fill(libxl_domain_config *config, const struct definition *d, libxl_domain_type type)
{
	libxl_domain_config_init(config);
	config->c_info.type = type;
	fill_create(&config->c_info, d);
	fill_build(&config->b_info, d, type);
	fill_actions(config);
	config->num_disks = (int)d->disks_len;
	config->disks = gnx_alloc((d->disks_len + 1) * sizeof(*config->disks));
	for (size_t i = 0; i < d->disks_len; i++)
		config_disk(&config->disks[i], &d->disks[i]);
	config->num_nics = (int)d->vifs_len;
	config->nics = gnx_alloc((d->vifs_len + 1) * sizeof(*config->nics));
	for (size_t i = 0; i < d->vifs_len; i++)
		config_vif(&config->nics[i], &d->vifs[i], (int)i);
}
