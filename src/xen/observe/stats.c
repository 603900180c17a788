/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Figures of Xen's domains: see part.h. A domain's are one question to Xen and its devices' files;
 * xenstore, which all guests wait for, is asked for one guest at a time only.
 */
#include "base/clean.h"
#include "base/str.h"
#include "xen/observe/part.h"
#include "xen/observe/quota.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CPUS_MAX   4096
#define KIB(pages) ((pages) * (XC_PAGE_SIZE / 1024))

void domains_stats_begin(void *self)
{
	struct domains *d = self;

	devices_list(&d->devices, DEVICES_PATH);
}

/* What Xen itself knows. Whether there is such a domain. */
static bool take_domain(struct domains *d, int domid, xc_domaininfo_t *info)
{
	return xc_domain_getinfolist(d->xc, (uint32_t)domid, 1, info) == 1 && info->domain == domid;
}

/* A guest's limits and what it has of xenstore. */
static void take_quota(struct domains *d, int domid, struct stats *out)
{
	char id[8];
	struct quota q;
	GNX_CLEAN(gnx_free)
	char *domain = NULL;
	GNX_CLEAN(gnx_free)
	char *limits = NULL;

	quota_init(&q);
	snprintf(id, sizeof(id), "%d", domid);
	domain = xs_control_command(d->xs, "quota", id, (unsigned int)strlen(id) + 1);
	if (domain)
		quota_take_domain(domain, &q);
	/* The OCaml daemon has told the limit already. */
	if (domain && q.max[QUOTA_nodes] == QUOTA_NONE)
		limits = xs_control_command(d->xs, "quota", NULL, 0);
	if (limits)
		quota_take_limits(limits, &q);
	out->figures[STATS_GUEST_xenstore_nodes] = q.used[QUOTA_nodes];
	out->figures[STATS_GUEST_xenstore_nodes_max] = q.max[QUOTA_nodes];
	out->figures[STATS_GUEST_xenstore_watches] = q.used[QUOTA_watches];
	out->figures[STATS_GUEST_xenstore_watches_max] = q.max[QUOTA_watches];
}

static void take_fact(struct domains *d, int domid, const char *path, char *text)
{
	GNX_CLEAN(gnx_free)
	char *node = gnx_fmt("/local/domain/%d/%s", domid, path);
	unsigned int len = 0;
	GNX_CLEAN(gnx_free)
	char *bytes = domains_read(d, node, &len);

	if (bytes)
		stats_take_text(bytes, len, text);
}

/* What agents write: of interfaces those of XCP-ng, of which the first address is taken. */
static void take_reported(struct domains *d, int domid, struct stats *out)
{
	char path[64];

	for (size_t i = 0; i < STATS_REPORTED_COUNT; i++)
		take_fact(d, domid, stats_facts[i].path, out->reported[i]);
	for (size_t i = 0; i < out->vifs_len; i++) {
		struct stats_vif *vif = &out->vifs[i];

		snprintf(path, sizeof(path), "attr/vif/%u/ipv4/0", vif->number);
		take_fact(d, domid, path, vif->ipv4);
		snprintf(path, sizeof(path), "attr/vif/%u/ipv6/0", vif->number);
		take_fact(d, domid, path, vif->ipv6);
	}
}

void domains_stats(void *self, int domid, bool slow, struct stats *out)
{
	struct domains *d = self;
	xc_domaininfo_t info;

	if (!take_domain(d, domid, &info))
		return;
	out->figures[STATS_GUEST_cpu_ns] = info.cpu_time;
	out->figures[STATS_GUEST_vcpus] = info.nr_online_vcpus;
	out->figures[STATS_GUEST_vcpus_max] = info.max_vcpu_id + 1;
	out->figures[STATS_GUEST_memory_kib] = KIB(info.tot_pages);
	out->figures[STATS_GUEST_memory_max_kib] = KIB(info.max_pages);
	devices_stats(&d->devices, DEVICES_PATH, domid, out);
	if (!slow || domains_store_stuck(d))
		return;
	/* It also connects again, after xenstore was away. */
	take_reported(d, domid, out);
	if (d->xs)
		take_quota(d, domid, out);
}

static void take_dom0(struct domains *d, struct stats_host *out)
{
	xc_domaininfo_t info;

	if (!take_domain(d, 0, &info))
		return;
	out->figures[STATS_HOST_dom0_vcpus] = info.nr_online_vcpus;
	out->figures[STATS_HOST_dom0_cpu_ns] = info.cpu_time;
	out->figures[STATS_HOST_dom0_memory_kib] = KIB(info.tot_pages);
}

/* Processors may be numbered with holes: those that are switched off have not been idle. */
static void take_idle(struct domains *d, uint32_t cpus, struct stats_host *out)
{
	GNX_CLEAN(gnx_free)
	xc_cpuinfo_t *info = gnx_alloc((cpus + 1) * sizeof(*info));
	uint64_t idle = 0;
	int n = 0;

	if (cpus > CPUS_MAX || xc_getcpuinfo(d->xc, (int)cpus, info, &n) < 0)
		return;
	for (int i = 0; i < n; i++)
		idle += info[i].idletime;
	out->figures[STATS_HOST_idle_ns] = idle;
}

void domains_host_stats(void *self, struct stats_host *out)
{
	struct domains *d = self;
	xc_physinfo_t info = {0};
	xen_extraversion_t extra = "";
	int version = xc_version(d->xc, XENVER_version, NULL);
	struct timespec up;

	if (version >= 0 && xc_version(d->xc, XENVER_extraversion, extra) >= 0)
		snprintf(out->xen, sizeof(out->xen), "%d.%d%.15s", version >> 16, version & 0xffff,
			extra);
	clock_gettime(CLOCK_BOOTTIME, &up);
	out->figures[STATS_HOST_up_ms] =
		(uint64_t)up.tv_sec * 1000 + (uint64_t)up.tv_nsec / 1000000;
	take_dom0(d, out);
	if (xc_physinfo(d->xc, &info) < 0)
		return;
	out->figures[STATS_HOST_cpus] = info.nr_cpus;
	out->figures[STATS_HOST_memory_kib] = KIB(info.total_pages);
	out->figures[STATS_HOST_memory_free_kib] = KIB(info.free_pages + info.scrub_pages);
	take_idle(d, info.max_cpu_id + 1, out);
}
