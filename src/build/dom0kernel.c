/* SPDX-License-Identifier: BSD-3-Clause */
/* dom0's kernel: see dom0kernel.h. */
#include "build/dom0kernel.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/chroot.h"
#include "build/kconfig.h"
#include "build/kstrip.h"
#include "build/parts.h"
#include "build/xenkernel.h"

#include <inttypes.h>
#include <string.h>

/* It is dom0's and, on the bare machine, the rescue shell's, whose initrd is zstd. */
static int check_config(struct build *b, const char *package, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/config", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = parts_take(b, package, "/boot/config-*", path, err);

	if (!r)
		r = gnx_file_read(path, 16u << 20, &text, err);
	if (!r)
		r = kconfig_check(package, text.data, KCONFIG_DOM0, "xz",
			manifest_text(&b->manifest.image_compression), err);
	return r ? r : kconfig_check(package, text.data, KCONFIG_BARE, "zstd", NULL, err);
}

int dom0kernel_make(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *bzimage = gnx_fmt("%s/vmlinuz", dir);
	GNX_CLEAN(gnx_free)
	char *measure = gnx_fmt("%s/measure", dir);
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv blank = {0};
	struct chroot_work work = {b, dir};
	const struct lock_package *p;
	struct budget_kernel k;
	int r = parts_kernel(b, &p, err);

	kstrip_sections(&b->manifest, &blank);
	if (!r)
		r = check_config(b, p->name, dir, err);
	if (!r)
		r = parts_take(b, p->name, "/boot/vmlinuz-*", bzimage, err);
	if (!r)
		r = xenkernel_make(dir, bzimage, &blank, chroot_in_work, &work, &k, err);
	if (!r)
		r = gnx_rmtree(bzimage, err);
	if (r < 0)
		return r;
	text = gnx_fmt("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", k.file,
		k.unpacked, k.start, k.end, k.scratch);
	return gnx_file_write(measure, text, strlen(text), err);
}

int dom0kernel_read(const struct build *b, struct budget_kernel *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/measure", b->dir[STEP_dom0]);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = gnx_file_read(path, 4096, &text, err);

	if (r < 0)
		return r;
	if (sscanf(text.data, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		    &out->file, &out->unpacked, &out->start, &out->end, &out->scratch) != 5)
		return gnx_fail(err, -GNX_E_SYNTAX, "%s: not five numbers", path);
	return 0;
}
