/* SPDX-License-Identifier: BSD-3-Clause */
/* xl's process of a domain: see keeper.h. */
#include "xen/observe/keeper.h"

#include "base/clean.h"
#include "base/str.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define LOG_END	 (256 * 1024) /* bytes of a log's end that are read */
#define ARGS_MAX 4096	      /* of a command line */

/* What a process is to the domain. */
enum bond { BOND_none, BOND_unsure, BOND_keeper };

/* The last part of a link's target; "" for what is no path. */
static const char *link_name(int dir, const char *name, char target[PATH_MAX])
{
	ssize_t n = readlinkat(dir, name, target, PATH_MAX - 1);
	const char *slash;

	target[n > 0 ? n : 0] = '\0';
	slash = strrchr(target, '/');
	return slash ? slash + 1 : "";
}

/* Somebody else's program of this name is none. One that was replaced since is. */
static bool is_xl(int process)
{
	char target[PATH_MAX];
	const char *exe = link_name(process, "exe", target);
	struct stat st;

	return (!strcmp(exe, "xl") || !strcmp(exe, "xl (deleted)")) && fstat(process, &st) == 0 &&
		st.st_uid == geteuid();
}

/* What it has written last on its standard error, if that is a file. */
static void read_log(int process, struct gnx_buf *out)
{
	GNX_CLEAN(gnx_close)
	int fd = openat(process, "fd/2", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char piece[4096];
	struct stat st;
	ssize_t n = 1;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	for (off_t at = st.st_size > LOG_END ? st.st_size - LOG_END : 0; n > 0; at += n) {
		n = out->len < LOG_END ? pread(fd, piece, sizeof(piece), at) : 0;
		if (n > 0)
			gnx_buf_add(out, piece, (size_t)n);
	}
}

/* Its last word on what it waits for. A log holds those of earlier domains, and a copied one those
 * of earlier processes. */
static enum bond bond_by_log(int process, const char *pid, int domid)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf log = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};
	GNX_CLEAN(gnx_free)
	char *any = gnx_fmt(" to die [pid %s]", pid);
	GNX_CLEAN(gnx_free)
	char *ours = gnx_fmt(" (domid %d)%s", domid, any);

	read_log(process, &log);
	gnx_strv_split(&lines, log.data ? log.data : "", "\n");
	for (size_t i = lines.len; i--;)
		if (gnx_starts(lines.items[i], "Waiting for domain ") &&
			gnx_ends(lines.items[i], any))
			return gnx_ends(lines.items[i], ours) ? BOND_keeper : BOND_none;
	return BOND_unsure;
}

/* Whether it stays beside a domain on somebody's terminal: xl create -F and the like. */
static bool in_foreground(int process)
{
	GNX_CLEAN(gnx_close)
	int fd = openat(process, "cmdline", O_RDONLY | O_CLOEXEC);
	char args[ARGS_MAX + 1];
	ssize_t n = fd < 0 ? 0 : read(fd, args, ARGS_MAX);
	bool makes = false, stays = false;

	args[n > 0 ? n : 0] = '\0';
	for (const char *a = args; a < args + n; a += strlen(a) + 1) {
		makes |= !strcmp(a, "create") || !strcmp(a, "restore") ||
			!strcmp(a, "migrate-receive");
		stays |= *a == '-' && a[1] != '-' && strchr(a, 'F');
	}
	return makes && stays;
}

/* Other processes of xl come and go: whoever makes a domain, shows a console or lists. */
static enum bond bond_of(int process, const char *pid, int domid)
{
	char target[PATH_MAX];
	enum bond b;

	if (!is_xl(process))
		return BOND_none;
	b = bond_by_log(process, pid, domid);
	if (b == BOND_unsure && !gnx_starts(link_name(process, "fd/2", target), "xl-") &&
		!in_foreground(process))
		return BOND_none;
	return b;
}

int keeper_find(const char *proc, int domid, struct gnx_err *err)
{
	GNX_CLEAN(gnx_closedir)
	DIR *dir = opendir(proc);
	uint64_t pid, unsure = 0;

	if (!dir)
		return gnx_fail(err, -EIO, "%s: %s", proc, gnx_strerror(errno));
	for (const struct dirent *e; (e = readdir(dir));) {
		GNX_CLEAN(gnx_close)
		int process = -1;

		if (gnx_parse_u64(e->d_name, INT_MAX, &pid) < 0)
			continue;
		process = openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (process < 0 && errno != ENOENT && errno != ESRCH)
			return gnx_fail(
				err, -EIO, "%s/%s: %s", proc, e->d_name, gnx_strerror(errno));
		switch (process < 0 ? BOND_none : bond_of(process, e->d_name, domid)) {
		case BOND_keeper:
			return STEAL_FD(process);
		case BOND_unsure:
			unsure = pid;
			break;
		case BOND_none:
			break;
		}
	}
	if (!unsure)
		return gnx_fail(err, -ENOENT, "no process of xl waits for it");
	return gnx_fail(err, -EBUSY,
		"process %llu of xl may be the one that acts when this guest ends, and does not "
		"say for which guest it is there: end it first, if so",
		(unsigned long long)unsure);
}
