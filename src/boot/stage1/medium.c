/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding the medium: see medium.h. */
#include "boot/stage1/medium.h"

#include "base/clean.h"
#include "base/file.h"
#include "boot/stage1/console.h"
#include "boot/stage1/sys.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#define SEARCH_MS 60000
#define PREFER_MS 20000 /* how long only the preferred one will do */
#define STILL_MS  10000

/* Of several candidates, the likeliest goes first. */
enum round { PREFERRED, ISO, OTHER, NROUNDS };

static bool is_preferred(const struct device *device, const char *prefer)
{
	const char *slash = strrchr(prefer, '/');
	const char *name = slash ? slash + 1 : prefer;

	return *name && (!strcmp(name, device->name) || !strcmp(name, device->probe.label));
}

static bool belongs_to(const struct device *device, enum round round, const char *prefer)
{
	if (round == PREFERRED)
		return is_preferred(device, prefer);
	return (round == ISO) == !strcmp(device->probe.fstype, "iso9660");
}

static bool kernel_knows(const char *fstype)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_free)
	char *line = gnx_fmt("\t%s\n", fstype);

	return gnx_file_read("/proc/filesystems", 65536, &text, NULL) == 0 &&
		strstr(text.data, line) != NULL;
}

/* NULL when what is mounted on MEDIUM_DIR is the image, else why not; the caller frees. */
static char *judge_mounted(const struct image *want)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_free)
	struct image *image = gnx_alloc(sizeof(*image));
	struct gnx_err err = GNX_ERR_INIT;

	if (gnx_file_read(MEDIUM_DIR IMAGE_PATH, IMAGE_FILE_MAX, &text, &err) < 0)
		return err.code == -ENOENT ? gnx_dup("no " IMAGE_PATH) : gnx_dup(err.msg);
	if (image_parse(image, text.data, &err) < 0)
		return gnx_dup(err.msg);
	if (strcmp(image->id, want->id) != 0)
		return gnx_fmt("another image, %s with id %s", image->name, image->id);
	return NULL;
}

/* Leaves the device mounted when it is the medium; else it has a verdict afterwards. */
static bool try_device(struct device *device, struct modules *modules, const struct image *want)
{
	const struct fsprobe *probe = &device->probe;
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/dev/%s", device->name);
	struct gnx_err err = GNX_ERR_INIT;

	if (!kernel_knows(probe->fstype) && probe->modules)
		modules_load(modules, probe->modules);
	if (!kernel_knows(probe->fstype)) {
		device->verdict = gnx_dup("not looked at, this image has no driver for it");
		return false;
	}
	if (sys_mount(path, MEDIUM_DIR, probe->fstype, MS_RDONLY | MS_NOSUID | MS_NODEV,
		    probe->options, &err) < 0) {
		device->verdict = gnx_dup(err.msg);
		return false;
	}
	device->verdict = judge_mounted(want);
	if (device->verdict)
		sys_unmount(MEDIUM_DIR);
	say_verbose("%s: %s", path, device->verdict ?: "the medium");
	return !device->verdict;
}

static const struct device *try_all(struct devices *devices, struct modules *modules,
	const struct image *want, const char *prefer, bool only_preferred)
{
	for (enum round round = PREFERRED; round < (only_preferred ? ISO : NROUNDS); round++) {
		for (size_t i = 0; i < devices->len; i++) {
			struct device *device = &devices->items[i];

			if (!device->read_error && !device->verdict && device->probe.fstype &&
				belongs_to(device, round, prefer) &&
				try_device(device, modules, want))
				return device;
		}
	}
	return NULL;
}

int medium_find(struct medium *out, struct devices *devices, struct modules *modules,
	const struct image *want, const char *prefer, struct gnx_err *err)
{
	long long start = gnx_now_ms(), passed = 0, next_word = STILL_MS;

	for (; passed < SEARCH_MS; passed = gnx_now_ms() - start) {
		const struct device *found;

		modules_load_for_devices(modules);
		devices_refresh(devices);
		found = try_all(devices, modules, want, prefer, *prefer && passed < PREFER_MS);
		if (found) {
			*out = (struct medium){.other = *prefer && !is_preferred(found, prefer)};
			snprintf(out->device, sizeof(out->device), "/dev/%s", found->name);
			strcpy(out->label, found->probe.label);
			return 0;
		}
		if (passed >= next_word) {
			say("still looking for the medium %s (%lld of %d seconds)", want->label,
				passed / 1000, SEARCH_MS / 1000);
			next_word += STILL_MS;
		}
		modules_wait(modules, 1000);
	}
	return gnx_fail(err, -GNX_E_MISSING,
		"the medium was not found: no CD, stick or disk carries the image %s (label %s, id %s)",
		want->name, want->label, want->id);
}
