/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * block add|remove: makes a block device or a file the disk of a guest; a hotplug script, as the
 * worker names it to libxl. It does what Xen's script of this name does for the two, without a
 * shell and dozens of programs, and two more for each disk of each other guest, all under one lock.
 * libxl sets XENBUS_PATH.
 */
#include "base/clean.h"
#include "base/str.h"
#include "hotplug/loop.h"
#include "hotplug/share.h"

#include <string.h>
#include <sys/sysmacros.h>

#define LOCK "/run/xen-hotplug/block"

/* Hands it to the kernel's back end, which takes up what physical-device says. */
static int connect_disk(struct hotplug *h, const char *node, dev_t device, struct gnx_err *err)
{
	char number[32];
	int r;

	snprintf(number, sizeof(number), "%x:%x", major(device), minor(device));
	r = hotplug_put(h, "physical-device", number, err);
	if (!r)
		r = hotplug_put(h, "physical-device-path", node, err);
	return r ? r : hotplug_put(h, "hotplug-status", "connected", err);
}

static int add_file(struct hotplug *h, const char *path, bool readonly, struct gnx_err *err)
{
	char node[LOOP_NODE];
	struct stat st;
	int r = loop_attach(path, readonly, node, err);

	if (r < 0)
		return r;
	if (stat(node, &st) < 0)
		r = gnx_fail_errno(err, "%s", node);
	/* First, for "remove" to find it. */
	if (!r)
		r = hotplug_put(h, "node", node, err);
	if (!r)
		r = connect_disk(h, node, st.st_rdev, err);
	if (r < 0)
		loop_detach(node, NULL);
	return r;
}

static int add(struct hotplug *h, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *done = hotplug_get(h, "physical-device", NULL);
	GNX_CLEAN(gnx_free)
	char *path = hotplug_get(h, "params", err);
	GNX_CLEAN(gnx_free)
	char *mode = path ? hotplug_get(h, "mode", err) : NULL;
	bool readonly = mode && !strchr(mode, 'w');
	struct stat st;
	int r;

	if (done) /* twice: a udev rule may call it, too */
		return 0;
	if (!mode)
		return err->code;
	if (stat(path, &st) < 0)
		return gnx_fail_errno(err, "%s", path);
	if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))
		return gnx_fail(err, -EINVAL, "%s is neither a block device nor a file", path);
	r = share_check(h, path, &st, readonly, err);
	if (r < 0)
		return r;
	return S_ISBLK(st.st_mode) ? connect_disk(h, path, st.st_rdev, err)
				   : add_file(h, path, readonly, err);
}

static int add_locked(struct hotplug *h, struct gnx_err *err)
{
	int lock = share_lock(LOCK, err);
	int r = lock < 0 ? lock : add(h, err);

	if (lock >= 0)
		share_unlock(LOCK, lock);
	if (r < 0) {
		hotplug_put(h, "hotplug-error", err->msg, NULL);
		hotplug_put(h, "hotplug-status", r == -EBUSY ? "busy" : "error", NULL);
	}
	return r;
}

/* The file itself may be gone by now. */
static int take_away(struct hotplug *h, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *node = hotplug_get(h, "node", NULL);

	return node && gnx_starts(node, "/dev/loop") ? loop_detach(node, err) : 0;
}

static int run(const char *command, const char *base, struct gnx_err *err)
{
	GNX_CLEAN(hotplug_close)
	struct hotplug *h = NULL;
	int r;

	if (strcmp(command, "add") && strcmp(command, "remove"))
		return gnx_fail(err, -EINVAL, "neither add nor remove");
	r = hotplug_open(base, &h, err);
	if (r < 0)
		return r;
	return !strcmp(command, "add") ? add_locked(h, err) : take_away(h, err);
}

int main(int argc, char **argv)
{
	const char *base = getenv("XENBUS_PATH");
	struct gnx_err err = GNX_ERR_INIT;

	if (argc != 2 || !base) {
		fprintf(stderr, "block: to be run by libxl: XENBUS_PATH is not set\n");
		return 2;
	}
	if (run(argv[1], base, &err) == 0)
		return 0;
	fprintf(stderr, "block: %s: %s\n", argv[1], err.msg);
	return 1;
}
