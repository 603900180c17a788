/* SPDX-License-Identifier: BSD-3-Clause */
/* What is changed of a domain while it runs: see operate.h. The definition is as it is to be. */
#include "xen/operate/part.h"

#include "base/clean.h"

#include <string.h>

int operate_rename(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	int rc = libxl_domain_rename(o->ctx, domain->domid, NULL, work->guest->name);

	return rc
		? operate_explain(o, rc, domain->domid, work->guest, "it could not be renamed", err)
		: 0;
}

/* The guest gives memory back, or takes it, by itself. */
int operate_memory(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	int rc = libxl_set_memory_target(
		o->ctx, domain->domid, (int64_t)work->guest->memory_kib, 0, 1);

	return rc ? operate_failed(o, rc, "its memory could not be set", err) : 0;
}

int operate_vcpus(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	GNX_CLEAN(libxl_bitmap_dispose)
	libxl_bitmap map;
	int rc;

	libxl_bitmap_init(&map);
	config_processors(&map, work->guest->vcpus);
	rc = libxl_set_vcpuonline(o->ctx, domain->domid, &map, NULL);
	return rc ? operate_failed(o, rc, "its processors could not be set", err) : 0;
}

/* What the guest's driver has connected was attached as a whole. */
#define CONNECTED 4

/* Whether the domain has this very disk, and uses it: a daemon that was killed when its worker had
 * attached it did not come to write it down. */
static bool has_disk(struct operate *o, uint32_t domid, libxl_device_disk *disk)
{
	GNX_CLEAN(libxl_device_disk_dispose)
	libxl_device_disk there;
	GNX_CLEAN(libxl_diskinfo_dispose)
	libxl_diskinfo info;

	libxl_device_disk_init(&there);
	libxl_diskinfo_init(&info);
	return !libxl_vdev_to_device_disk(o->ctx, domid, disk->vdev, &there) && there.pdev_path &&
		!strcmp(there.pdev_path, disk->pdev_path) && there.readwrite == disk->readwrite &&
		!libxl_device_disk_getinfo(o->ctx, domid, &there, &info) && info.state == CONNECTED;
}

/* The same of an interface. */
static bool has_vif(struct operate *o, uint32_t domid, libxl_device_nic *nic)
{
	GNX_CLEAN(libxl_device_nic_dispose)
	libxl_device_nic there;
	GNX_CLEAN(libxl_nicinfo_dispose)
	libxl_nicinfo info;

	libxl_device_nic_init(&there);
	libxl_nicinfo_init(&info);
	return !libxl_devid_to_device_nic(o->ctx, domid, nic->devid, &there) && there.bridge &&
		!strcmp(there.bridge, nic->bridge) &&
		!memcmp(there.mac, nic->mac, sizeof(nic->mac)) &&
		!libxl_device_nic_getinfo(o->ctx, domid, &there, &info) && info.state == CONNECTED;
}

/* The definition has it as its last one. libxl writes a device down before it connects it, and
 * leaves it there when that fails: the next one could not have its number. One that was there
 * before is somebody else's. */
int operate_attach_disk(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	const struct definition *d = work->guest;
	GNX_CLEAN(libxl_device_disk_dispose)
	libxl_device_disk disk;
	int r = operate_check_disk(&d->disks[d->disks_len - 1], err), rc;

	config_disk(&disk, &d->disks[d->disks_len - 1]);
	if (r < 0)
		return r;
	rc = libxl_device_disk_add(o->ctx, domain->domid, &disk, NULL);
	if (!rc || (rc == ERROR_DEVICE_EXISTS && has_disk(o, domain->domid, &disk)))
		return 0;
	r = operate_failed(o, rc, "the disk could not be attached", err);
	if (rc != ERROR_DEVICE_EXISTS)
		libxl_device_disk_remove(o->ctx, domain->domid, &disk, NULL);
	return r;
}

int operate_detach_disk(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	GNX_CLEAN(libxl_device_disk_dispose)
	libxl_device_disk disk;
	int rc;

	libxl_device_disk_init(&disk);
	rc = libxl_vdev_to_device_disk(o->ctx, domain->domid, work->value, &disk);
	if (rc)
		return 0; /* it is gone already, and the definition follows */
	rc = libxl_device_disk_remove(o->ctx, domain->domid, &disk, NULL);
	return rc ? operate_failed(o, rc, "the disk could not be detached", err) : 0;
}

int operate_attach_vif(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	size_t last = work->guest->vifs_len - 1;
	GNX_CLEAN(libxl_device_nic_dispose)
	libxl_device_nic nic;
	int r, rc;

	config_vif(&nic, &work->guest->vifs[last], (int)last);
	rc = libxl_device_nic_add(o->ctx, domain->domid, &nic, NULL);
	if (!rc || (rc == ERROR_DEVICE_EXISTS && has_vif(o, domain->domid, &nic)))
		return 0;
	r = operate_failed(o, rc, "the interface could not be attached", err);
	if (rc != ERROR_DEVICE_EXISTS)
		libxl_device_nic_remove(o->ctx, domain->domid, &nic, NULL);
	return r;
}

/* The definition has those below it. */
int operate_detach_vif(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	GNX_CLEAN(libxl_device_nic_dispose)
	libxl_device_nic nic;
	int rc;

	libxl_device_nic_init(&nic);
	rc = libxl_devid_to_device_nic(o->ctx, domain->domid, (int)work->guest->vifs_len, &nic);
	if (rc)
		return 0; /* likewise */
	rc = libxl_device_nic_remove(o->ctx, domain->domid, &nic, NULL);
	return rc ? operate_failed(o, rc, "the interface could not be detached", err) : 0;
}
