/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this room share. Internal to xen/operate. */
#ifndef GNX_XEN_OPERATE_PART_H
#define GNX_XEN_OPERATE_PART_H

#include "xen/operate/config.h"
#include "xen/operate/log.h"
#include "xen/operate/operate.h"

/* A connection to Xen. */
struct operate {
	libxl_ctx *ctx;		/* owned */
	libxl_physinfo host;	/* as it was when this was opened: for what never changes */
	struct operate_log log; /* of the operation that runs */
};

/* A domain of a guest. */
struct operate_domain {
	uint32_t domid; /* its number */
	bool paused;	/* has no processor */
	bool stopped;	/* has shut down, or crashed */
	bool suspended; /* has stopped, to be saved */
	bool dying;	/* is being taken away */
};

/* The guest's domain with this number, or for -1 any: *out. -ENOENT: it has none. One that is dying
 * is found only if it has no other. */
int operate_find(struct operate *o, const uint8_t uuid[GUEST_UUID], int domid,
	struct operate_domain *out, struct gnx_err *err);

/* Fails with what libxl returned: what, and the words that it logged. */
int operate_failed(struct operate *o, int rc, const char *what, struct gnx_err *err);

/* Parts of whatever makes a domain. That the guest has none yet. */
int operate_check_alone(struct operate *o, const struct definition *d, struct gnx_err *err);
/* That the host has the memory. */
int operate_check_memory(struct operate *o, libxl_domain_config *config, struct gnx_err *err);
/* That a disk's file or device is there. */
int operate_check_disk(const struct definition_disk *disk, struct gnx_err *err);
/* Leaves nothing of one that failed. */
void operate_undo(struct operate *o, const struct definition *d, uint32_t domid);
/* Fails with the reason why what failed, which may be that another domain has the guest's name. */
int operate_explain(struct operate *o, int rc, uint32_t domid, const struct definition *d,
	const char *what, struct gnx_err *err);

/* See VERB_start. */
int operate_start(struct operate *o, const struct operate_work *work, struct gnx_err *err);
/* See VERB_restore. */
int operate_restore(struct operate *o, const struct operate_work *work, struct gnx_err *err);
/* See VERB_rename. */
int operate_rename(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err);
/* See VERB_set_memory. */
int operate_memory(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err);
/* See VERB_set_vcpus. */
int operate_vcpus(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err);
/* See VERB_attach_disk. */
int operate_attach_disk(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err);
/* See VERB_detach_disk. */
int operate_detach_disk(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err);
/* See VERB_attach_vif. */
int operate_attach_vif(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err);
/* See VERB_detach_vif. */
int operate_detach_vif(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err);
/* See VERB_dump. */
int operate_dump(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err);
/* See VERB_save. */
int operate_save(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err);

#endif
