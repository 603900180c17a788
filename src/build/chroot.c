/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs inside a Debian root: see chroot.h. */
#include "build/chroot.h"
#include "base/clean.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct plan {
	const char *root;
	const struct chroot_bind *binds;
};

static int bind_at(const char *root, const char *from, const char *to, unsigned long flags)
{
	GNX_CLEAN(gnx_free)
	char *target = gnx_fmt("%s%s", root, to);

	return mount(from, target, NULL, MS_BIND | flags, NULL) < 0 ? -errno : 0;
}

static int bind_device(const char *root, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/dev/%s", name);
	GNX_CLEAN(gnx_free)
	char *target = gnx_fmt("%s%s", root, path);
	GNX_CLEAN(gnx_close)
	int fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return -errno;
	return bind_at(root, path, path, 0);
}

static int make_dev(const char *root)
{
	static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
	static const char *const links[][2] = {{"/proc/self/fd", "fd"},
		{"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
		{"/proc/self/fd/2", "stderr"}};
	GNX_CLEAN(gnx_free)
	char *dev = gnx_fmt("%s/dev", root);
	GNX_CLEAN(gnx_free)
	char *shm = gnx_fmt("%s/dev/shm", root);

	if (mount("dev", dev, "tmpfs", MS_NOSUID, "mode=755") < 0)
		return -errno;
	for (size_t i = 0; i < GNX_LEN(nodes); i++) {
		int r = bind_device(root, nodes[i]);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < GNX_LEN(links); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", dev, links[i][1]);

		if (symlink(links[i][0], path) < 0)
			return -errno;
	}
	return mkdir(shm, 01777) < 0 ? -errno : 0;
}

/* In the child, before chroot and exec. */
static int enter(void *arg)
{
	const struct plan *p = arg;
	GNX_CLEAN(gnx_free)
	char *tmp = gnx_fmt("%s/tmp", p->root);
	int r;

	umask(022);
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC) < 0)
		return -errno;
	if (sethostname("gridnix", 7) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	r = bind_at(p->root, "/proc", "/proc", MS_REC);
	if (!r)
		r = make_dev(p->root);
	if (!r && mount("tmp", tmp, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0)
		r = -errno;
	for (const struct chroot_bind *b = p->binds; !r && b && b->from; b++)
		r = bind_at(p->root, b->from, b->to, 0);
	return r;
}

static int run(struct build *b, const char *root, const struct chroot_bind *binds, const char *cwd,
	int stdin_fd, int stdout_fd, char *const argv[], struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *epoch = gnx_fmt("SOURCE_DATE_EPOCH=%" PRIu64, b->lock.date);
	char *env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
		"TZ=UTC", "DEBIAN_FRONTEND=noninteractive", epoch, NULL};
	struct plan plan = {root, binds};
	struct jail_cmd cmd = JAIL_CMD_INIT;

	cmd.argv = argv;
	cmd.env = env;
	cmd.cwd = cwd;
	cmd.chroot = root;
	cmd.stdin_fd = stdin_fd;
	cmd.stdout_fd = stdout_fd;
	cmd.log_fd = b->log_fd;
	cmd.stop = b->stop;
	cmd.before_exec = enter;
	cmd.arg = &plan;
	return build_jail(b, &cmd, err);
}

int chroot_run(struct build *b, const char *root, const struct chroot_bind *binds, const char *cwd,
	char *const argv[], struct gnx_err *err)
{
	return run(b, root, binds, cwd, -1, -1, argv, err);
}

int chroot_pipe(struct build *b, const char *root, const struct chroot_bind *binds, int stdin_fd,
	int stdout_fd, char *const argv[], struct gnx_err *err)
{
	return run(b, root, binds, NULL, stdin_fd, stdout_fd, argv, err);
}

int chroot_tool(struct build *b, const char *work, char *const argv[], struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *root = gnx_fmt("%s/root", b->dir[STEP_tools]);
	const struct chroot_bind binds[] = {{work, "/build"}, {NULL, NULL}};

	return run(b, root, binds, "/build", -1, -1, argv, err);
}

int chroot_in_work(void *ctx, char *const argv[], struct gnx_err *err)
{
	const struct chroot_work *w = ctx;

	return chroot_tool(w->b, w->dir, argv, err);
}
