/* SPDX-License-Identifier: BSD-3-Clause */
/* /modules/list: parsing, matching of devices, and modules' parameters on the command line. */
#include "base/clean.h"
#include "boot/stage1/modlist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const char good[] = "# a comment\n"
			   "load loop\n"
			   "load sr_mod\n"
			   "\n"
			   "dep sr_mod scsi_mod cdrom\n"
			   "dep ahci libata libahci\n"
			   "file ahci usr/lib/modules/6.12.1+deb13-amd64/kernel/ahci.ko\n"
			   "alias pci:v*d*sv*sd*bc01sc06i01* ahci\n"
			   "alias pci:v00001AF4d00001001sv*sd*bc*sc*i* virtio_pci\n"
			   "alias virtio:d00000002v* virtio_blk\n"
			   "alias acpi*:PNP0[AB]03:* ahci\n"
			   "alias pci:v00001AF4d*sv*sd*bc*sc*i* other\n"
			   "alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci\n";

static void assert_match(const struct modlist *list, const char *modalias, const char *want)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf all = {0};

	modlist_match(list, modalias, &names);
	gnx_buf_str(&all, "");
	for (size_t i = 0; i < names.len; i++)
		gnx_buf_fmt(&all, "%s%s", i ? " " : "", names.items[i]);
	assert_string_equal(all.data, want);
}

static void parses_and_matches(void **state)
{
	struct modlist list;

	(void)state;
	assert_int_equal(modlist_parse(&list, good, NULL), 0);
	assert_int_equal(list.load.len, 2);
	assert_string_equal(list.load.items[1], "sr_mod");
	assert_string_equal(modlist_deps(&list, "sr_mod"), "scsi_mod cdrom");
	assert_string_equal(modlist_deps(&list, "loop"), "");
	assert_string_equal(
		modlist_file(&list, "ahci"), "usr/lib/modules/6.12.1+deb13-amd64/kernel/ahci.ko");
	assert_null(modlist_file(&list, "loop"));
	assert_match(&list, "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01", "ahci");
	assert_match(&list, "pci:v00008086d00002922sv00001AF4sd00001100bc02sc06i01", "");
	assert_match(
		&list, "pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00", "virtio_pci other");
	assert_match(&list, "virtio:d00000002v00001AF4", "virtio_blk");
	assert_match(&list, "acpi:PNP0A03:", "ahci");
	assert_match(&list, "", "");
	modlist_done(&list);
}

static void refuses(void **state)
{
	static const char *const cases[] = {"load", "load a b", "load a-b", "load ../a", "dep a",
		"dep a b/c", "alias x", "alias x y z", "alias x y/z", "insert a", "insert a b",
		" load a", "load a ", "file a", "file a ", "file a /b", "file a b c", "file a ../b",
		"file a b/../../c", "file a-b c"};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_free)
		char *text = gnx_fmt("load loop\n%s\nload isofs\n", cases[i]);
		struct gnx_err err = GNX_ERR_INIT;
		struct modlist list = {0};

		if (modlist_parse(&list, text, &err) != -GNX_E_SYNTAX)
			fail_msg("\"%s\" was taken", cases[i]);
		assert_non_null(strstr(err.msg, "line 2"));
		assert_null(list.text);
	}
}

static void parameters(void **state)
{
	static const struct {
		const char *cmdline, *module, *want;
	} cases[] = {
		{"", "loop", NULL},
		{"loop", "loop", NULL},
		{"ro loop.max_loop=8 quiet", "loop", "max_loop=8"},
		{"loop.max_loop=8 loop.max_part=4\n", "loop", "max_loop=8 max_part=4"},
		{"usb-storage.quirks=1:2:i usb_storage.delay_use=0", "usb_storage",
			"quirks=1:2:i delay_use=0"},
		{"libata.force=\"1.00:noncq 2\" x", "libata", "force=\"1.00:noncq 2\""},
		{"usb_storage_x.a=1 xusb_storage.a=1 usb_storag.a=1", "usb_storage", NULL},
		{"x=\"loop.max_loop=8 loop.a=1\"", "loop", NULL},
		{"loop.flag", "loop", "flag"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf out = {0};

		modlist_params(cases[i].cmdline, cases[i].module, &out);
		if (cases[i].want)
			assert_string_equal(out.data, cases[i].want);
		else
			assert_null(out.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_and_matches),
		cmocka_unit_test(refuses),
		cmocka_unit_test(parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
