/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of kernel modules: patterns, dependencies, stage 1's list. */
#include "base/clean.h"
#include "base/file.h"
#include "build/modset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const char dep[] =
	"kernel/drivers/scsi/sd_mod.ko.xz: kernel/drivers/scsi/scsi_mod.ko.xz "
	"kernel/drivers/scsi/scsi_common.ko.xz\n"
	"kernel/drivers/scsi/scsi_mod.ko.xz: kernel/drivers/scsi/scsi_common.ko.xz\n"
	"kernel/drivers/scsi/scsi_common.ko.xz:\n"
	"kernel/drivers/net/xen-netfront.ko.xz:\n"
	"kernel/fs/isofs/isofs.ko.xz:\n"
	"kernel/lib/libcrc32c.ko.xz:\n"
	"kernel/crypto/crc32c_generic.ko.xz:\n"
	"kernel/crypto/crc32c-intel.ko.xz: kernel/lib/helper.ko.xz\n"
	"kernel/lib/helper.ko.xz:\n";
static const char alias[] = "# Aliases extracted from modules themselves.\n"
			    "alias scsi:t-0x00* sd_mod\nalias xen:vif xen_netfront\n"
			    "alias crc32[c] crc32c_generic\nalias crc32c crc32c_intel\n";
static const char softdep[] =
	"# Soft dependencies extracted from modules themselves.\n"
	"softdep libcrc32c pre: crc32c virtio_pci post: not-built\n"
	"softdep crc32c_generic libcrc32c\nsoftdep not_there pre: isofs\nsoftdep\n";

static const char builtin[] = "kernel/drivers/virtio/virtio_pci.ko\n";

static char dir[] = "/tmp/test-modset-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;

	GNX_CLEAN(gnx_free)
	char *a = gnx_fmt("%s/modules.dep", dir);
	GNX_CLEAN(gnx_free)
	char *b = gnx_fmt("%s/modules.alias", dir);
	GNX_CLEAN(gnx_free)
	char *c = gnx_fmt("%s/modules.builtin", dir);
	GNX_CLEAN(gnx_free)
	char *d = gnx_fmt("%s/modules.softdep", dir);

	return gnx_file_write(a, dep, strlen(dep), NULL) |
		gnx_file_write(b, alias, strlen(alias), NULL) |
		gnx_file_write(c, builtin, strlen(builtin), NULL) |
		gnx_file_write(d, softdep, strlen(softdep), NULL);
}

static int drop_dir(void **state)
{
	(void)state;
	return gnx_rmtree(dir, NULL);
}

static void choose(
	const struct modset *s, const char *patterns, const char *exclude, const char *expect)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv p = {0}, e = {0}, names = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf got = {0};
	struct gnx_err err = GNX_ERR_INIT;

	gnx_strv_split(&p, patterns, " ");
	gnx_strv_split(&e, exclude, " ");
	assert_int_equal(modset_choose(s, &p, &e, &names, &err), 0);
	for (size_t i = 0; i < names.len; i++)
		gnx_buf_fmt(&got, "%s%s", i ? " " : "", names.items[i]);
	assert_string_equal(got.len ? got.data : "", expect);
}

static void patterns(void **state)
{
	GNX_CLEAN(modset_done)
	struct modset s = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv p = {0}, none = {0}, names = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(modset_read(&s, dir, &err), 0);
	choose(&s, "sd_mod", "", "scsi_common scsi_mod sd_mod");
	choose(&s, "xen-netfront", "", "xen_netfront");
	choose(&s, "drivers/net/", "", "xen_netfront");
	choose(&s, "drivers/scsi/", "sd_mod", "scsi_common scsi_mod");
	choose(&s, "virtio_pci isofs", "", "isofs");
	choose(&s, "fs/*/iso*.ko.xz isofs", "", "isofs");
	choose(&s, "libcrc32c", "", "libcrc32c crc32c_generic helper crc32c_intel");
	choose(&s, "libcrc32c", "crypto/*intel*", "libcrc32c crc32c_generic");
	gnx_strv_add(&p, "nothing");
	assert_int_equal(modset_choose(&s, &p, &none, &names, &err), -GNX_E_MISSING);
	assert_non_null(strstr(err.msg, "\"nothing\""));
}

static void list(void **state)
{
	GNX_CLEAN(modset_done)
	struct modset s = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv p = {0}, none = {0}, names = {0}, load = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(modset_read(&s, dir, &err), 0);
	gnx_strv_split(&p, "sd_mod isofs", " ");
	assert_int_equal(modset_choose(&s, &p, &none, &names, &err), 0);
	gnx_strv_add(&load, "isofs");
	assert_int_equal(modset_list(&s, &names, &load, dir, &out, &err), 0);
	assert_string_equal(out.data,
		"dep scsi_mod scsi_common\n"
		"dep sd_mod scsi_common scsi_mod\n"
		"load isofs\n"
		"alias scsi:t-0x00* sd_mod\n");
	modset_list_files(&s, &names, &load, "lib/1", &out);
	assert_non_null(strstr(out.data,
		"alias scsi:t-0x00* sd_mod\n"
		"file scsi_common lib/1/kernel/drivers/scsi/scsi_common.ko.xz\n"
		"file scsi_mod lib/1/kernel/drivers/scsi/scsi_mod.ko.xz\n"
		"file sd_mod lib/1/kernel/drivers/scsi/sd_mod.ko.xz\n"));
	assert_null(strstr(out.data, "file isofs"));
	gnx_strv_add(&load, "xen_netfront");
	assert_int_equal(modset_list(&s, &names, &load, dir, &out, &err), -GNX_E_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(patterns), cmocka_unit_test(list)};

	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
