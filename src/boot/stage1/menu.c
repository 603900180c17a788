/* SPDX-License-Identifier: BSD-3-Clause */
/* The prompt: see menu.h. */
#include "boot/stage1/menu.h"

#include "base/clean.h"
#include "boot/stage1/console.h"
#include "boot/stage1/layers.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>

#define LOG_LINES   40
#define KLOG_READ   3 /* SYSLOG_ACTION_READ_ALL, SYSLOG_ACTION_SIZE_BUFFER: see syslog(2) */
#define KLOG_LENGTH 10
#define KLIBC	    "/usr/lib/klibc/bin"

/* In the root that is mounted, in the one that was entered already, in the initrd. */
static const struct shell {
	const char *file, *root;
} shells[] = {{"/bin/sh", LAYERS_ROOT}, {"/bin/sh", ""}, {KLIBC "/sh", ""}};

static const struct shell *find_shell(void)
{
	for (size_t i = 0; i < GNX_LEN(shells); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s%s", shells[i].root, shells[i].file);

		if (access(path, X_OK) == 0)
			return &shells[i];
	}
	return NULL;
}

/* In the child: the image's root with the live /proc and so on, seen by this process only. */
static bool enter(const char *root)
{
	static const char *const dirs[] = {"/dev", "/proc", "/sys", "/run"};

	if (unshare(CLONE_NEWNS) < 0)
		return false;
	for (size_t i = 0; i < GNX_LEN(dirs); i++) {
		GNX_CLEAN(gnx_free)
		char *target = gnx_fmt("%s%s", root, dirs[i]);

		if (mount(dirs[i], target, NULL, MS_BIND | MS_REC, NULL) < 0)
			return false;
	}
	return chroot(root) == 0 && chdir("/") == 0;
}

static void run_shell(const char *device, const struct shell *sh)
{
	char *const env[] = {"HOME=/root", "TERM=linux", "PS1=rescue# ",
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin:" KLIBC, NULL};
	char *const argv[] = {"sh", "-i", NULL};
	int fd;

	/* A session of its own, so that job control and Ctrl-C work. */
	setsid();
	fd = open(device, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
		say_loud("%s: %s", device, strerror(errno));
	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	if (!*sh->root || enter(sh->root))
		execve(sh->file, argv, env);
	say_loud("no shell: %s", strerror(errno));
	_exit(1);
}

static void shell(const char *device)
{
	const struct shell *sh = find_shell();
	pid_t pid;

	if (!sh) {
		console_text("There is no shell in this initrd.\n");
		return;
	}
	console_text("A shell on %s%s; \"exit\" comes back here.\n", device,
		*sh->root ? ", in the image's root" : "");
	pid = fork();
	if (pid == 0)
		run_shell(device, sh);
	if (pid < 0)
		say_loud("no shell: %s", strerror(errno));
	/* The first process also inherits orphans; they are reaped on the way. */
	while (pid > 0 && wait(NULL) != pid)
		;
	/* When a session's leader ends, the kernel hangs its terminal up, for us as well. */
	console_open();
}

static void kernel_log(void)
{
	int size = klogctl(KLOG_LENGTH, NULL, 0);
	GNX_CLEAN(gnx_free)
	char *text = gnx_alloc((size_t)(size > 0 ? size : 0) + 1);
	int len = klogctl(KLOG_READ, text, size);
	char *start;

	if (len < 0) {
		say_loud("kernel log: %s", strerror(errno));
		return;
	}
	start = text + len;
	for (int lines = 0; start > text; start--)
		if (start[-1] == '\n' && ++lines > LOG_LINES)
			break;
	/* Line by line, without "<6>": one call has room for one line. */
	for (char *line; (line = strsep(&start, "\n"));) {
		char *level_end = *line == '<' ? strchr(line, '>') : NULL;

		if (*line)
			console_text("%s\n", level_end ? level_end + 1 : line);
	}
}

static void offer(bool may_continue)
{
	console_text("\n"
		     "  Enter = %s   l = list disks   d = kernel's log%s\n"
		     "  r = reboot   p = power off%s\n"
		     "What now, and Enter? ",
		may_continue ? "start again" : "try again", find_shell() ? "   s = shell" : "",
		may_continue ? "   c = continue" : "");
}

enum menu_answer menu_ask(struct modules *modules, struct devices *devices, bool may_continue)
{
	const char *device = NULL;

	offer(may_continue);
	for (;;) {
		char c = console_ask(modules->uevents, &device);

		if (c == 0) {
			modules_wait(modules, 1000);
			modules_load_for_devices(modules);
			continue;
		}
		if (c == '\n')
			return MENU_RETRY;
		if (c == 'c' && may_continue)
			return MENU_CONTINUE;
		if (c == 'l') {
			devices_refresh(devices);
			devices_report(devices);
		} else if (c == 'd') {
			kernel_log();
		} else if (c == 's') {
			shell(device);
		} else if (c == 'r' || c == 'p') {
			sync();
			reboot(c == 'r' ? RB_AUTOBOOT : RB_POWER_OFF);
			say_loud("the kernel refused: %s", strerror(errno));
		}
		offer(may_continue);
	}
}
