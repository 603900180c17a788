/* SPDX-License-Identifier: BSD-3-Clause */
/* Our own processes: see role.h. */
#include "jail/role.h"
#include "base/clean.h"
#include "base/file.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define FIRST_FD 3

/* In the child: fds become FIRST_FD and up, and report the one behind them; the rest is shut. */
static int set_fds(const struct jail_role *role, int *report)
{
	int fds[JAIL_ROLE_FDS + 1], null = open("/dev/null", O_RDONLY), last = FIRST_FD;

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return -errno;
	memcpy(fds, role->fds, sizeof(role->fds));
	fds[role->fds_len] = *report;
	for (size_t i = 0; i <= role->fds_len; i++)
		if ((fds[i] = fcntl(fds[i], F_DUPFD, FIRST_FD + JAIL_ROLE_FDS + 1)) < 0)
			return -errno;
	for (size_t i = 0; i <= role->fds_len; i++, last++)
		if (dup2(fds[i], last) < 0)
			return -errno;
	*report = last - 1;
	if (fcntl(*report, F_SETFD, FD_CLOEXEC) < 0 ||
		syscall(SYS_close_range, (unsigned int)last, ~0u, 0u) < 0)
		return -errno;
	return 0;
}

static int become(const struct passwd *user)
{
	if (user &&
		(setgroups(0, NULL) < 0 ||
			setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
			setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0))
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || chdir("/") < 0 ? -errno : 0;
}

static void __attribute__((noreturn))
child(const struct jail_role *role, const struct passwd *user, int report)
{
	char *const argv[] = {(char *)role->path, NULL}, *const env[] = {NULL};
	sigset_t none;
	int r;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	r = set_fds(role, &report);
	if (!r)
		r = become(user);
	if (!r) {
		execve(role->path, argv, env);
		r = -errno;
	}
	gnx_write_all(report, &r, sizeof(r));
	_exit(127);
}

int jail_role_start(const struct jail_role *role, pid_t *pid_out, struct gnx_err *err)
{
	const struct passwd *user = NULL;
	int report[2], r = 0;
	pid_t pid;

	errno = 0;
	if (role->user && !(user = getpwnam(role->user)))
		return gnx_fail(
			err, -ENOENT, "%s: there is no user %s to run it", role->path, role->user);
	if (pipe2(report, O_CLOEXEC) < 0)
		return gnx_fail_errno(err, "pipe");
	pid = fork();
	if (pid == 0)
		child(role, user, report[1]);
	close(report[1]);
	if (pid < 0)
		r = gnx_fail_errno(err, "%s: fork", role->path);
	else if (read(report[0], &r, sizeof(r)) == (ssize_t)sizeof(r)) {
		waitpid(pid, NULL, 0);
		gnx_fail(err, r, "%s: cannot start: %s", role->path, gnx_strerror(r));
	} else {
		r = 0;
		*pid_out = pid;
	}
	close(report[0]);
	return r;
}
