/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded into xl for xl.py, so that 'xl create -n' works where there is no Xen: what it asks of
 * the host before it reads a file gets an answer, and nothing else is touched.
 */
#include <libxl.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>
#include <xenstore.h>

/* Enough of nothing for what looks into them. */
xc_interface *xc_interface_open(
	xentoollog_logger *logger, xentoollog_logger *dombuild_logger, unsigned open_flags)
{
	(void)logger, (void)dombuild_logger, (void)open_flags;
	return calloc(1, 65536);
}

int xc_interface_close(xc_interface *xch)
{
	free(xch);
	return 0;
}

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	return calloc(1, 65536);
}

void xs_close(struct xs_handle *xsh)
{
	free(xsh);
}

const libxl_version_info *libxl_get_version_info(libxl_ctx *ctx)
{
	static char words[] = "dom0_mem=1G", none[] = "";
	static const libxl_version_info info = {.commandline = words, .capabilities = none};

	(void)ctx;
	return &info;
}

int libxl_get_physinfo(libxl_ctx *ctx, libxl_physinfo *physinfo)
{
	(void)ctx;
	memset(physinfo, 0, sizeof(*physinfo));
	physinfo->nr_nodes = 1;
	physinfo->cap_hvm = physinfo->cap_pv = physinfo->cap_hap = true;
	return 0;
}

int libxl_get_max_cpus(libxl_ctx *ctx)
{
	(void)ctx;
	return 64;
}

int libxl_get_online_cpus(libxl_ctx *ctx)
{
	(void)ctx;
	return 8;
}
