/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making a guest's domain. What can be said beforehand, in plain words, is said before there is a
 * domain; what libxl says later is passed on, and then nothing is left of the domain.
 */
#include "xen/operate/part.h"

#include "base/clean.h"

#include <sys/stat.h>

#define PAGE_KIB 4
#define MIB	 1024 /* in KiB */

/* Two domains of one guest would have the same disks. */
int operate_check_alone(struct operate *o, const struct definition *d, struct gnx_err *err)
{
	struct operate_domain domain;
	int r = operate_find(o, d->uuid, -1, &domain, err);

	if (r == -ENOENT || (!r && domain.dying))
		return 0;
	return r < 0 ? r : gnx_fail(err, -EEXIST, "it has a domain already, %u", domain.domid);
}

static int check_kernel(const struct definition *d, libxl_domain_type type, struct gnx_err *err)
{
	const char *kernel = config_kernel(d, type);

	if (d->grub && access(kernel, R_OK) < 0)
		return gnx_fail(err, -errno,
			"GRUB for guests is not on this host: install the package "
			"%s (%s: %s)",
			CONFIG_GRUB_PACKAGE, kernel, gnx_strerror(errno));
	if (access(kernel, R_OK) < 0)
		return gnx_fail_errno(err, "the kernel %s", kernel);
	if (*d->initrd && access(d->initrd, R_OK) < 0)
		return gnx_fail_errno(err, "the initrd %s", d->initrd);
	return 0;
}

int operate_check_disk(const struct definition_disk *disk, struct gnx_err *err)
{
	struct stat st;

	if (stat(disk->path, &st) < 0)
		return gnx_fail_errno(err, "disk %s: %s", disk->target, disk->path);
	if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))
		return gnx_fail(err, -EINVAL, "disk %s: %s is neither a block device nor a file",
			disk->target, disk->path);
	return 0;
}

static int check_files(const struct definition *d, libxl_domain_type type, struct gnx_err *err)
{
	int r = check_kernel(d, type, err);

	for (size_t i = 0; !r && i < d->disks_len; i++)
		r = operate_check_disk(&d->disks[i], err);
	return r;
}

/* Nothing is taken from dom0: its memory is what the host was booted with. */
int operate_check_memory(struct operate *o, libxl_domain_config *config, struct gnx_err *err)
{
	libxl_physinfo now;
	uint64_t need = 0, free_kib;
	int rc = libxl_domain_need_memory(o->ctx, config, INVALID_DOMID, &need);

	libxl_physinfo_init(&now);
	if (!rc)
		rc = libxl_get_physinfo(o->ctx, &now);
	free_kib = (now.free_pages + now.scrub_pages) * PAGE_KIB;
	free_kib -= now.outstanding_pages * PAGE_KIB; /* promised to others that start now */
	libxl_physinfo_dispose(&now);
	if (rc)
		return operate_failed(o, rc, "the memory that it needs", err);
	if (need > free_kib)
		return gnx_fail(err, -ENOMEM,
			"it needs %llu MiB of memory, and the host has %llu MiB free: what dom0 "
			"has is not taken, see dom0_mem in gridnixd-worker(8)",
			(unsigned long long)(need + MIB - 1) / MIB,
			(unsigned long long)free_kib / MIB);
	return 0;
}

/* Also when libxl, which cleans up after itself, has said that it could not. */
void operate_undo(struct operate *o, const struct definition *d, uint32_t domid)
{
	struct operate_domain left;

	if (domid != (uint32_t)INVALID_DOMID &&
		operate_find(o, d->uuid, (int)domid, &left, NULL) == 0 && !left.dying)
		libxl_domain_destroy(o->ctx, domid, NULL);
}

/* Why it could not be made. libxl looks for the name of each domain on the host, and makes none
 * with a name twice: it need not be looked for beforehand, too. */
int operate_explain(struct operate *o, int rc, uint32_t domid, const struct definition *d,
	const char *what, struct gnx_err *err)
{
	uint32_t other;

	if (libxl_name_to_domid(o->ctx, d->name, &other) == 0 && other != domid)
		return gnx_fail(
			err, -EEXIST, "another domain, %u, has the name %s", other, d->name);
	return operate_failed(o, rc, what, err);
}

static int make(struct operate *o, libxl_domain_config *config, const struct operate_work *work,
	struct gnx_err *err)
{
	uint32_t domid = INVALID_DOMID;
	int rc = libxl_domain_create_new(o->ctx, config, &domid, NULL, NULL);

	if (rc) {
		operate_undo(o, work->guest, domid);
		return operate_explain(
			o, rc, domid, work->guest, "its domain could not be made", err);
	}
	if (work->made)
		work->made(work->arg, (int)domid);
	rc = libxl_domain_unpause(o->ctx, domid, NULL);
	if (rc) {
		rc = operate_failed(o, rc, "it could not be unpaused", err);
		operate_undo(o, work->guest, domid);
	}
	return rc;
}

int operate_start(struct operate *o, const struct operate_work *work, struct gnx_err *err)
{
	const struct definition *d = work->guest;
	libxl_domain_type type = LIBXL_DOMAIN_TYPE_INVALID;
	int r = operate_check_alone(o, d, err);

	if (!r)
		r = config_type(d->type, &o->host, &type, err);
	if (!r)
		r = check_files(d, type, err);
	if (r < 0)
		return r;

	GNX_CLEAN(libxl_domain_config_dispose)
	libxl_domain_config config;

	config_fill(&config, d, type);
	r = operate_check_memory(o, &config, err);
	return r < 0 ? r : make(o, &config, work, err);
}
