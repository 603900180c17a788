/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of guests' consoles: see console_files.h. */
#include "gridnixd/monitor/console_files.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "gridnixd/console_log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* Runs each(arg, name, uuid) for each log. */
static int each_log(const struct console_logs *l,
	void (*each)(void *arg, const char *name, const uint8_t uuid[GUEST_UUID]), void *arg)
{
	int fd = openat(l->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	GNX_CLEAN(gnx_closedir)
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	uint8_t uuid[GUEST_UUID];

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (guest_uuid_parse(entry->d_name, uuid) == 0)
			each(arg, entry->d_name, uuid);
	return 0;
}

static int open_log(const struct console_logs *l, const char *name, int flags)
{
	return openat(l->dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
}

static void count(void *arg, const char *name, const uint8_t uuid[GUEST_UUID])
{
	struct console_logs *l = arg;

	(void)name, (void)uuid;
	l->len++;
}

static void bring_to_limit(void *arg, const char *name, const uint8_t uuid[GUEST_UUID])
{
	const struct console_logs *l = arg;
	struct console_log log;
	GNX_CLEAN(gnx_close)
	int fd = open_log(l, name, 0);

	(void)uuid;
	if (fd >= 0)
		console_log_open(&log, fd, l->limit);
}

/* The limit for so many logs. Halves only, so that they are seldom brought to another one. */
static uint64_t limit_for(size_t len)
{
	uint64_t limit = CONSOLE_LOG_MAX;

	while (limit > CONSOLE_LOG_MIN && limit * len > CONSOLE_LOGS_TOTAL)
		limit /= 2;
	return limit;
}

static void set_limit(struct console_logs *l)
{
	uint64_t before = l->limit;

	l->limit = limit_for(l->len);
	if (l->limit < before)
		each_log(l, bring_to_limit, l);
}

int console_logs_open(struct console_logs *l, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/consoles", dir);

	*l = (struct console_logs){.dir = -1, .limit = UINT64_MAX};
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return gnx_fail_errno(err, "%s", path);
	l->dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (l->dir < 0 || each_log(l, count, l) < 0)
		return gnx_fail_errno(err, "%s", path);
	set_limit(l);
	return 0;
}

void console_logs_done(struct console_logs *l)
{
	gnx_close(&l->dir);
}

/* The log that was not written for the longest time, and is not needed. */
struct oldest {
	const struct console_logs *logs;
	bool (*needed)(void *arg, const uint8_t uuid[GUEST_UUID]);
	void *arg;
	char name[GUEST_UUID_TEXT];
	struct timespec at;
};

static void find_oldest(void *arg, const char *name, const uint8_t uuid[GUEST_UUID])
{
	struct oldest *o = arg;
	struct stat st;

	if (o->needed(o->arg, uuid) || fstatat(o->logs->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (*o->name && st.st_mtim.tv_sec >= o->at.tv_sec)
		return;
	snprintf(o->name, sizeof(o->name), "%s", name);
	o->at = st.st_mtim;
}

int console_logs_get(struct console_logs *l, const uint8_t uuid[GUEST_UUID], bool make,
	bool (*needed)(void *arg, const uint8_t uuid[GUEST_UUID]), void *arg, int *fd_out,
	struct gnx_err *err)
{
	struct oldest oldest = {.logs = l, .needed = needed, .arg = arg};
	char name[GUEST_UUID_TEXT];
	int fd;

	guest_uuid_text(uuid, name);
	fd = open_log(l, name, 0);
	if (fd < 0 && errno == ENOENT && make) {
		if ((l->len + 1) * CONSOLE_LOG_MIN > CONSOLE_LOGS_TOTAL) {
			each_log(l, find_oldest, &oldest);
			if (!*oldest.name || unlinkat(l->dir, oldest.name, 0) < 0)
				return gnx_fail(err, -ENOSPC,
					"%s: too many guests have a log of their console", name);
			l->len--;
		}
		fd = open_log(l, name, O_CREAT | O_EXCL);
		l->len += fd >= 0;
		set_limit(l);
	}
	if (fd < 0)
		return gnx_fail_errno(err, "the log of the console of %s", name);
	*fd_out = fd;
	return 0;
}

void console_logs_drop(struct console_logs *l, const uint8_t uuid[GUEST_UUID])
{
	char name[GUEST_UUID_TEXT];

	guest_uuid_text(uuid, name);
	if (l->dir >= 0 && unlinkat(l->dir, name, 0) == 0)
		l->len--;
}

/* xenconsoled sets its terminals so before it tells of them; where people sit, they are not. */
static bool is_raw(int fd)
{
	struct termios t;

	return tcgetattr(fd, &t) == 0 && !(t.c_lflag & (ICANON | ECHO | ISIG)) &&
		!(t.c_oflag & OPOST);
}

int console_tty(const char *path, int *fd_out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = -1;
	uint64_t number;

	if (!gnx_starts(path, "/dev/pts/") ||
		gnx_parse_u64(path + strlen("/dev/pts/"), INT32_MAX, &number) < 0)
		return gnx_fail(
			err, -ENOTTY, "a guest's console is at %.64s, which is no terminal", path);
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return gnx_fail_errno(err, "%s", path);
	if (!is_raw(fd))
		return gnx_fail(err, -ENOTTY, "%s: is not as xenconsoled makes it", path);
	*fd_out = STEAL_FD(fd);
	return 0;
}

/* The process that the kernel lists with a lock on this file; 0: none, or another host's. */
static pid_t holder(const struct stat *st)
{
	GNX_CLEAN(gnx_fclose)
	FILE *f = fopen("/proc/locks", "re");
	unsigned major_, minor_;
	char line[256];
	uint64_t inode;
	pid_t pid;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%" SCNu64, &pid, &major_, &minor_,
			    &inode) == 4 &&
			inode == st->st_ino && makedev(major_, minor_) == st->st_dev)
			return pid;
	return 0;
}

int console_lock(
	const char *path, const char *name, int *fd_out, pid_t *holder_out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	GNX_CLEAN(gnx_free)
	char *words = gnx_fmt(
		"gridnixd, process %d: 'gridnix console %s' shows this console\n", getpid(), name);
	struct stat ours, there;

	if (fd < 0 || fstat(fd, &ours) < 0)
		return gnx_fail_errno(err, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		*holder_out = holder(&ours);
		return gnx_fail(err, -EBUSY, "%s: is held by process %d", path, *holder_out);
	}
	/* Who had it may have taken the file away with it: the next one would lock another. */
	if (stat(path, &there) < 0 || there.st_ino != ours.st_ino || there.st_dev != ours.st_dev)
		return gnx_fail(err, -EAGAIN, "%s: was taken away", path);
	if (ftruncate(fd, 0) < 0 || gnx_write_all(fd, words, strlen(words)) < 0)
		return gnx_fail_errno(err, "%s", path);
	*fd_out = STEAL_FD(fd);
	return 0;
}

void console_unlock(const char *path, int *fd)
{
	if (*fd < 0)
		return;
	unlink(path);
	close(*fd);
	*fd = -1;
}
