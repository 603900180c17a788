/* SPDX-License-Identifier: BSD-3-Clause */
/* The netboot set: see media.h. */
#include "build/media.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/cpio.h"
#include "build/media_part.h"

#include <string.h>
#include <sys/stat.h>

#define NET MEDIA_NETBOOT "/"

#define GRUB_COMMON                                                                                \
	"configfile echo gzio halt http ls cat multiboot2 normal reboot serial sleep smbios "      \
	"terminal test tftp"

/* A file of /boot, which the set cannot do without. */
static int take(const struct media_plan *p, const char *path, const char *name, struct gnx_err *err)
{
	const char *from = media_find(p, path);

	if (!from)
		return gnx_fail(err, -GNX_E_MISSING, "the medium has no %s", path);
	return media_copy(p, from, name, err);
}

/* Of the initrd's files those that tell how much memory there must be have other values here. This
 * one comes first: it is read when the rest was cut off. */
static int pack_need(const struct media_plan *p, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(cpio_done)
	struct cpio c = CPIO_INIT;
	GNX_CLEAN(gnx_free)
	char *path = media_path(p, name);
	GNX_CLEAN(gnx_free)
	char *need = gnx_fmt("machine_need_mib %u\n", p->net_need_mib);
	int r = cpio_add_data(&c, "gridnix/need", 0644, need, strlen(need), err);

	return r ? r : cpio_write(&c, path, p->epoch, err);
}

/* What the medium has below /gridnix, as an archive. */
static int pack(const struct media_plan *p, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(cpio_done)
	struct cpio c = CPIO_INIT;
	GNX_CLEAN(gnx_free)
	char *path = media_path(p, name);
	int r = 0;

	for (size_t i = 0; !r && i < p->files_len; i++)
		if (!strcmp(p->files[i].to, "/gridnix/image"))
			r = cpio_add_file(&c, "gridnix/image", 0644, p->net_identity, err);
		else if (gnx_starts(p->files[i].to, "/gridnix/"))
			r = cpio_add_file(&c, p->files[i].to, 0644, p->files[i].from, err);
	if (!r)
		r = cpio_set_last(&c, "gridnix/image", err);
	return r ? r : cpio_write(&c, path, p->epoch, err);
}

/* One initrd: the medium's, then the archives, which must begin at multiples of 4. */
static int make_initrd(const struct media_plan *p, struct gnx_err *err)
{
	static char join[] = "truncate -s %4 " NET GRUBCFG_NET_INITRD " && "
			     "cat need.cpio gridnix.cpio >>" NET GRUBCFG_NET_INITRD;
	char *argv[] = {"sh", "-c", join, NULL};
	int r = take(p, GRUBCFG_INITRD_PATH, NET GRUBCFG_NET_INITRD, err);

	if (!r)
		r = pack_need(p, "need.cpio", err);
	if (!r)
		r = pack(p, "gridnix.cpio", err);
	return r ? r : p->run(p->ctx, argv, err);
}

static int make_menus(const struct media_plan *p, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf grub = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf ipxe = {0};
	int r;

	grubcfg_netboot(p->net_menu, &grub);
	grubcfg_ipxe(p->net_menu, &ipxe);
	r = media_write(p, NET "grub.cfg", &grub, err);
	return r ? r : media_write(p, NET "boot.ipxe", &ipxe, err);
}

/* The loaders read their menu from the directory that they were loaded from. */
static int make_loaders(const struct media_plan *p, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf early = {0};
	int r;

	gnx_buf_str(&early, "set prefix=$cmdpath\n");
	r = media_write(p, "early-net.cfg", &early, err);
	if (!r)
		r = media_run(p, err,
			"grub-mkimage -O i386-pc-pxe -C xz -p / -c early-net.cfg "
			"-o " NET "grub.0 " GRUB_COMMON " pxe vga_text");
	return r ? r
		 : media_run(p, err,
			   "grub-mkimage -O x86_64-efi -p / -c early-net.cfg "
			   "-o " NET "grubx64.efi " GRUB_COMMON " efi_gop efinet");
}

static int make_sums(const struct media_plan *p, struct gnx_err *err)
{
	static char sums[] =
		"cd " MEDIA_NETBOOT " && sha256sum * >../sums && mv ../sums SHA256SUMS";
	char *argv[] = {"sh", "-c", sums, NULL};

	return p->run(p->ctx, argv, err);
}

int media_netboot(const struct media_plan *p, struct gnx_err *err)
{
	int r = media_check(p, err);

	if (!r)
		r = take(p, GRUBCFG_XEN_PATH, NET GRUBCFG_NET_XEN ".xz", err);
	if (!r)
		r = media_run(p, err, "xz -df " NET GRUBCFG_NET_XEN ".xz");
	if (!r)
		r = take(p, GRUBCFG_KERNEL_PATH, NET GRUBCFG_NET_KERNEL, err);
	if (!r)
		r = make_initrd(p, err);
	if (!r)
		r = make_menus(p, err);
	if (!r)
		r = make_loaders(p, err);
	return r ? r : make_sums(p, err);
}
