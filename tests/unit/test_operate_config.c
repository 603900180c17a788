/* SPDX-License-Identifier: BSD-3-Clause */
/* xen/operate/config.h: what libxl is told of a definition. Needs no Xen. */
#include "xen/operate/config.h"
#include "base/clean.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct definition sample(void)
{
	struct definition d = {
		.uuid = {1, 2, 3, [15] = 255},
		.name = "web",
		.memory_kib = 262144,
		.memory_max_kib = 524288,
		.vcpus = 3,
		.vcpus_max = 9,
		.kernel = "/boot/vmlinuz",
		.initrd = "/boot/initrd",
		.cmdline = "root=/dev/xvda ro",
		.on_reboot = DEFINITION_restart,
		.disks = {{"xvda", "/dev/vg/web", false}, {"xvdb", "/srv/data.img", true}},
		.disks_len = 2,
		.vifs = {{"", "guests0", {0, 0x16, 0x3e, 1, 2, 3}, "10.0.0.2 fd00::2", PORT_router,
				 "web", "/x/vif", 5000000, 0},
			{"", "other0", {0, 0x16, 0x3e, 1, 2, 4}, "", PORT_auto, "", "", 0, 0}},
		.vifs_len = 2,
	};

	return d;
}

static void a_whole_guest(void **state)
{
	const struct definition d = sample();
	GNX_CLEAN(libxl_domain_config_dispose)
	libxl_domain_config c;
	const libxl_domain_build_info *b = &c.b_info;

	(void)state;
	config_fill(&c, &d, LIBXL_DOMAIN_TYPE_PVH);
	assert_int_equal(c.c_info.type, LIBXL_DOMAIN_TYPE_PVH);
	assert_int_equal(b->type, LIBXL_DOMAIN_TYPE_PVH);
	assert_string_equal(c.c_info.name, "web");
	assert_memory_equal(libxl_uuid_bytearray(&c.c_info.uuid), d.uuid, GUEST_UUID);
	assert_int_equal(b->target_memkb, 262144);
	assert_int_equal(b->max_memkb, 524288);
	assert_int_equal(b->max_vcpus, 9);
	for (int i = 0; i < 9; i++)
		assert_int_equal(libxl_bitmap_test(&b->avail_vcpus, i), i < 3);
	assert_string_equal(b->kernel, "/boot/vmlinuz");
	assert_string_equal(b->ramdisk, "/boot/initrd");
	assert_string_equal(b->cmdline, "root=/dev/xvda ro");
	assert_true(libxl_defbool_val(b->claim_mode));
	assert_null(b->bootloader);
}

static void its_disks(void **state)
{
	const struct definition d = sample();
	GNX_CLEAN(libxl_domain_config_dispose)
	libxl_domain_config c;

	(void)state;
	config_fill(&c, &d, LIBXL_DOMAIN_TYPE_PV);
	assert_int_equal(c.num_disks, 2);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(c.disks[i].vdev, d.disks[i].target);
		assert_string_equal(c.disks[i].pdev_path, d.disks[i].path);
		assert_int_equal(c.disks[i].backend, LIBXL_DISK_BACKEND_PHY);
		assert_int_equal(c.disks[i].format, LIBXL_DISK_FORMAT_RAW);
		assert_true(gnx_ends(c.disks[i].script, "/lib/gridnix/hotplug/block"));
		assert_int_equal(c.disks[i].readwrite, !d.disks[i].readonly);
		assert_false(c.disks[i].is_cdrom);
	}
}

static void its_interfaces(void **state)
{
	const struct definition d = sample();
	GNX_CLEAN(libxl_domain_config_dispose)
	libxl_domain_config c;

	(void)state;
	config_fill(&c, &d, LIBXL_DOMAIN_TYPE_PV);
	assert_int_equal(c.num_nics, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(c.nics[i].devid, i);
		assert_int_equal(c.nics[i].nictype, LIBXL_NIC_TYPE_VIF);
		assert_string_equal(c.nics[i].bridge, d.vifs[i].bridge);
		assert_memory_equal(c.nics[i].mac, d.vifs[i].mac, 6);
	}
	assert_string_equal(c.nics[0].ip, "10.0.0.2 fd00::2 policy=router firewall=web in=5M");
	assert_string_equal(c.nics[0].script, "/x/vif");
	assert_null(c.nics[1].ip);
	assert_true(gnx_ends(c.nics[1].script, "/lib/gridnix/hotplug/vif"));
}

/* Whatever the definition says: the daemon acts. */
static void libxl_does_nothing_by_itself(void **state)
{
	const struct definition d = sample();
	GNX_CLEAN(libxl_domain_config_dispose)
	libxl_domain_config c;

	(void)state;
	config_fill(&c, &d, LIBXL_DOMAIN_TYPE_PV);
	assert_int_equal(c.on_poweroff, LIBXL_ACTION_ON_SHUTDOWN_PRESERVE);
	assert_int_equal(c.on_reboot, LIBXL_ACTION_ON_SHUTDOWN_PRESERVE);
	assert_int_equal(c.on_watchdog, LIBXL_ACTION_ON_SHUTDOWN_PRESERVE);
	assert_int_equal(c.on_crash, LIBXL_ACTION_ON_SHUTDOWN_PRESERVE);
	assert_int_equal(c.on_soft_reset, LIBXL_ACTION_ON_SHUTDOWN_PRESERVE);
}

static void grub_is_a_kernel(void **state)
{
	struct definition d = {.name = "a", .grub = true, .vcpus = 1, .vcpus_max = 1};
	GNX_CLEAN(libxl_domain_config_dispose)
	libxl_domain_config c;

	(void)state;
	config_fill(&c, &d, LIBXL_DOMAIN_TYPE_PVH);
	assert_string_equal(c.b_info.kernel, CONFIG_GRUB_PVH);
	assert_null(c.b_info.ramdisk);
	assert_null(c.b_info.cmdline);
	assert_int_equal(c.num_disks + c.num_nics, 0);
	assert_string_equal(config_kernel(&d, LIBXL_DOMAIN_TYPE_PV), CONFIG_GRUB_PV);
}

static void the_largest_guest(void **state)
{
	struct definition d = sample();
	GNX_CLEAN(libxl_domain_config_dispose)
	libxl_domain_config c;

	(void)state;
	d.disks_len = DEFINITION_DISKS_MAX;
	d.vifs_len = DEFINITION_VIFS_MAX;
	d.vcpus = d.vcpus_max = DEFINITION_VCPUS_MAX;
	memset(d.cmdline, 'x', DEFINITION_LINE_MAX);
	config_fill(&c, &d, LIBXL_DOMAIN_TYPE_PV);
	assert_true(libxl_bitmap_is_full(&c.b_info.avail_vcpus));
	assert_int_equal(c.num_disks, DEFINITION_DISKS_MAX);
	assert_int_equal(c.num_nics, DEFINITION_VIFS_MAX);
}

static void types(void **state)
{
	static const struct {
		bool hvm, hap, shadow, pv;
		enum definition_type wanted;
		int code;
		libxl_domain_type type;
	} cases[] = {
		{1, 1, 0, 1, DEFINITION_auto, 0, LIBXL_DOMAIN_TYPE_PVH},
		{1, 0, 1, 1, DEFINITION_auto, 0, LIBXL_DOMAIN_TYPE_PVH},
		{1, 0, 0, 1, DEFINITION_auto, 0, LIBXL_DOMAIN_TYPE_PV},
		{0, 0, 1, 1, DEFINITION_auto, 0, LIBXL_DOMAIN_TYPE_PV},
		{1, 1, 1, 1, DEFINITION_pv, 0, LIBXL_DOMAIN_TYPE_PV},
		{1, 1, 1, 0, DEFINITION_pvh, 0, LIBXL_DOMAIN_TYPE_PVH},
		{1, 1, 1, 0, DEFINITION_pv, -EOPNOTSUPP, 0},
		{0, 0, 1, 1, DEFINITION_pvh, -EOPNOTSUPP, 0},
		{0, 0, 0, 0, DEFINITION_auto, -EOPNOTSUPP, 0},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		const libxl_physinfo host = {.cap_hvm = cases[i].hvm,
			.cap_hap = cases[i].hap,
			.cap_shadow = cases[i].shadow,
			.cap_pv = cases[i].pv};
		libxl_domain_type type = LIBXL_DOMAIN_TYPE_INVALID;
		struct gnx_err err = GNX_ERR_INIT;

		assert_int_equal(config_type(cases[i].wanted, &host, &type, &err), cases[i].code);
		if (cases[i].code)
			assert_true(*err.msg);
		else
			assert_int_equal(type, cases[i].type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_whole_guest),
		cmocka_unit_test(its_disks), cmocka_unit_test(its_interfaces),
		cmocka_unit_test(libxl_does_nothing_by_itself), cmocka_unit_test(grub_is_a_kernel),
		cmocka_unit_test(the_largest_guest), cmocka_unit_test(types)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
