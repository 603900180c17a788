/* SPDX-License-Identifier: BSD-3-Clause */
/* Set-up of dom0's kernel side: file systems, modules, settings, swap. See setup.h. */
#include "boot/setup.h"

#include "base/clean.h"
#include "base/file.h"
#include "jail/spawn.h"

#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysinfo.h>

#define MIB (1024 * 1024ULL)

static int run(const char *const *argv, struct gnx_err *err)
{
	struct jail_cmd cmd = JAIL_CMD_INIT;

	cmd.argv = (char *const *)argv;
	cmd.deadline_ms = 60 * 1000;
	return jail_run(&cmd, err);
}

static bool on_xen(void)
{
	return access("/proc/xen", F_OK) == 0;
}

int setup_mounts(const struct bootparams *bp, struct gnx_err *err)
{
	static const struct {
		const char *type, *dir;
		unsigned long flags;
		const char *options;
		bool xen;
	} mounts[] = {
		{"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666", false},
		{"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777,size=12%", false},
		/* xl adds to its logs for as long as a guest lives, which may restart for ever. */
		{"tmpfs", "/var/log/xen", MS_NOSUID | MS_NODEV, "mode=0750,size=4m", false},
		{"tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777,size=25%", false},
		{"cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false},
		{"securityfs", "/sys/kernel/security", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL,
			false},
		{"xenfs", "/proc/xen", 0, NULL, true},
	};
	static const struct {
		const char *path;
		mode_t mode;
	} dirs[] = {{"/run/lock", 01777}, {"/run/xen", 0700}, {"/run/xenstored", 0755},
		{"/run/runit/supervise", 0755}, {"/var/log/xen", 0750}, {"/var/lib/xen", 0755}};
	static const struct {
		const char *path, *target;
	} links[] = {{"/dev/fd", "/proc/self/fd"}, {"/dev/stdin", "fd/0"}, {"/dev/stdout", "fd/1"},
		{"/dev/stderr", "fd/2"}};
	int r = 0;

	(void)bp;
	for (size_t i = 0; i < GNX_LEN(dirs) && r == 0; i++) {
		r = gnx_mkdirs(dirs[i].path, err);
		if (r == 0 && chmod(dirs[i].path, dirs[i].mode) < 0)
			r = gnx_fail_errno(err, "%s", dirs[i].path);
	}
	for (size_t i = 0; i < GNX_LEN(mounts); i++) {
		if (mounts[i].xen && !on_xen())
			continue;
		/* Only below /dev may the directory be missing. */
		if (mkdir(mounts[i].dir, 0755) < 0 && errno != EEXIST)
			r = gnx_fail_errno(err, "%s", mounts[i].dir);
		else if (mount(mounts[i].type, mounts[i].dir, mounts[i].type, mounts[i].flags,
				 mounts[i].options) < 0 &&
			errno != EBUSY)
			r = gnx_fail_errno(err, "%s on %s", mounts[i].type, mounts[i].dir);
	}
	/* What no kernel makes and scripts use: Xen's for disks among them. */
	for (size_t i = 0; i < GNX_LEN(links); i++)
		if (symlink(links[i].target, links[i].path) < 0 && errno != EEXIST)
			r = gnx_fail_errno(err, "%s", links[i].path);
	return r;
}

int setup_loopback(const struct bootparams *bp, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	(void)bp;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &req) < 0)
		return gnx_fail_errno(err, "lo");
	return 0;
}

int setup_modules(const struct bootparams *bp, struct gnx_err *err)
{
	/* What nothing else would load in time: no device announces these. */
	static const char *const argv[] = {"modprobe", "-a", "-b", "xen-evtchn", "xen-gntdev",
		"xen-gntalloc", "xen-privcmd", "xenfs", "xen-netback", "xen-blkback", "bridge",
		"loop", NULL};

	(void)bp;
	if (!on_xen())
		return gnx_fail(
			err, -ENODEV, "this kernel does not run under Xen: there can be no guests");
	return run(argv, err);
}

int setup_sysctl(const struct bootparams *bp, struct gnx_err *err)
{
	static const char *const argv[] = {"sysctl", "--quiet", "--system", NULL};

	(void)bp;
	return run(argv, err);
}

uint64_t setup_zram_size(uint64_t ram)
{
	/* From about 1 GiB on dom0 has room enough, and the module's own memory is wasted. */
	return ram < 1000 * MIB ? ram / 2 / MIB * MIB : 0;
}

void setup_swap_header(unsigned char page[4096], uint64_t len)
{
	const uint32_t version = 1, last_page = (uint32_t)(len / 4096 - 1);

	memset(page, 0, 4096);
	memcpy(page + 1024, &version, sizeof(version));
	memcpy(page + 1028, &last_page, sizeof(last_page));
	memcpy(page + 4086, "SWAPSPACE2", 10);
}

static int put(const char *path, const void *data, size_t len, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return gnx_fail_errno(err, "%s", path);
	r = gnx_write_all(fd, data, len);
	return r < 0 ? gnx_fail(err, r, "%s: %s", path, gnx_strerror(r)) : 0;
}

/* Gives zram0 its algorithm and its size. zstd wants memory in large pieces, and fails for want of
 * them with EINVAL; lz4 wants little. */
static int size_zram(const char *size, struct gnx_err *err)
{
	static const char *const algorithms[] = {"zstd", "lz4"};
	int r = -EINVAL;

	for (size_t i = 0; r < 0 && i < GNX_LEN(algorithms); i++) {
		r = put("/sys/block/zram0/comp_algorithm", algorithms[i], strlen(algorithms[i]),
			err);
		if (r == 0)
			r = put("/sys/block/zram0/disksize", size, strlen(size), err);
	}
	return r;
}

int setup_zram(const struct bootparams *bp, struct gnx_err *err)
{
	static const char *const argv[] = {"modprobe", "zram", NULL};
	GNX_CLEAN(gnx_free)
	char *size = NULL;
	unsigned char header[4096];
	struct sysinfo info;
	uint64_t len;
	int r;

	(void)bp;
	if (sysinfo(&info) < 0)
		return gnx_fail_errno(err, "sysinfo");
	len = setup_zram_size((uint64_t)info.totalram * info.mem_unit);
	if (!len)
		return 0;
	size = gnx_fmt("%llu", (unsigned long long)len);
	setup_swap_header(header, len);
	r = run(argv, err);
	if (r == 0)
		r = size_zram(size, err);
	if (r == 0)
		r = put("/dev/zram0", header, sizeof(header), err);
	if (r == 0 && swapon("/dev/zram0", 0) < 0)
		r = gnx_fail_errno(err, "swapon /dev/zram0");
	/* Swap as cheap as this is used early, and read page by page. */
	if (r == 0)
		r = put("/proc/sys/vm/swappiness", "150", 3, err);
	if (r == 0)
		r = put("/proc/sys/vm/page-cluster", "0", 1, err);
	return r;
}
