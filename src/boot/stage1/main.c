/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage 1: /init of dom0's initrd. Finds the image's layers (in the initrd or on the medium),
 * verifies them, copies them into RAM where there is enough, mounts them as one root and executes
 * its /sbin/init. Its contracts with the builder and with dom0: docs/design/image.adoc.
 */
#include "base/clean.h"
#include "base/file.h"
#include "boot/stage1/console.h"
#include "boot/stage1/devices.h"
#include "boot/stage1/image_file.h"
#include "boot/stage1/layers.h"
#include "boot/stage1/medium.h"
#include "boot/stage1/menu.h"
#include "boot/stage1/modules.h"
#include "boot/stage1/place.h"
#include "boot/stage1/switch.h"
#include "boot/stage1/sys.h"
#include "model/bootparam.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define INITRD_FILES "/gridnix"
#define SMALL_INIT   "/usr/lib/gridnix/guest/init"
#define SETTLE	     6 /* half seconds that devices get to show up */

struct stage1 {
	struct gnx_buf cmdline;
	struct bootparams params;
	struct modules modules;
	struct devices devices;
	struct image image;
	struct medium medium;
	enum place place;
	const char *why_medium;	    /* why nothing was copied to RAM; NULL: no reason to tell */
	struct gnx_strv bad_params; /* a sentence for each */
	bool small_is_fine;	    /* the user wants to go on with too little memory */
	long long t_kernel, t_medium, t_layers;
};

static int mount_kernel_files(struct gnx_err *err)
{
	int rc = sys_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err);

	if (rc >= 0)
		rc = sys_mount(
			"sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err);
	if (rc >= 0)
		rc = sys_mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755", err);
	if (rc >= 0)
		rc = sys_mount(
			"tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=20%", err);
	return rc;
}

static void note_bad_parameter(void *arg, const char *name, const char *value, const char *reason)
{
	struct stage1 *s = arg;

	say_loud("boot parameter %s=%s %s; the default is taken", name, value, reason);
	gnx_strv_fmt(&s->bad_params, "boot parameter %s=%s %s", name, value, reason);
}

static void read_parameters(struct stage1 *s)
{
	struct gnx_err err = GNX_ERR_INIT;

	if (gnx_file_read("/proc/cmdline", BOOTPARAM_CMDLINE_MAX, &s->cmdline, &err) < 0) {
		say_loud("%s; all boot parameters have their defaults", err.msg);
		gnx_buf_str(&s->cmdline, "");
	}
	bootparam_parse(&s->params, s->cmdline.data, note_bad_parameter, s);
	console_set_verbose(bootparam_on(&s->params, BOOTPARAM_verbose));
}

static int cut_off(struct gnx_err *err)
{
	static const char key[] = "machine_need_mib ";
	char need[64] = "";
	const char *mib = "more";

	sys_read_line("/gridnix/need", need, sizeof(need));
	if (gnx_starts(need, key))
		mib = need + strlen(key);
	return gnx_fail(err, -ENOMEM,
		"not enough memory: the initrd was cut off while it was unpacked. "
		"There are %llu MiB here; the machine needs %s MiB",
		(unsigned long long)sys_mem_kib("MemTotal") / 1024, mib);
}

/* The initrd's last file: without it, the rest was cut off as well. */
static int read_image(struct stage1 *s, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int rc = gnx_file_read(IMAGE_PATH, IMAGE_FILE_MAX, &text, err);

	if (rc == -ENOENT)
		return cut_off(err);
	return rc < 0 ? rc : image_parse(&s->image, text.data, err);
}

static int check_memory(const struct stage1 *s, struct gnx_err *err)
{
	uint64_t total = sys_mem_kib("MemTotal");

	if (s->small_is_fine || total >= s->image.ram_need_kib)
		return 0;
	return gnx_fail(err, -ENOMEM,
		"not enough memory: this system has %llu MiB and needs %llu MiB, "
		"which is a machine with %llu MiB",
		(unsigned long long)total / 1024, (unsigned long long)s->image.ram_need_kib / 1024,
		(unsigned long long)s->image.machine_need_mib);
}

/* How many of the image's files are in the initrd, and how many are as large as they should be. */
static size_t parts_in_initrd(const struct image *image, size_t *whole_out)
{
	size_t found = 0, whole = 0;

	for (size_t i = 0; i < image->nparts; i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt(INITRD_FILES "/%s", image->parts[i].name);
		struct stat st;

		if (stat(path, &st) < 0)
			continue;
		found++;
		whole += (uint64_t)st.st_size == image->parts[i].bytes;
	}
	*whole_out = whole;
	return found;
}

static int find_files(struct stage1 *s, struct gnx_err *err)
{
	const char *prefer = bootparam_get(&s->params, BOOTPARAM_medium);
	size_t whole;
	int rc;

	if (parts_in_initrd(&s->image, &whole) > 0) {
		s->place = PLACE_INITRD;
		/* The netboot set's initrd begins with the medium's, which was there. */
		return whole < s->image.nparts ? cut_off(err) : 0;
	}
	rc = medium_find(&s->medium, &s->devices, &s->modules, &s->image, prefer, err);
	if (rc < 0)
		return rc;
	say("the medium is %s", s->medium.device);
	s->place = place_choose(bootparam_get(&s->params, BOOTPARAM_run), &s->image,
		sys_mem_kib("MemTotal"), sys_mem_kib("MemAvailable"), &s->why_medium);
	if (s->why_medium)
		say("%s", s->why_medium);
	return 0;
}

static void add_notes(const struct stage1 *s, struct gnx_buf *text)
{
	for (size_t i = 0; i < s->bad_params.len; i++)
		gnx_buf_fmt(text, "note %s\n", s->bad_params.items[i]);
	if (s->medium.other)
		gnx_buf_fmt(text, "note medium=%s was not found; booted from %s\n",
			bootparam_get(&s->params, BOOTPARAM_medium), s->medium.device);
	if (s->why_medium)
		gnx_buf_fmt(text, "note %s\n", s->why_medium);
}

static int write_boot_file(const struct stage1 *s, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	bool from_initrd = s->place == PLACE_INITRD;

	gnx_buf_fmt(&text, "mode %s\n", place_name(s->place));
	if (!from_initrd)
		gnx_buf_fmt(&text, "device %s\n", s->medium.device);
	gnx_buf_fmt(&text, "label %s\nname %s\nid %s\n",
		from_initrd ? s->image.label : s->medium.label, s->image.name, s->image.id);
	gnx_buf_fmt(&text, "t_kernel %lld\nt_medium %lld\nt_layers %lld\nt_switch %lld\n",
		s->t_kernel, s->t_medium, s->t_layers, sys_boottime_ms());
	add_notes(s, &text);
	return gnx_file_write("/run/gridnix/boot", text.data, text.len, err);
}

/* Everything up to the point of no return. */
static int prepare(struct stage1 *s, struct gnx_err *err)
{
	int rc = read_image(s, err);

	if (rc >= 0)
		rc = check_memory(s, err);
	if (rc >= 0)
		rc = find_files(s, err);
	s->t_medium = sys_boottime_ms();
	if (rc >= 0)
		rc = place_files(s->place, &s->image,
			s->place == PLACE_INITRD ? INITRD_FILES : MEDIUM_DIR INITRD_FILES, err);
	if (rc >= 0)
		rc = layers_mount(&s->image, PLACE_DIR, err);
	s->t_layers = sys_boottime_ms();
	return rc < 0 ? rc : switch_check(err);
}

static void undo(struct stage1 *s)
{
	layers_unmount(&s->image);
	sys_unmount(PLACE_DIR);
	sys_unmount(MEDIUM_DIR);
	devices_done(&s->devices);
}

static void explain(struct stage1 *s, const struct gnx_err *err)
{
	say_loud("THE BOOT STOPPED: %s", err->msg);
	if (err->code == -ENOMEM)
		return;
	modules_load_for_devices(&s->modules);
	console_text("The disks, sticks and drives of this machine:\n");
	devices_refresh(&s->devices);
	devices_report(&s->devices);
}

/* Returns when the root may be entered. */
static void boot(struct stage1 *s)
{
	bool rescue = bootparam_on(&s->params, BOOTPARAM_rescue);

	for (;;) {
		struct gnx_err err = GNX_ERR_INIT;
		bool is_small, failed = prepare(s, &err) < 0;

		if (!failed && !rescue)
			return;
		/* The initrd is whole, so it may work all the same: the user decides. */
		is_small = err.code == -ENOMEM && s->image.ram_need_kib;
		if (failed)
			explain(s, &err);
		else
			say_loud("rescue: the root is mounted on " LAYERS_ROOT
				 " and would be entered now");
		if (menu_ask(&s->modules, &s->devices, !failed || is_small) == MENU_CONTINUE) {
			if (!failed)
				return;
			s->small_is_fine = true;
		}
		undo(s);
	}
}

/* The menu's rescue entry loads the small Linux's initrd in front of this one: with all drivers
 * loaded, that is where to go. Returns when there is none. */
static void enter_small_linux(struct stage1 *s)
{
	static const char *const mounts[] = {"/run", "/dev", "/sys", "/proc"};

	if (access(SMALL_INIT, X_OK) < 0)
		return;
	for (int i = 0; i < SETTLE; i++) {
		modules_load_for_devices(&s->modules);
		modules_wait(&s->modules, 500);
	}
	/* Nothing loads a driver later: for disks to mount, and sticks that are plugged in. */
	modules_load(&s->modules, "usb_storage uas crc32c_generic ext4 nls_cp437 nls_ascii vfat");
	for (size_t i = 0; i < GNX_LEN(mounts); i++)
		umount2(mounts[i], MNT_DETACH);
	execl(SMALL_INIT, "init", NULL);
	say_loud(SMALL_INIT ": %s", strerror(errno));
}

int main(void)
{
	static struct stage1 s;
	struct gnx_err err = GNX_ERR_INIT, modules_err = GNX_ERR_INIT;
	int rc;

	if (getpid() != 1) {
		fprintf(stderr, "This is the first program of a booting kernel, not a command.\n");
		return 2;
	}
	s.t_kernel = sys_boottime_ms();
	umask(022);
	rc = mount_kernel_files(&err);
	console_open();
	read_parameters(&s);
	if (rc < 0)
		say_loud("%s", err.msg);
	if (modules_open(&s.modules, s.cmdline.data, &modules_err) < 0)
		say_loud("%s; no driver can be loaded", modules_err.msg);
	modules_load_listed(&s.modules);
	enter_small_linux(&s);
	boot(&s);
	if (write_boot_file(&s, &err) < 0)
		say_loud("%s", err.msg);
	switch_root(s.place == PLACE_INITRD, s.place != PLACE_INITRD, &err);
	for (;;) {
		say_loud("THE BOOT STOPPED, and the initrd is gone: %s", err.msg);
		menu_ask(&s.modules, &s.devices, false);
	}
}
