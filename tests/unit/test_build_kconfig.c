/* SPDX-License-Identifier: BSD-3-Clause */
/* The check of kernel configurations. */
#include "build/kconfig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* As Debian has them, the lines that matter. */
#define COMMON                                                                                     \
	"#\n# Linux/x86 6.12.117 Kernel Configuration\n#\nCONFIG_64BIT=y\n"                        \
	"CONFIG_XEN_PV=y\nCONFIG_HVC_XEN=y\nCONFIG_BLK_DEV_INITRD=y\nCONFIG_DEVTMPFS=y\n"          \
	"CONFIG_TMPFS=y\nCONFIG_RD_XZ=y\nCONFIG_RD_ZSTD=y\n"
#define DOM0                                                                                       \
	"CONFIG_XEN_DOM0=y\nCONFIG_XEN_PRIVCMD=m\nCONFIG_XENFS=m\nCONFIG_XEN_DEV_EVTCHN=m\n"       \
	"CONFIG_XEN_GNTDEV=m\nCONFIG_XEN_GRANT_DEV_ALLOC=m\nCONFIG_XEN_BLKDEV_BACKEND=m\n"         \
	"CONFIG_XEN_NETDEV_BACKEND=m\nCONFIG_BRIDGE=m\nCONFIG_NF_TABLES=m\n"                       \
	"CONFIG_OVERLAY_FS=m\nCONFIG_SQUASHFS=m\nCONFIG_SQUASHFS_XZ=y\n"                           \
	"CONFIG_BLK_DEV_LOOP=m\nCONFIG_ISO9660_FS=m\n"
#define GUEST                                                                                      \
	"CONFIG_XEN_PVH=y\nCONFIG_PVH=y\nCONFIG_XEN_BLKDEV_FRONTEND=y\n"                           \
	"CONFIG_XEN_NETDEV_FRONTEND=y\nCONFIG_INET=y\n"

static int check(const char *text, enum kconfig_role role, struct gnx_err *err)
{
	*err = GNX_ERR_INIT;
	return kconfig_check(
		"/boot/config-6", text, role, "zstd", role == KCONFIG_DOM0 ? "xz" : NULL, err);
}

static void good_ones_pass(void **state)
{
	struct gnx_err err;

	(void)state;
	assert_int_equal(check(COMMON DOM0, KCONFIG_DOM0, &err), 0);
	assert_int_equal(check(COMMON GUEST, KCONFIG_GUEST, &err), 0);
}

/* Debian's cloud kernel can be a guest only, and only with modules. */
static void what_lacks_is_named(void **state)
{
	struct gnx_err err;

	(void)state;
	assert_int_equal(check(COMMON GUEST "# CONFIG_XEN_DOM0 is not set\n", KCONFIG_DOM0, &err),
		-GNX_E_MISSING);
	assert_non_null(strstr(err.msg, "/boot/config-6"));
	assert_non_null(strstr(err.msg, "CONFIG_XEN_DOM0=y"));
	assert_non_null(strstr(err.msg, "CONFIG_SQUASHFS_XZ=y (the root's layers)"));
	assert_null(strstr(err.msg, "CONFIG_XEN_PV="));
	assert_int_equal(check(COMMON DOM0, KCONFIG_BARE, &err), -GNX_E_MISSING);
	assert_non_null(strstr(err.msg, "CONFIG_VT_CONSOLE=y (the screen)"));
}

static void a_module_is_not_built_in(void **state)
{
	static const char text[] =
		COMMON "CONFIG_XEN_PVH=y\nCONFIG_PVH=y\nCONFIG_XEN_BLKDEV_FRONTEND=m\n"
		       "CONFIG_XEN_NETDEV_FRONTEND=y\nCONFIG_INET=y\n";
	struct gnx_err err;

	(void)state;
	assert_int_equal(check(text, KCONFIG_GUEST, &err), -GNX_E_MISSING);
	assert_non_null(strstr(err.msg, "CONFIG_XEN_BLKDEV_FRONTEND=y (disks)"));
}

static void bad_input(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(check("", KCONFIG_DOM0, &err), -GNX_E_BAD_VALUE);
	assert_int_equal(check("CONFIG_64BIT", KCONFIG_DOM0, &err), -GNX_E_BAD_VALUE);
	assert_int_equal(kconfig_check("f", COMMON GUEST, KCONFIG_GUEST, "rar", NULL, &err),
		-GNX_E_BAD_VALUE);
	assert_non_null(strstr(err.msg, "rar"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_pass),
		cmocka_unit_test(what_lacks_is_named),
		cmocka_unit_test(a_module_is_not_built_in),
		cmocka_unit_test(bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
