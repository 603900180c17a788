/* SPDX-License-Identifier: BSD-3-Clause */
/* What is changed of a domain while it runs: see operate.h. The definition is as it is to be. */
#include "xen/operate/part.h"

#include "base/clean.h"

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
