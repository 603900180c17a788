/* SPDX-License-Identifier: BSD-3-Clause */
/* dom0's kernel for Xen: see xenkernel.h. */
#include "build/xenkernel.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/vmlinux.h"

/* No kernel is larger; keeps a damaged one from eating all memory. */
#define MAX_IMAGE  (64 << 20)
#define MAX_KERNEL (256 << 20)

/* One run of the tools. */
struct job {
	const char *work;
	int (*run)(void *ctx, char *const argv[], struct gnx_err *err);
	void *ctx;
};

static int write_in(
	const struct job *j, const char *name, const void *data, size_t len, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", j->work, name);

	return gnx_file_write(path, data, len, err);
}

/* Runs a shell script with $1 as its parameter. */
static int script(const struct job *j, char *text, const char *param, struct gnx_err *err)
{
	char *argv[] = {"/bin/sh", "-c", text, "sh", (char *)param, NULL};

	return j->run(j->ctx, argv, err);
}

/* Reads the ELF file inside the image at path. */
static int unpack(const struct job *j, const char *path, struct gnx_buf *elf, struct gnx_err *err)
{
	static char tool[] = "set -e; $1 -dc <payload >vmlinux; rm payload";
	GNX_CLEAN(gnx_free)
	char *unpacked = gnx_fmt("%s/vmlinux", j->work);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf image = {0};
	struct vmlinux_payload p;
	int r = gnx_file_read(path, MAX_IMAGE, &image, err);

	if (!r)
		r = vmlinux_payload(path, image.data, image.len, &p, err);
	if (!r)
		r = write_in(j, "payload", p.data, p.len, err);
	if (!r)
		r = script(j, tool, p.tool, err);
	if (!r)
		r = gnx_file_read(unpacked, MAX_KERNEL, elf, err);
	if (!r && unlink(unpacked) < 0)
		r = gnx_fail_errno(err, "%s", unpacked);
	if (!r && elf->len != p.unpacked)
		r = gnx_fail(err, -GNX_E_BAD_VALUE, "%s: the kernel inside is damaged", path);
	return r;
}

/* Compresses the packed kernel the way that Xen's decompressor takes: its checksum, its filter,
 * and the unpacked size as the last four bytes. */
static int compress(
	const struct job *j, const struct gnx_buf *packed, uint64_t *len_out, struct gnx_err *err)
{
	static char tool[] =
		"set -e; xz -T1 --check=crc32 --x86 --lzma2=preset=9e,dict=32MiB -c vmlinux "
		">vmlinux.xz; rm vmlinux";
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/vmlinux.xz", j->work);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf xz = {0};
	uint32_t size = (uint32_t)packed->len;
	int r = write_in(j, "vmlinux", packed->data, packed->len, err);

	if (!r)
		r = script(j, tool, "", err);
	if (!r)
		r = gnx_file_read(path, MAX_IMAGE, &xz, err);
	if (r < 0)
		return r;
	gnx_buf_add(&xz, &size, sizeof(size));
	*len_out = xz.len;
	return write_in(j, "vmlinux.xz", xz.data, xz.len, err);
}

int xenkernel_make(const char *work, const char *image, const struct gnx_strv *blank,
	int (*run)(void *ctx, char *const argv[], struct gnx_err *err), void *ctx,
	struct budget_kernel *out, struct gnx_err *err)
{
	const struct job j = {work, run, ctx};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf elf = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf packed = {0};
	struct budget_kernel k;
	int r = unpack(&j, image, &elf, err);

	if (!r)
		r = vmlinux_blank(image, elf.data, elf.len, blank, err);
	if (!r)
		r = vmlinux_pack(image, elf.data, elf.len, &packed, err);
	if (!r)
		r = vmlinux_measure(image, packed.data, packed.len, &k, err);
	if (!r)
		r = compress(&j, &packed, &k.file, err);
	if (r < 0)
		return r;
	k.unpacked = packed.len;
	*out = k;
	return 0;
}
