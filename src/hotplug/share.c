/* SPDX-License-Identifier: BSD-3-Clause */
/* Who else uses a disk: see share.h. */
#include "hotplug/share.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "hotplug/loop.h"

#include <fcntl.h>
#include <mntent.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>

/* As with-lock-ex(1), and Xen's locking.sh, do it: whoever releases the lock removes the file. */
int share_lock(const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *dir = gnx_dup(path);
	int r;

	*strrchr(dir, '/') = '\0';
	r = gnx_mkdirs(dir, err);
	while (!r) {
		GNX_CLEAN(gnx_close)
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		struct stat mine, named;

		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &mine) < 0)
			return gnx_fail_errno(err, "%s", path);
		if (stat(path, &named) == 0 && mine.st_ino == named.st_ino &&
			mine.st_dev == named.st_dev)
			return STEAL_FD(fd);
	}
	return r;
}

void share_unlock(const char *path, int fd)
{
	unlink(path);
	flock(fd, LOCK_UN);
	close(fd);
}

/* A disk by all of its names, and the guest that wants it. */
struct disk {
	struct hotplug *h;
	const char *path;
	const char *vm; /* NULL: unknown, and equal to none */
	bool readonly;
	dev_t *devices;
	size_t len;
	struct gnx_err *err;
};

/* A device that this host has mounted so that it can be written. */
static bool written_here(dev_t device)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *m;
	bool found = false;

	while (mounts && !found && (m = getmntent(mounts))) {
		struct stat st;

		found = m->mnt_fsname[0] == '/' && !hasmntopt(m, MNTOPT_RO) &&
			stat(m->mnt_fsname, &st) == 0 && S_ISBLK(st.st_mode) &&
			st.st_rdev == device;
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Takes one of its names. The kernel refuses an exclusive look at what is mounted, part of a RAID,
 * and so on. */
static int add(void *arg, const char *node, dev_t device)
{
	struct disk *d = arg;
	GNX_CLEAN(gnx_close)
	int fd = open(node, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno == EBUSY && (!d->readonly || written_here(device)))
		return gnx_fail(d->err, -EBUSY, "%s: the host itself uses it", d->path);
	d->devices = gnx_resize(d->devices, (d->len + 1) * sizeof(*d->devices));
	d->devices[d->len++] = device;
	return 0;
}

static bool is_named(const struct disk *d, const char *physical)
{
	unsigned int high, low;

	if (sscanf(physical, "%x:%x", &high, &low) != 2)
		return false;
	for (size_t i = 0; i < d->len; i++)
		if (d->devices[i] == makedev(high, low))
			return true;
	return false;
}

/* A device of a domain that is gone, or of this guest's last one, is in nobody's way. */
static int compare(void *arg, struct hotplug *other)
{
	struct disk *d = arg;
	GNX_CLEAN(gnx_free)
	char *physical = hotplug_get(other, "physical-device", NULL);
	GNX_CLEAN(gnx_free)
	char *mode = NULL;
	GNX_CLEAN(gnx_free)
	char *vm = NULL;
	GNX_CLEAN(gnx_free)
	char *domid = NULL;

	if (!physical || !is_named(d, physical))
		return 0;
	mode = hotplug_get(other, "mode", NULL);
	vm = hotplug_vm(other);
	if ((d->readonly && mode && !strchr(mode, 'w')) || !vm || (d->vm && !strcmp(vm, d->vm)))
		return 0;
	domid = hotplug_get(other, "frontend-id", NULL);
	return gnx_fail(d->err, -EBUSY, "%s: domain %s uses it", d->path, domid ? domid : "?");
}

int share_check(struct hotplug *h, const char *path, const struct stat *st, bool readonly,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *vm = hotplug_vm(h);
	struct disk d = {.h = h, .path = path, .vm = vm, .readonly = readonly, .err = err};
	int r = S_ISBLK(st->st_mode) ? add(&d, path, st->st_rdev) : loop_each(st, add, &d, err);

	if (!r && d.len)
		r = hotplug_others(h, compare, &d, err);
	free(d.devices);
	return r;
}
