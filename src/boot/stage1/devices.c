/* SPDX-License-Identifier: BSD-3-Clause */
/* Block devices: see devices.h. */
#include "boot/stage1/devices.h"

#include "base/clean.h"
#include "base/str.h"
#include "boot/stage1/console.h"
#include "boot/stage1/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CLASS "/sys/class/block"

static size_t read_attribute(const char *name, const char *attribute, char *out, size_t size)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt(CLASS "/%s/%s", name, attribute);

	return sys_read_line(path, out, size);
}

static bool is_of_interest(const char *name)
{
	static const char *const dull[] = {".", "ram", "loop", "zram", "fd", "nbd"};

	for (size_t i = 0; i < GNX_LEN(dull); i++)
		if (gnx_starts(name, dull[i]))
			return false;
	return true;
}

/* vendor and model, or a partition's label: whatever the kernel knows. */
static void read_model(struct device *device)
{
	char vendor[16], model[40];

	read_attribute(device->name, "device/vendor", vendor, sizeof(vendor));
	read_attribute(device->name, "device/model", model, sizeof(model));
	/* virtio and the like have a number there. */
	if (gnx_starts(vendor, "0x"))
		vendor[0] = '\0';
	snprintf(device->model, sizeof(device->model), "%s%s%s", gnx_trim(vendor),
		*vendor && *model ? " " : "", gnx_trim(model));
}

static struct device describe(const char *name)
{
	struct device device = {.name = gnx_dup(name), .read_error = ENODATA};
	char sectors[24], seq[24], partition[8];

	read_attribute(name, "size", sectors, sizeof(sectors));
	read_attribute(name, "diskseq", seq, sizeof(seq));
	device.is_partition = read_attribute(name, "partition", partition, sizeof(partition)) > 0;
	device.bytes = strtoull(sectors, NULL, 10) * 512;
	device.key = gnx_fmt("%s %s %s", name, sectors, seq);
	read_model(&device);
	return device;
}

static void read_start(struct device *device)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/dev/%s", device->name);
	GNX_CLEAN(gnx_free)
	uint8_t *data = gnx_alloc(FSPROBE_BYTES);
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;

	while (fd >= 0 && len < FSPROBE_BYTES) {
		ssize_t n = pread(fd, data + len, FSPROBE_BYTES - len, (off_t)len);

		if (n == 0)
			break;
		if (n < 0 && errno != EINTR) {
			fd = (close(fd), -1);
			break;
		}
		len += n > 0 ? (size_t)n : 0;
	}
	device->read_error = fd < 0 ? errno : 0;
	device->probe = fsprobe(data, len);
}

static int by_name(const void *a, const void *b)
{
	const struct device *x = a, *y = b;

	if (x->is_partition != y->is_partition)
		return x->is_partition ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Takes over what is known of a device that was there before. */
static void adopt(struct device *device, struct devices *old)
{
	for (size_t i = 0; i < old->len; i++) {
		struct device *known = &old->items[i];

		if (strcmp(known->key, device->key) != 0 || known->read_error)
			continue;
		device->read_error = 0;
		device->probe = known->probe;
		device->verdict = STEAL(known->verdict);
		return;
	}
}

void devices_refresh(struct devices *devices)
{
	GNX_CLEAN(gnx_closedir)
	DIR *dir = opendir(CLASS);
	struct devices found = {0};
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct device device;

		if (!is_of_interest(entry->d_name))
			continue;
		device = describe(entry->d_name);
		adopt(&device, devices);
		if (device.read_error)
			read_start(&device);
		found.items = realloc(found.items, (found.len + 1) * sizeof(device));
		if (!found.items)
			abort();
		found.items[found.len++] = device;
	}
	if (found.len)
		qsort(found.items, found.len, sizeof(*found.items), by_name);
	devices_done(devices);
	*devices = found;
}

void devices_done(struct devices *devices)
{
	for (size_t i = 0; i < devices->len; i++) {
		free(devices->items[i].name);
		free(devices->items[i].key);
		free(devices->items[i].verdict);
	}
	free(devices->items);
	*devices = (struct devices){0};
}

static void report_one(const struct device *device)
{
	const struct fsprobe *probe = &device->probe;

	console_text("  %-10s %9.1f MB  %-24s ", device->name, (double)device->bytes / 1e6,
		device->model);
	if (device->read_error == ENOMEDIUM)
		console_text("no disc in the drive\n");
	else if (device->read_error)
		console_text("can't be read: %s\n", strerror(device->read_error));
	else
		console_text("%s%s%s%s%s%s\n", probe->words, *probe->label ? " \"" : "",
			probe->label, *probe->label ? "\"" : "", device->verdict ? ": " : "",
			device->verdict ?: "");
}

void devices_report(const struct devices *devices)
{
	if (!devices->len) {
		console_text(
			"  no disk, stick or CD drive at all: perhaps its driver is not in this image\n");
		return;
	}
	for (size_t i = 0; i < devices->len; i++)
		report_one(&devices->items[i]);
}
