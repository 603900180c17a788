/* SPDX-License-Identifier: BSD-3-Clause */
/* The ISO: see media.h. The netboot set is in media_net.c. */
#include "build/media.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/media_part.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>

#define TREE	 MEDIA_TREE
#define WRITTEN	 "written" /* copies of the ISO's files that xorriso writes */
#define ELTORITO "/boot/grub/eltorito.img"

/* What the menu needs of GRUB; no fonts or translations. For a BIOS it is one packed file. There
 * is no packing for EFI: there the loader holds what finds the medium, and the rest lies there as
 * gzipped modules. */
#define GRUB_COMMON                                                                                \
	"configfile echo gzio xzio halt iso9660 linux loopback ls cat multiboot2 normal part_gpt " \
	"part_msdos reboot search search_fs_file search_fs_uuid serial sleep smbios terminal test"
#define GRUB_BIOS GRUB_COMMON " biosdisk linux16 vga_text"
#define GRUB_EFI  GRUB_COMMON " chain efi_gop"
#define EFI_CORE  "fat gzio iso9660 part_gpt part_msdos search search_fs_file search_fs_uuid"
#define EFI_DIR	  "/boot/grub/x86_64-efi"

#define VOLUME_DATE 64 /* room for YYYYMMDDhhmmsscc */

/* Sectors in a cylinder of the ESP's geometry. */
#define ESP_CYLINDER (2 * 18)

char *media_path(const struct media_plan *p, const char *name)
{
	return gnx_fmt("%s/%s", p->work, name);
}

int media_write(const struct media_plan *p, const char *name, const struct gnx_buf *text,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = media_path(p, name);

	return gnx_file_write(path, text->data, text->len, err);
}

int media_run(const struct media_plan *p, struct gnx_err *err, const char *fmt, ...)
{
	GNX_CLEAN(gnx_free)
	char *line = NULL;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	gnx_strv_split(&argv, line, " ");
	return p->run(p->ctx, argv.items, err);
}

const char *media_find(const struct media_plan *p, const char *to)
{
	for (size_t i = 0; i < p->files_len; i++)
		if (!strcmp(p->files[i].to, to))
			return p->files[i].from;
	return NULL;
}

static int copy_bytes(int in, int out, const char *from, struct gnx_err *err)
{
	for (;;) {
		ssize_t n = sendfile(out, in, NULL, 1 << 20);

		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return gnx_fail_errno(err, "%s: copy", from);
	}
}

int media_copy(const struct media_plan *p, const char *from, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = media_path(p, name);
	GNX_CLEAN(gnx_free)
	char *dir = gnx_dup(path);
	GNX_CLEAN(gnx_close)
	int in = open(from, O_RDONLY | O_CLOEXEC);
	GNX_CLEAN(gnx_close)
	int out = -1;
	int r;

	if (in < 0)
		return gnx_fail_errno(err, "%s", from);
	*strrchr(dir, '/') = '\0';
	r = gnx_mkdirs(dir, err);
	if (r < 0)
		return r;
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out < 0)
		return gnx_fail_errno(err, "%s", path);
	return copy_bytes(in, out, from, err);
}

/* mcopy takes the file's own time. */
static int set_time(const struct media_plan *p, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = media_path(p, name);
	const struct timespec when = {.tv_sec = (time_t)p->epoch};

	if (utimensat(AT_FDCWD, path, (const struct timespec[]){when, when}, 0) < 0)
		return gnx_fail_errno(err, "%s", path);
	return 0;
}

static int check_label(const char *label, struct gnx_err *err)
{
	size_t len = strspn(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (!len || len > 32 || label[len])
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"volume label \"%s\": 1 to 32 of A-Z, 0-9 and _ are allowed", label);
	return 0;
}

static int volume_date(const struct media_plan *p, char date[VOLUME_DATE], struct gnx_err *err)
{
	time_t when = (time_t)p->epoch;
	struct tm tm;

	if (!gmtime_r(&when, &tm) || strftime(date, VOLUME_DATE, "%Y%m%d%H%M%S00", &tm) != 16)
		return gnx_fail(
			err, -GNX_E_BAD_VALUE, "%" PRId64 ": no date for a volume", p->epoch);
	return 0;
}

static int check_there(
	const struct media_plan *p, const char *title, const char *path, struct gnx_err *err)
{
	if (path && !media_find(p, path))
		return gnx_fail(err, -GNX_E_MISSING, "menu entry \"%s\": the medium has no %s",
			title, path);
	return 0;
}

static int check_entry(
	const struct media_plan *p, const struct grubcfg_entry *e, struct gnx_err *err)
{
	bool memdisk = e->kind == GRUBCFG_FLOPPY || e->kind == GRUBCFG_ISO;
	const char *paths[] = {e->kernel, e->initrd,
		e->kind == GRUBCFG_XEN ? GRUBCFG_XEN_PATH : NULL,
		e->kind == GRUBCFG_BARE ? GRUBCFG_BARE_PATH : NULL,
		memdisk ? GRUBCFG_MEMDISK_PATH : NULL,
		e->kind == GRUBCFG_MEMTEST ? GRUBCFG_MEMTEST_PC : NULL,
		e->kind == GRUBCFG_MEMTEST ? GRUBCFG_MEMTEST_EFI : NULL};
	int r = 0;

	for (size_t i = 0; !r && i < GNX_LEN(paths); i++)
		r = check_there(p, e->title, paths[i], err);
	return r;
}

int media_check(const struct media_plan *p, struct gnx_err *err)
{
	int r = check_label(p->label, err);

	if (!r)
		r = grubcfg_check(p->menu, err);
	for (size_t i = 0; !r && i < p->menu->len; i++)
		r = check_entry(p, &p->menu->entries[i], err);
	return r;
}

static int fill_tree(const struct media_plan *p, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *grub = media_path(p, TREE "/boot/grub");
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf menu = {0};
	int r = gnx_mkdirs(grub, err);

	for (size_t i = 0; !r && i < p->files_len; i++) {
		GNX_CLEAN(gnx_free)
		char *name = gnx_fmt(TREE "%s", p->files[i].to);

		r = media_copy(p, p->files[i].from, name, err);
	}
	grubcfg_medium(p->menu, &menu);
	return r ? r : media_write(p, TREE "/boot/grub/grub.cfg", &menu, err);
}

/* The modules with all that they need, but for what is in the loader. */
static int copy_efi_modules(const struct media_plan *p, struct gnx_err *err)
{
	static char copy[] =
		"from=/usr/lib/grub/x86_64-efi to=" TREE EFI_DIR "; mkdir -p $to\n"
		"needs() { awk -F '[: ]+' -v want=\"$*\" '{ for (i = 2; i <= NF; i++)"
		" deps[$1] = deps[$1] \" \" $i }"
		" END { n = split(want, todo); while (n) { m = todo[n--]; if (m in seen) continue;"
		" seen[m]; print m; k = split(deps[m], d);"
		" for (i = 1; i <= k; i++) todo[++n] = d[i] } }' $from/moddep.lst | sort; }\n"
		"needs " EFI_CORE " > core && needs " GRUB_EFI " | grep -vxFf core > rest\n"
		"while read -r m; do gzip -9n < $from/$m.mod > $to/$m.mod || exit; done < rest\n";
	char *argv[] = {"sh", "-c", copy, NULL};

	return p->run(p->ctx, argv, err);
}

static int make_efi_loader(
	const struct media_plan *p, const struct gnx_buf *early, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv modules = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = copy_efi_modules(p, err);

	gnx_buf_add(&text, early->data, early->len);
	gnx_strv_split(&modules, GRUB_EFI, " ");
	for (size_t i = 0; i < modules.len; i++)
		gnx_buf_fmt(&text, "insmod %s\n", modules.items[i]);
	if (!r)
		r = media_write(p, "early-efi.cfg", &text, err);
	return r ? r
		 : media_run(p, err,
			   "grub-mkimage -O x86_64-efi -p /boot/grub -c early-efi.cfg "
			   "-o " MEDIA_LOADER " " EFI_CORE);
}

/* The loaders find the medium by its UUID, which is made from the volume's date; as plain files
 * on another file system, by a file that all our media have. The last search that finds
 * something wins; there is no "if" this early. */
static int make_loaders(const struct media_plan *p, const char *date, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf early = {0};
	int r;

	gnx_buf_fmt(&early,
		"search --set=root --file /gridnix/image\n"
		"search --set=root --fs-uuid %.4s-%.2s-%.2s-%.2s-%.2s-%.2s-%.2s\n"
		"set prefix=($root)/boot/grub\n",
		date, date + 4, date + 6, date + 8, date + 10, date + 12, date + 14);
	r = media_write(p, "early.cfg", &early, err);
	if (!r)
		r = media_run(p, err,
			"grub-mkimage -O i386-pc-eltorito -C xz -p /boot/grub -c early.cfg "
			"-o " TREE ELTORITO " " GRUB_BIOS);
	return r ? r : make_efi_loader(p, &early, err);
}

/* The EFI system partition: a FAT12 file system with nothing but the loader, and as small as that
 * allows: sectors for the file, the tables and two directories, in whole cylinders. */
static int make_esp(const struct media_plan *p, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *loader = media_path(p, MEDIA_LOADER);
	struct stat st;
	long long sectors;
	int r = set_time(p, MEDIA_LOADER, err);

	if (r < 0)
		return r;
	if (stat(loader, &st) < 0)
		return gnx_fail_errno(err, "%s", loader);
	sectors = (st.st_size / 512 + 64 + ESP_CYLINDER - 1) / ESP_CYLINDER * ESP_CYLINDER;
	r = media_run(p, err,
		"mformat -C -i " MEDIA_ESP " -T %lld -h 2 -s 18 -c 1 -N %08" PRIx32 " ::", sectors,
		(uint32_t)p->epoch);
	if (!r)
		r = media_run(p, err, "mmd -i " MEDIA_ESP " ::EFI ::EFI/BOOT");
	return r ? r : media_run(p, err, "mcopy -m -i " MEDIA_ESP " " MEDIA_LOADER " ::EFI/BOOT/");
}

/* Of the tree, and of what xorriso writes, as far as that is known. */
static int make_sums(const struct media_plan *p, struct gnx_err *err)
{
	static char sums[] =
		"mkdir -p " WRITTEN "/boot/grub && cd " WRITTEN " &&"
		" touch ." ELTORITO " ." MEDIA_CATALOG " && sha256sum boot/grub/* >../sums &&"
		" cd ../" TREE " && find . -type f ! -path ./SHA256SUMS ! -path ." ELTORITO
		" -printf '%P\\n' | xargs -d '\\n' sha256sum >>../sums &&"
		" sort -k 2 ../sums >SHA256SUMS";
	char *argv[] = {"sh", "-c", sums, NULL};

	return p->run(p->ctx, argv, err);
}

/* A partition table that both kinds of firmware take needs the ESP as an appended partition;
 * with it inside the tree xorriso writes none. */
static int make_iso(const struct media_plan *p, const char *date, struct gnx_err *err)
{
	return media_run(p, err,
		"xorriso -as mkisofs -quiet -no-pad -iso-level 3 -r -J -V %s --modification-date=%s "
		"--set_all_file_dates %s "
		"-c " MEDIA_CATALOG " -b " ELTORITO " "
		"-no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info "
		"--grub2-mbr /usr/lib/grub/i386-pc/boot_hybrid.img "
		"-append_partition 2 0xef " MEDIA_ESP " -appended_part_as_gpt -eltorito-alt-boot "
		"-e --interval:appended_partition_2:all:: -no-emul-boot -o " MEDIA_ISO " " TREE,
		p->label, date, date);
}

int media_tree(const struct media_plan *p, struct gnx_err *err)
{
	char date[VOLUME_DATE];
	int r = media_check(p, err);

	if (!r)
		r = volume_date(p, date, err);
	if (!r)
		r = fill_tree(p, err);
	return r ? r : make_loaders(p, date, err);
}

/* What xorriso writes tells where the files are, which their sizes decide. So one ISO is made to
 * get the sums for the other. */
int media_iso(const struct media_plan *p, struct gnx_err *err)
{
	char date[VOLUME_DATE];
	int r = volume_date(p, date, err);

	if (!r)
		r = make_esp(p, err);
	if (!r)
		r = make_sums(p, err);
	if (!r)
		r = make_iso(p, date, err);
	if (!r)
		r = media_run(p, err,
			"xorriso -report_about WARNING -osirrox on -indev " MEDIA_ISO
			" -extract " ELTORITO " " WRITTEN ELTORITO " -extract " MEDIA_CATALOG
			" " WRITTEN MEDIA_CATALOG);
	if (!r)
		r = media_run(p, err, "rm " MEDIA_ISO);
	if (!r)
		r = make_sums(p, err);
	return r ? r : make_iso(p, date, err);
}
