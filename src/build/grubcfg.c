/* SPDX-License-Identifier: BSD-3-Clause */
/* The boot menu: see grubcfg.h. */
#include "build/grubcfg.h"
#include "base/clean.h"
#include "build/budget.h"

#include <ctype.h>
#include <string.h>

static const char head[] = "# Made by gridnix-build.\n"
			   "if serial --unit=0 --speed=115200; then\n"
			   "\tterminal_input console serial\n"
			   "\tterminal_output console serial\n"
			   "fi\n";

/* SMBIOS has one structure of type 16 with the number of memory devices at 13, and for each device
 * one of type 17 with its size at 12: 0 is an empty socket, 0x7fff and above are sizes in other
 * units, all far above what we ask for. GRUB cannot add, so with several devices, each too small,
 * nothing is said: together they may be enough. $1 is what a BIOS machine needs, $2 one with
 * UEFI. */
static const char need[] =
	"\n"
	"function need {\n"
	"\tset need=$1\n"
	"\tif [ $grub_platform = efi ]; then\n"
	"\t\tset need=$2\n"
	"\tfi\n"
	"\tset sockets=0\n"
	"\tset devices=\n"
	"\tsmbios --type 16 --get-word 13 --set sockets\n"
	"\tfor n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do\n"
	"\t\tset size=0\n"
	"\t\tif [ $n -le $sockets ]; then\n"
	"\t\t\tsmbios --type 17 --match $n --get-word 12 --set size\n"
	"\t\tfi\n"
	"\t\tif [ $size -ge $need ]; then\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\t\tif [ $size -gt 0 ]; then\n"
	"\t\t\tset have=$size\n"
	"\t\t\tset devices=x$devices\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif [ \"$devices\" = x ]; then\n"
	"\t\techo\n"
	"\t\techo \"This machine has $have MiB of memory. This entry needs $need MiB.\"\n"
	"\t\techo 'Press Esc to try it all the same, or wait a minute.'\n"
	"\t\tsleep --interruptible 60\n"
	"\tfi\n"
	"}\n";

/* docs/manual/hardening.adoc says what these are for. */
#define XEN_ARGS                                                                                   \
	"console=com1,vga com1=115200,8n1 pv-linear-pt=no gnttab=no-transitive scrub-domheap"
#define DOM0_ARGS "console=tty0 console=hvc0 slab_nomerge page_alloc.shuffle=1 init_on_free=1"

static const struct {
	const char *name;
	struct grubcfg_entry entry;
} standard[] = {
	{"demo",
		{GRUBCFG_XEN, "Gridnix", GRUBCFG_KERNEL_PATH, GRUBCFG_INITRD_PATH, XEN_ARGS,
			DOM0_ARGS " quiet", 0}},
	{"testing",
		{GRUBCFG_XEN, "Gridnix, with all messages (for testing)", GRUBCFG_KERNEL_PATH,
			GRUBCFG_INITRD_PATH,
			XEN_ARGS
			" loglvl=all guest_loglvl=all sync_console console_timestamps=boot",
			DOM0_ARGS " debug ignore_loglevel verbose=yes", 0}},
	{"rescue",
		{GRUBCFG_BARE, "Small Linux without Xen (rescue shell)", GRUBCFG_KERNEL_PATH, NULL,
			NULL, NULL, 0}},
	{"rescue-guest",
		{GRUBCFG_LINUX, "Small Linux without Xen, on the guests' kernel",
			GRUBCFG_GUEST_KERNEL, NULL, NULL, NULL, 0}},
	{"memtest",
		{GRUBCFG_MEMTEST, "Memory test (memtest86+)", NULL, NULL, NULL,
			"console=ttyS0,115200", 0}},
};

bool grubcfg_standard(const char *name, struct grubcfg_entry *out)
{
	for (size_t i = 0; i < GNX_LEN(standard); i++)
		if (!strcmp(standard[i].name, name)) {
			*out = standard[i].entry;
			return true;
		}
	return false;
}

static bool plain(int c)
{
	return isalnum(c) || strchr("._+-/", c);
}

static int check_text(const char *what, const char *title, const char *text, struct gnx_err *err)
{
	for (const char *c = text; c && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"menu entry \"%s\": a control character in its %s", title, what);
	return 0;
}

static int check_path(const char *title, const char *path, struct gnx_err *err)
{
	if (!path)
		return 0;
	for (const char *c = path; *c; c++)
		if (!plain((unsigned char)*c))
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"menu entry \"%s\": \"%s\": only letters, digits and . _ + - / may "
				"stand in a path",
				title, path);
	if (*path != '/')
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"menu entry \"%s\": \"%s\" is not an absolute path", title, path);
	return 0;
}

static int check_entry(const struct grubcfg_entry *e, struct gnx_err *err)
{
	int r;

	if (!e->title || !*e->title)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "a menu entry without a title");
	if (!e->kernel && e->kind != GRUBCFG_MEMTEST)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"menu entry \"%s\": no file to boot is given", e->title);
	r = check_text("title", e->title, e->title, err);
	if (!r)
		r = check_text("words for Xen", e->title, e->xen_args, err);
	if (!r)
		r = check_text("words for the kernel", e->title, e->kernel_args, err);
	if (!r)
		r = check_path(e->title, e->kernel, err);
	return r ? r : check_path(e->title, e->initrd, err);
}

int grubcfg_check(const struct grubcfg *m, struct gnx_err *err)
{
	if (m->chosen >= m->len)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "the boot menu has no such entry to start");
	for (size_t i = 0; i < m->len; i++) {
		int r = check_entry(&m->entries[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* One word of GRUB's script language that stands for itself. */
static void add_quoted(struct gnx_buf *out, const char *text, size_t len)
{
	gnx_buf_str(out, "'");
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\'')
			gnx_buf_str(out, "'\\''");
		else
			gnx_buf_add(out, &text[i], 1);
	gnx_buf_str(out, "'");
}

/* The first word of args, without the double quotes that may hold blanks in it: GRUB puts such
 * around each word with blanks, and would send these as characters. Returns what follows; *len: 0
 * when there is no word. */
static const char *take_word(const char *args, char *word, size_t *len)
{
	bool quoted = false;

	args += strspn(args, " ");
	for (*len = 0; *args && (quoted || *args != ' '); args++)
		if (*args == '"')
			quoted = !quoted;
		else
			word[(*len)++] = *args;
	return args;
}

/* The words of args, each after a blank, quoted where GRUB would read more into them. */
static void add_args(struct gnx_buf *out, const char *args)
{
	GNX_CLEAN(gnx_free)
	char *word = gnx_dup(args ? args : "");

	while (args && *args) {
		size_t len, safe = 0;

		args = take_word(args, word, &len);
		while (safe < len &&
			(plain((unsigned char)word[safe]) || strchr("=,:@%", word[safe])))
			safe++;
		if (len)
			gnx_buf_str(out, " ");
		if (safe == len)
			gnx_buf_add(out, word, len);
		else
			add_quoted(out, word, len);
	}
}

static void add_xen(const struct grubcfg_entry *e, const char *xen, const char *kernel,
	const char *initrd, struct gnx_buf *out)
{
	gnx_buf_fmt(out, "\techo 'Loading Xen ...'\n\tmultiboot2 %s", xen);
	add_args(out, e->xen_args);
	/* Xen unpacks the kernel and dom0 its initrd: GRUB would need the memory for both forms. */
	gnx_buf_fmt(out, "\n\techo 'Loading the kernel ...'\n\tmodule2 --nounzip %s", kernel);
	add_args(out, e->kernel_args);
	gnx_buf_str(out, "\n");
	if (initrd)
		gnx_buf_fmt(out,
			"\techo 'Loading the initrd ...'\n"
			"\tmodule2 --nounzip %s\n",
			initrd);
}

static void add_linux(const struct grubcfg_entry *e, struct gnx_buf *out)
{
	gnx_buf_fmt(out, "\tlinux %s", e->kernel);
	add_args(out, e->kernel_args);
	gnx_buf_str(out, "\n");
	if (e->initrd)
		gnx_buf_fmt(out, "\tinitrd %s\n", e->initrd);
}

/* The program boot/bare unpacks the kernel and enters it. The kernel's drivers are in dom0's
 * initrd, which comes last, so that its /init counts. With a BIOS the screen stays in text mode, as
 * it does for other kernels; multiboot2 has chosen another one, so this comes last. */
static void add_bare(const struct grubcfg_entry *e, struct gnx_buf *out)
{
	gnx_buf_str(out, "\tmultiboot2 " GRUBCFG_BARE_PATH);
	add_args(out, e->kernel_args);
	gnx_buf_fmt(out, "\n\tmodule2 --nounzip %s\n", e->kernel);
	if (e->initrd)
		gnx_buf_fmt(out, "\tmodule2 --nounzip %s\n", e->initrd);
	gnx_buf_str(out,
		"\tmodule2 --nounzip " GRUBCFG_INITRD_PATH "\n"
		"\tif [ $grub_platform = pc ]; then\n"
		"\t\tset gfxpayload=text\n"
		"\tfi\n");
}

static void add_memtest(const struct grubcfg_entry *e, struct gnx_buf *out)
{
	gnx_buf_str(out, "\tif [ $grub_platform = pc ]; then\n\t\tlinux16 " GRUBCFG_MEMTEST_PC);
	add_args(out, e->kernel_args);
	gnx_buf_str(out, "\n\telse\n\t\tchainloader " GRUBCFG_MEMTEST_EFI);
	add_args(out, e->kernel_args);
	gnx_buf_str(out, "\n\tfi\n");
}

/* memdisk shows the image to the BIOS as a drive. There is nothing like it under UEFI. */
static void add_memdisk(const char *image, const char *mode, struct gnx_buf *out)
{
	gnx_buf_fmt(out,
		"\tif [ $grub_platform = pc ]; then\n"
		"\t\tlinux16 " GRUBCFG_MEMDISK_PATH " %s\n"
		"\t\tinitrd16 %s\n"
		"\telse\n"
		"\t\techo 'This entry needs a BIOS; this machine was started by UEFI.'\n"
		"\t\tsleep --interruptible 10\n"
		"\tfi\n",
		mode, image);
}

/* Distributions put their menu for this use into loopback.cfg and read iso_path there. */
static void add_iso(const char *image, struct gnx_buf *out)
{
	static const char *const menus[] = {"loopback.cfg", "grub.cfg"};

	gnx_buf_fmt(out,
		"\tset iso_path=%s\n"
		"\texport iso_path\n"
		"\tloopback loop $iso_path\n",
		image);
	for (size_t i = 0; i < GNX_LEN(menus); i++)
		gnx_buf_fmt(out,
			"\t%s [ -f (loop)/boot/grub/%s ]; then\n"
			"\t\tset root=loop\n"
			"\t\tconfigfile /boot/grub/%s\n",
			i ? "elif" : "if", menus[i], menus[i]);
	gnx_buf_str(out, "\telse\n");
	add_memdisk(image, "iso raw", out);
	gnx_buf_str(out, "\tfi\n");
}

static void begin(const struct grubcfg_entry *e, struct gnx_buf *out)
{
	gnx_buf_str(out, "\nmenuentry ");
	add_quoted(out, e->title, strlen(e->title));
	gnx_buf_str(out, " {\n");
	if (e->need_mib)
		gnx_buf_fmt(out, "\tneed %u %u\n", e->need_mib, e->need_mib + BUDGET_UEFI_MIB);
}

static void add_entry(const struct grubcfg_entry *e, struct gnx_buf *out)
{
	begin(e, out);
	switch (e->kind) {
	case GRUBCFG_XEN:
		add_xen(e, GRUBCFG_XEN_PATH, e->kernel, e->initrd, out);
		break;
	case GRUBCFG_LINUX:
		add_linux(e, out);
		break;
	case GRUBCFG_BARE:
		add_bare(e, out);
		break;
	case GRUBCFG_MEMTEST:
		add_memtest(e, out);
		break;
	case GRUBCFG_FLOPPY:
		add_memdisk(e->kernel, "floppy", out);
		break;
	case GRUBCFG_ISO:
		add_iso(e->kernel, out);
		break;
	}
	gnx_buf_str(out, "}\n");
}

static void begin_menu(const struct grubcfg *m, size_t chosen, struct gnx_buf *out)
{
	gnx_buf_str(out, head);
	gnx_buf_fmt(out, "set timeout=%u\nset default=%zu\n", m->timeout, chosen);
	gnx_buf_str(out, need);
}

void grubcfg_medium(const struct grubcfg *m, struct gnx_buf *out)
{
	begin_menu(m, m->chosen, out);
	for (size_t i = 0; i < m->len; i++)
		add_entry(&m->entries[i], out);
}

void grubcfg_netboot(const struct grubcfg *m, struct gnx_buf *out)
{
	size_t before = 0; /* entries of kind XEN in front of the chosen one */

	for (size_t i = 0; i < m->chosen; i++)
		before += m->entries[i].kind == GRUBCFG_XEN;
	begin_menu(m, before, out);
	for (size_t i = 0; i < m->len; i++) {
		if (m->entries[i].kind != GRUBCFG_XEN)
			continue;
		begin(&m->entries[i], out);
		add_xen(&m->entries[i], "$prefix/" GRUBCFG_NET_XEN, "$prefix/" GRUBCFG_NET_KERNEL,
			"$prefix/" GRUBCFG_NET_INITRD, out);
		gnx_buf_str(out, "}\n");
	}
}

static const char *words(const char *args)
{
	return args ? args : "";
}

void grubcfg_ipxe(const struct grubcfg *m, struct gnx_buf *out)
{
	const struct grubcfg_entry *e = &m->entries[m->chosen];

	for (size_t i = 0; i < m->len && e->kind != GRUBCFG_XEN; i++)
		e = &m->entries[i];
	if (e->kind == GRUBCFG_XEN)
		gnx_buf_fmt(out,
			"#!ipxe\n"
			"iseq ${platform} efi && goto uefi ||\n"
			"kernel " GRUBCFG_NET_XEN " %s\n"
			"module " GRUBCFG_NET_KERNEL " %s\n"
			"module " GRUBCFG_NET_INITRD "\n"
			"boot\n"
			":uefi\n"
			"chain grubx64.efi || echo On UEFI let the boot server name grubx64.efi "
			"instead of this script.\n",
			words(e->xen_args), words(e->kernel_args));
}
