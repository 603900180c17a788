/* SPDX-License-Identifier: BSD-3-Clause */
/* Our own processes: see role.h. */
#include "jail/role.h"
#include "jail/child.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* In the child: what it is given, behind an empty stdin and the caller's stderr, twice. */
static int set_fds(const struct jail_role *role, int *report)
{
	int fds[3 + JAIL_ROLE_FDS] = {open("/dev/null", O_RDONLY), STDERR_FILENO, STDERR_FILENO};

	memcpy(fds + 3, role->fds, role->fds_len * sizeof(*fds));
	return fds[0] < 0 ? -errno : jail_child_fds(fds, 3 + role->fds_len, report);
}

/* Keeps these capabilities, and no others, over exec. */
static int keep_caps(uint32_t caps)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct data[2] = {
		{.effective = caps, .permitted = caps, .inheritable = caps}};

	if (syscall(SYS_capset, &head, data) < 0)
		return -errno;
	for (unsigned cap = 0; cap < 32; cap++)
		if (caps >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
	return 0;
}

static int become(const struct passwd *user, uint32_t caps)
{
	if (user &&
		((caps && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) || setgroups(0, NULL) < 0 ||
			setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
			setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0))
		return -errno;
	if (chdir("/") < 0)
		return -errno;
	if (caps)
		return keep_caps(caps);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static void __attribute__((noreturn))
child(const struct jail_role *role, const struct passwd *user, pid_t parent, int report)
{
	char *const alone[] = {(char *)role->path, NULL}, *const env[] = {NULL};
	sigset_t none;
	int r;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	r = set_fds(role, &report);
	if (!r)
		r = become(user, role->caps);
	/* What was set before is undone by the change of user. */
	if (!r && role->tied &&
		(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent))
		r = -ESRCH;
	if (!r) {
		execve(role->path, role->argv ? role->argv : alone, env);
		r = -errno;
	}
	jail_child_failed(report, r);
}

int jail_role_start(const struct jail_role *role, pid_t *pid_out, struct gnx_err *err)
{
	const struct passwd *user = NULL;
	const pid_t parent = getpid();
	int report[2], r;
	pid_t pid;

	errno = 0;
	if (role->user && !(user = getpwnam(role->user)))
		return gnx_fail(
			err, -ENOENT, "%s: there is no user %s to run it", role->path, role->user);
	if (pipe2(report, O_CLOEXEC) < 0)
		return gnx_fail_errno(err, "pipe");
	pid = fork();
	if (pid == 0)
		child(role, user, parent, report[1]);
	close(report[1]);
	r = pid < 0 ? gnx_fail_errno(err, "%s: fork", role->path) : jail_child_started(report[0]);
	if (pid > 0 && !r)
		*pid_out = pid;
	if (pid > 0 && r < 0) {
		waitpid(pid, NULL, 0);
		gnx_fail(err, r, "%s: cannot start: %s", role->path, gnx_strerror(r));
	}
	close(report[0]);
	return r;
}
