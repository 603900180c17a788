/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PID 1 of the small Linux: of the guests, and of the rescue shell on a bare PC. Mounts what a
 * Linux needs, names the host, keeps a shell on every console and every program in
 * /etc/service running, and ends the system on the signals that busybox's poweroff, halt and
 * reboot send. A service that exits with 0 has done its work and is not started again.
 */
#include "guest/boot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVICES     "/etc/service"
#define SERVICES_MAX 16
#define AGAIN_MS     1000 /* before a program that ended is started again */
#define TERM_MS	     3000 /* between SIGTERM and SIGKILL */

/* A program that is kept running: a service, or a shell on a console. */
struct keep {
	char name[64];
	bool shell;
	pid_t pid;     /* 0: not running */
	long long due; /* when to start it, in ms; -1: never again */
};

static struct keep kept[SERVICES_MAX + CONSOLES_MAX];
static size_t kept_len;
static sigset_t handled;

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	dprintf(STDERR_FILENO, "init: ");
	vdprintf(STDERR_FILENO, fmt, ap);
	dprintf(STDERR_FILENO, "\n");
	va_end(ap);
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void mount_all(void)
{
	static const struct {
		const char *type, *at, *options;
		unsigned long flags;
	} mounts[] = {
		{"devtmpfs", "/dev", "mode=0755", MS_NOSUID | MS_NOEXEC},
		{"devpts", "/dev/pts", "mode=0620", MS_NOSUID | MS_NOEXEC},
		{"proc", "/proc", "", MS_NOSUID | MS_NOEXEC | MS_NODEV},
		{"sysfs", "/sys", "", MS_NOSUID | MS_NOEXEC | MS_NODEV},
		{"tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV},
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].at, 0755);
		if (mount(mounts[i].type, mounts[i].at, mounts[i].type, mounts[i].flags,
			    mounts[i].options) < 0)
			say("mount %s: %s", mounts[i].at, strerror(errno));
	}
}

/* The text of a small file, "" when it cannot be read. */
static void slurp(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (n < 0)
		say("%s: %s", path, strerror(errno));
	out[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
}

/* From the command line, else from the image. */
static void name_host(const char *line)
{
	char name[65];

	if (!boot_word(line, "hostname", name, sizeof(name))) {
		slurp("/etc/hostname", name, sizeof(name));
		name[strcspn(name, "\n")] = '\0';
	}
	if (sethostname(name, strlen(name)) < 0)
		say("hostname %s: %s", name, strerror(errno));
}

static void keep(const char *name, bool shell)
{
	struct keep *k = &kept[kept_len];

	if (kept_len == sizeof(kept) / sizeof(kept[0]) || strlen(name) >= sizeof(k->name)) {
		say("%s is left out: too many programs, or its name is too long", name);
		return;
	}
	strcpy(k->name, name);
	k->shell = shell;
	kept_len++;
}

static void keep_shells(void)
{
	char active[256], names[CONSOLES_MAX][CONSOLE_NAME];
	size_t n;

	slurp("/sys/class/tty/console/active", active, sizeof(active));
	n = boot_consoles(active, names);
	for (size_t i = 0; i < n; i++)
		keep(names[i], true);
}

/* All of them, or those that the command line names. */
static void keep_services(const char *line)
{
	char chosen[256];
	bool all = !boot_word(line, "services", chosen, sizeof(chosen));
	DIR *dir = opendir(SERVICES);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && (all || boot_item(chosen, entry->d_name)))
			keep(entry->d_name, false);
	closedir(dir);
}

static void fail_child(const char *what)
{
	say("%s: %s", what, strerror(errno));
	_exit(127);
}

static void exec_shell(const char *console)
{
	static char *const argv[] = {"-sh", NULL};
	char *path;
	int fd;

	if (asprintf(&path, "/dev/%s", console) < 0)
		fail_child(console);
	fd = open(path, O_RDWR);
	if (fd < 0)
		fail_child(path);
	ioctl(fd, TIOCSCTTY, 1);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	setenv("TERM", !strncmp(console, "tty", 3) && console[3] != 'S' ? "linux" : "vt220", 1);
	if (chdir("/root") < 0)
		say("/root: %s", strerror(errno));
	execv("/bin/sh", argv);
	fail_child("/bin/sh");
}

static void exec_service(const char *name)
{
	char *argv[] = {NULL, NULL};

	if (asprintf(&argv[0], SERVICES "/%s", name) < 0)
		fail_child(name);
	execv(argv[0], argv);
	fail_child(argv[0]);
}

static void start(struct keep *k)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		sigprocmask(SIG_UNBLOCK, &handled, NULL);
		if (k->shell)
			exec_shell(k->name);
		exec_service(k->name);
	}
	if (pid < 0)
		say("%s: fork: %s", k->name, strerror(errno));
	k->pid = pid > 0 ? pid : 0;
	k->due = now_ms() + AGAIN_MS;
}

/* Starts what is due; returns the time until the next start, or -1. */
static long long start_due(void)
{
	long long now = now_ms(), next = -1;

	for (size_t i = 0; i < kept_len; i++) {
		struct keep *k = &kept[i];

		if (!k->pid && k->due >= 0 && k->due <= now)
			start(k);
		if (!k->pid && k->due >= 0 && (next < 0 || k->due - now < next))
			next = k->due - now;
	}
	return next;
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < kept_len; i++) {
			struct keep *k = &kept[i];

			if (k->pid != pid)
				continue;
			k->pid = 0;
			k->due = now_ms() + AGAIN_MS;
			if (!k->shell && WIFEXITED(status) && WEXITSTATUS(status) == 0)
				k->due = -1;
		}
	}
}

/* Waits up to ms for one of our signals; 0 when none came. ms < 0: waits for ever. */
static int next_signal(long long ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	int sig = ms < 0 ? sigwaitinfo(&handled, NULL) : sigtimedwait(&handled, NULL, &ts);

	return sig > 0 ? sig : 0;
}

/* Ends every process: politely, and after TERM_MS for sure. */
static void end_all(void)
{
	long long deadline = now_ms() + TERM_MS, left;

	kill(-1, SIGTERM);
	kill(-1, SIGHUP); /* shells take this, and not SIGTERM */
	kill(-1, SIGCONT);
	while ((left = deadline - now_ms()) > 0) {
		pid_t pid;

		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0) /* whatever runs is a child of ours, or of one of them */
			return;
		next_signal(left < 100 ? left : 100);
	}
	kill(-1, SIGKILL);
}

/* Disks that somebody mounted, the last one first; the rest is memory. */
static void unmount_disks(void)
{
	static char at[32][256];
	FILE *f = setmntent("/proc/mounts", "r");
	struct mntent *m;
	size_t n = 0;

	if (!f) {
		say("/proc/mounts: %s", strerror(errno));
		return;
	}
	while ((m = getmntent(f)) && n < sizeof(at) / sizeof(at[0]))
		if (!strncmp(m->mnt_fsname, "/dev/", 5) && strlen(m->mnt_dir) < sizeof(at[0]))
			strcpy(at[n++], m->mnt_dir);
	endmntent(f);
	while (n-- > 0)
		if (umount(at[n]) < 0)
			say("unmount %s: %s", at[n], strerror(errno));
}

static _Noreturn void end_system(int how)
{
	end_all();
	sync();
	unmount_disks();
	reboot(how);
	say("reboot: %s", strerror(errno));
	for (;;)
		pause();
}

int main(void)
{
	static char line[4096];

	if (getpid() != 1) {
		say("this is the init of a guest and runs as its first process only");
		return 2;
	}
	sigemptyset(&handled);
	sigaddset(&handled, SIGCHLD);
	sigaddset(&handled, SIGUSR1);
	sigaddset(&handled, SIGUSR2);
	sigaddset(&handled, SIGTERM);
	sigaddset(&handled, SIGINT);
	sigprocmask(SIG_BLOCK, &handled, NULL);
	umask(022);
	setenv("PATH", "/usr/bin", 1);
	setenv("HOME", "/root", 1);
	mount_all();
	slurp("/proc/cmdline", line, sizeof(line));
	name_host(line);
	reboot(RB_DISABLE_CAD); /* Ctrl-Alt-Del becomes SIGINT */
	keep_services(line);
	keep_shells();
	for (;;) {
		switch (next_signal(start_due())) {
		case SIGCHLD:
			reap();
			break;
		case SIGUSR1:
			end_system(RB_HALT_SYSTEM);
		case SIGUSR2:
			end_system(RB_POWER_OFF);
		case SIGTERM:
		case SIGINT:
			end_system(RB_AUTOBOOT);
		}
	}
}
