/* SPDX-License-Identifier: BSD-3-Clause */
/* The boot menu: what it must say, and what it must refuse. GRUB itself reads it in the vm suite.
 */
#include "build/grubcfg.h"
#include "base/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const char *const names[] = {"memtest", "demo", "testing", "rescue", "rescue-guest"};

static void fill(struct grubcfg_entry *entries, struct grubcfg *m)
{
	for (size_t i = 0; i < GNX_LEN(names); i++)
		assert_true(grubcfg_standard(names[i], &entries[i]));
	*m = (struct grubcfg){.entries = entries, .len = GNX_LEN(names), .chosen = 2, .timeout = 5};
}

static void standard_entries(void **state)
{
	struct grubcfg_entry entries[GNX_LEN(names)], none;
	struct grubcfg m;
	struct gnx_err err = GNX_ERR_INIT;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};

	(void)state;
	fill(entries, &m);
	entries[2].need_mib = 344;
	assert_false(grubcfg_standard("dos", &none));
	assert_int_equal(grubcfg_check(&m, &err), 0);
	grubcfg_medium(&m, &out);
	assert_non_null(strstr(out.data, "set timeout=5\nset default=2\n"));
	assert_non_null(strstr(out.data, "\tneed 344 376\n"));
	assert_non_null(strstr(out.data, "multiboot2 " GRUBCFG_XEN_PATH " console=com1,vga"));
	assert_non_null(strstr(out.data, "module2 --nounzip " GRUBCFG_INITRD_PATH "\n"));
	assert_non_null(strstr(out.data, "sync_console"));
	assert_non_null(strstr(out.data, "linux " GRUBCFG_GUEST_KERNEL "\n"));
	assert_non_null(strstr(out.data, "chainloader " GRUBCFG_MEMTEST_EFI));
}

/* Network boot has the entries of kind XEN only: the default's number moves with them. */
static void network(void **state)
{
	struct grubcfg_entry entries[GNX_LEN(names)];
	struct grubcfg m;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf grub = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf ipxe = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf none = {0};

	(void)state;
	fill(entries, &m);
	grubcfg_netboot(&m, &grub);
	assert_non_null(strstr(grub.data, "set default=1\n"));
	assert_non_null(strstr(grub.data, "multiboot2 $prefix/xen "));
	assert_null(strstr(grub.data, "memtest"));
	entries[1].xen_args = "a b";
	entries[1].kernel_args = "c";
	m.chosen = 0;
	grubcfg_ipxe(&m, &ipxe);
	assert_true(gnx_starts(ipxe.data, "#!ipxe\n"));
	assert_non_null(
		strstr(ipxe.data, "\nkernel xen a b\nmodule vmlinuz c\nmodule initrd.img\nboot\n"));
	assert_non_null(strstr(ipxe.data, "\nchain grubx64.efi "));
	m.len = 1;
	grubcfg_ipxe(&m, &none);
	assert_int_equal(none.len, 0);
}

static void text_of(const struct grubcfg_entry *e, struct gnx_buf *out)
{
	struct grubcfg m = {.entries = e, .len = 1};
	struct gnx_err err = GNX_ERR_INIT;

	assert_int_equal(grubcfg_check(&m, &err), 0);
	grubcfg_medium(&m, out);
}

static void words_keep_their_meaning(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	const struct grubcfg_entry e = {.kind = GRUBCFG_LINUX,
		.title = "Bob's $own; {kernel}",
		.kernel = "/boot/k",
		.kernel_args = "rootpw=$6$x/y  a;b it's plain=1 sshkey=\"ssh-ed25519 A me\" \"b\""};

	(void)state;
	text_of(&e, &out);
	assert_non_null(strstr(out.data, "menuentry 'Bob'\\''s $own; {kernel}' {\n"));
	assert_non_null(strstr(out.data,
		"linux /boot/k 'rootpw=$6$x/y' 'a;b' 'it'\\''s' plain=1 "
		"'sshkey=ssh-ed25519 A me' b\n"));
}

static void user_images(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf floppy = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf iso = {0};
	struct grubcfg_entry e = {.kind = GRUBCFG_FLOPPY, .title = "DOS", .kernel = "/d.img"};

	(void)state;
	text_of(&e, &floppy);
	assert_non_null(strstr(floppy.data, "linux16 " GRUBCFG_MEMDISK_PATH " floppy\n"));
	assert_non_null(strstr(floppy.data, "initrd16 /d.img\n"));
	assert_non_null(strstr(floppy.data, "This entry needs a BIOS"));
	e.kind = GRUBCFG_ISO;
	text_of(&e, &iso);
	assert_non_null(strstr(iso.data, "set iso_path=/d.img\n"));
}

static void kernel_for_xen_on_the_bare_machine(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	const struct grubcfg_entry e = {.kind = GRUBCFG_BARE,
		.title = "t",
		.kernel = "/boot/k.xz",
		.initrd = "/boot/i",
		.kernel_args = "console=tty0"};

	(void)state;
	text_of(&e, &out);
	assert_non_null(strstr(out.data,
		"multiboot2 " GRUBCFG_BARE_PATH " console=tty0\n"
		"\tmodule2 --nounzip /boot/k.xz\n\tmodule2 --nounzip /boot/i\n"
		"\tmodule2 --nounzip " GRUBCFG_INITRD_PATH "\n"));
}

static void refused(const struct grubcfg_entry *e, const char *words)
{
	struct grubcfg m = {.entries = e, .len = 1};
	struct gnx_err err = GNX_ERR_INIT;

	assert_int_equal(grubcfg_check(&m, &err), -GNX_E_BAD_VALUE);
	assert_non_null(strstr(err.msg, words));
}

static void bad_entries(void **state)
{
	const struct grubcfg_entry good = {.kind = GRUBCFG_LINUX, .title = "t", .kernel = "/k"};
	struct grubcfg_entry e;
	struct grubcfg none = {.len = 0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(grubcfg_check(&none, &err), -GNX_E_BAD_VALUE);
	e = good, e.title = "";
	refused(&e, "without a title");
	e = good, e.kernel = NULL;
	refused(&e, "no file to boot");
	e = good, e.kernel = "k";
	refused(&e, "not an absolute path");
	e = good, e.initrd = "/a b";
	refused(&e, "only letters");
	e = good, e.kernel_args = "a\nb";
	refused(&e, "control character in its words for the kernel");
	e = good, e.title = "a\033b";
	refused(&e, "control character in its title");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_entries),
		cmocka_unit_test(network),
		cmocka_unit_test(words_keep_their_meaning),
		cmocka_unit_test(user_images),
		cmocka_unit_test(kernel_for_xen_on_the_bare_machine),
		cmocka_unit_test(bad_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
