/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vif online|offline type_if=vif: joins a guest's network interface to its bridge; a hotplug
 * script, the worker's default, and in an xl.cfg "script=/usr/lib/gridnix/hotplug/vif". It does
 * what Xen's vif-bridge does for a named bridge of Linux, without starting a shell and dozens of
 * programs, which is a good part of a small guest's creation. libxl sets vif and XENBUS_PATH.
 */
#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "hotplug/port.h"

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/sockios.h>

/* Takes it up, or down. */
static int set_up(int fd, const char *vif, bool up, struct gnx_err *err)
{
	struct ifreq req = {0};
	short flags;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", vif);
	if (ioctl(fd, SIOCGIFFLAGS, &req) < 0)
		return gnx_fail_errno(err, "%s", vif);
	flags = (short)(up ? req.ifr_flags | IFF_UP : req.ifr_flags & ~IFF_UP);
	if (flags == req.ifr_flags)
		return 0;
	req.ifr_flags = flags;
	return ioctl(fd, SIOCSIFFLAGS, &req) < 0 ? gnx_fail_errno(err, "%s", vif) : 0;
}

/* 1: it is a port of that bridge already, 0: of none. What another has is not taken from it. */
static int is_joined(const char *bridge, const char *vif, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/sys/class/net/%s/master", vif);
	char target[PATH_MAX] = "";
	const char *has;

	if (readlink(path, target, sizeof(target) - 1) < 0)
		return errno == ENOENT ? 0 : gnx_fail_errno(err, "%s", path);
	has = strrchr(target, '/');
	has = has ? has + 1 : target;
	return !strcmp(has, bridge)
		? 1
		: gnx_fail(err, -EBUSY, "%s is a port of %s already, and is to be one of %s", vif,
			  has, bridge);
}

static int join(int fd, const char *bridge, const char *vif, struct gnx_err *err)
{
	struct ifreq req = {0};

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", bridge);
	req.ifr_ifindex = (int)if_nametoindex(vif);
	if (!req.ifr_ifindex || ioctl(fd, SIOCBRADDIF, &req) < 0)
		return gnx_fail_errno(err, "bridge %s, %s", bridge, vif);
	return 0;
}

/* Frames as long as the bridge has them. */
static int take_mtu(int fd, const char *bridge, const char *vif, struct gnx_err *err)
{
	struct ifreq req = {0};

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", bridge);
	if (ioctl(fd, SIOCGIFMTU, &req) < 0)
		return gnx_fail_errno(err, "bridge %s", bridge);
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", vif);
	return ioctl(fd, SIOCSIFMTU, &req) < 0 ? gnx_fail_errno(err, "%s", vif) : 0;
}

/* dom0 has nothing to say on the guest's wire: no address of its own there. */
static int no_address(const char *vif, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/proc/sys/net/ipv6/conf/%s/disable_ipv6", vif);
	int r = gnx_file_set(path, "1", err);

	return r == -ENOENT ? 0 : r;
}

/* Says what the interface may send, before it can. A bridge that is not Gridnix' has no guard. */
static int arm(struct hotplug *h, const char *bridge, const char *vif, struct gnx_err *err)
{
	GNX_CLEAN(guard_close)
	struct guard *g = NULL;
	struct guard_port port = {0};
	int r;

	if (!guard_owns(bridge))
		return 0;
	r = port_read(h, vif, &port, err);
	if (r == 0)
		r = guard_open(&g, err);
	return r ? r : guard_arm(g, bridge, &port, err);
}

static int online(struct hotplug *h, const char *vif, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	GNX_CLEAN(gnx_free)
	char *bridge = hotplug_get(h, "bridge", err);
	int r, joined;

	if (!bridge)
		return err->code;
	if (fd < 0)
		return gnx_fail_errno(err, "socket");
	joined = r = is_joined(bridge, vif, err);
	/* Whoever had it up before: nothing passes until it is known what may. */
	if (r >= 0)
		r = set_up(fd, vif, false, err);
	if (r == 0)
		r = no_address(vif, err);
	if (r == 0)
		r = take_mtu(fd, bridge, vif, err);
	if (r == 0)
		r = arm(h, bridge, vif, err);
	if (r == 0 && !joined)
		r = join(fd, bridge, vif, err);
	if (r == 0)
		r = set_up(fd, vif, true, err);
	return r ? r : hotplug_put(h, "hotplug-status", "connected", err);
}

static int run(const char *command, const char *base, const char *vif, struct gnx_err *err)
{
	GNX_CLEAN(hotplug_close)
	struct hotplug *h = NULL;
	int r;

	/* The kernel takes the interface down, and out of its bridge, when it removes it: soon. The
	 * guard knows it by an index that no other interface gets; the daemon takes that away. */
	if (!strcmp(command, "offline"))
		return 0;
	if (strcmp(command, "online"))
		return gnx_fail(err, -EINVAL,
			"only for PV and PVH guests; HVM guests want script=vif-bridge");
	r = hotplug_open(base, &h, err);
	if (r < 0)
		return r;
	r = online(h, vif, err);
	if (r < 0) {
		hotplug_put(h, "hotplug-error", err->msg, NULL);
		hotplug_put(h, "hotplug-status", "error", NULL);
	}
	return r;
}

int main(int argc, char **argv)
{
	const char *vif = getenv("vif"), *base = getenv("XENBUS_PATH");
	struct gnx_err err = GNX_ERR_INIT;

	if (argc < 2 || !vif || !base) {
		fprintf(stderr, "vif: to be run by libxl: vif and XENBUS_PATH are not set\n");
		return 2;
	}
	if (run(argv[1], base, vif, &err) == 0)
		return 0;
	fprintf(stderr, "vif: %s: %s\n", argv[1], err.msg);
	return 1;
}
