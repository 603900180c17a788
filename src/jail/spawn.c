/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting other programs: see spawn.h. */
#include "jail/spawn.h"
#include "base/clean.h"
#include "base/file.h"
#include "jail/child.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CAPTURE_DEFAULT (16u << 20)
#define TICK_MS		200
#define GRACE_MS	5000

/* In the child: reports errno through the pipe and ends. */
static void __attribute__((noreturn)) child(const struct jail_cmd *cmd, int out, int report)
{
	int in = cmd->stdin_fd >= 0 ? cmd->stdin_fd : open("/dev/null", O_RDONLY);
	int log = cmd->log_fd >= 0 ? cmd->log_fd : STDERR_FILENO;
	int r;

	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	r = jail_child_fds((int[]){in, out >= 0 ? out : log, log}, 3, &report);
	if (!r && cmd->before_exec)
		r = cmd->before_exec(cmd->arg);
	if (!r && cmd->chroot && (chroot(cmd->chroot) < 0 || chdir("/") < 0))
		r = -errno;
	if (!r && cmd->cwd && chdir(cmd->cwd) < 0)
		r = -errno;
	if (!r) {
		if (cmd->env)
			execvpe(cmd->argv[0], cmd->argv, cmd->env);
		else
			execvp(cmd->argv[0], cmd->argv);
		r = -errno;
	}
	jail_child_failed(report, r);
}

/* A process that sleeps until this one is killed. Then it ends the child's group, and with it the
 * last hold on guard_fd. *alive is the pipe whose other end it reads. */
static pid_t start_guard(pid_t child_pid, int guard_fd, int *alive)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		int fds[] = {ends[0], guard_fd};
		char byte;

		setsid();
		for (size_t i = 0; i < GNX_LEN(fds); i++)
			fds[i] = fcntl(fds[i], F_DUPFD, 10);
		for (size_t i = 0; i < GNX_LEN(fds); i++)
			dup2(fds[i], (int)i);
		syscall(SYS_close_range, 2u, ~0u, 0u);
		while (read(0, &byte, 1) < 0 && errno == EINTR)
			;
		kill(-child_pid, SIGKILL);
		_exit(0);
	}
	close(ends[0]);
	*alive = ends[1];
	return pid;
}

int jail_status(const char *name, int status, struct gnx_err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return gnx_fail(err, -GNX_E_CHILD, "%s failed with exit status %d", name,
			WEXITSTATUS(status));
	return gnx_fail(err, -GNX_E_CHILD, "%s was killed by signal %d (%s)", name,
		WTERMSIG(status), strsignal(WTERMSIG(status)));
}

/* Ends the whole group: politely, then for good. */
static void end_group(pid_t pid)
{
	long long until = gnx_now_ms() + GRACE_MS;

	kill(-pid, SIGTERM);
	while (gnx_now_ms() < until) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
			info.si_pid == pid)
			break;
		poll(NULL, 0, 50);
	}
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Reads what the child wrote; 1: more may come, 0: end of file, or -GNX_E_TOO_BIG. */
static int drain(const struct jail_cmd *cmd, int fd, size_t *total)
{
	size_t max = cmd->capture_max ? cmd->capture_max : CAPTURE_DEFAULT;
	char chunk[16384];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : 0;
	*total += (size_t)n;
	if (*total > max)
		return -GNX_E_TOO_BIG;
	gnx_buf_add(cmd->capture, chunk, (size_t)n);
	return n > 0;
}

static int watch(const struct jail_cmd *cmd, pid_t pid, int out_fd, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	long long until = cmd->deadline_ms ? gnx_now_ms() + cmd->deadline_ms : 0;
	bool ended = false, open_out = out_fd >= 0;
	size_t total = 0;

	if (pidfd < 0) {
		int r = gnx_fail_errno(err, "%s: pidfd_open", cmd->argv[0]);

		end_group(pid);
		return r;
	}
	while (!ended || open_out) {
		struct pollfd p[2] = {{.fd = ended ? -1 : pidfd, .events = POLLIN},
			{.fd = open_out ? out_fd : -1, .events = POLLIN}};
		int r = 0;

		if (cmd->tick)
			cmd->tick();
		if (cmd->stop && *cmd->stop) {
			end_group(pid);
			return gnx_fail(err, -GNX_E_INTERRUPTED, "%s: interrupted", cmd->argv[0]);
		}
		if (until && gnx_now_ms() >= until) {
			end_group(pid);
			return gnx_fail(err, -ETIMEDOUT, "%s: did not end within %lld ms",
				cmd->argv[0], cmd->deadline_ms);
		}
		if (poll(p, 2, TICK_MS) < 0 && errno != EINTR)
			r = -errno;
		if (!r && p[1].revents) {
			r = drain(cmd, out_fd, &total);
			open_out = r > 0;
		}
		if (r < 0) {
			end_group(pid);
			return gnx_fail(
				err, r, "%s: its output: %s", cmd->argv[0], gnx_strerror(r));
		}
		/* Once it ended, a grandchild that kept the pipe open does not hold us up. */
		if (ended && !p[1].revents)
			break;
		if (p[0].revents)
			ended = true;
	}
	return 0;
}

/* Until exec; out: its stdout, or -1. */
static int start(const struct jail_cmd *cmd, int out, pid_t *pid_out, struct gnx_err *err)
{
	int report[2], r = 0;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return gnx_fail_errno(err, "pipe");
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(cmd, out, report[1]);
	if (pid < 0)
		r = gnx_fail_errno(err, "%s: fork", cmd->argv[0]);
	close(report[1]);
	if (pid > 0 && (r = jail_child_started(report[0])) < 0) {
		waitpid(pid, NULL, 0);
		gnx_fail(err, r, "%s: cannot start: %s", cmd->argv[0], gnx_strerror(r));
	}
	close(report[0]);
	if (!r)
		*pid_out = pid;
	return r;
}

int jail_start(const struct jail_cmd *cmd, pid_t *pid_out, struct gnx_err *err)
{
	return start(cmd, cmd->stdout_fd, pid_out, err);
}

/* From exec to the end of the child; out_fd is the near end of its stdout, or -1. */
static int attend(const struct jail_cmd *cmd, pid_t pid, int out_fd, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int alive = -1;
	int status, r;
	pid_t guard = 0;

	if (cmd->guard_fd >= 0) {
		guard = start_guard(pid, cmd->guard_fd, &alive);
		if (guard < 0) {
			r = gnx_fail_errno(err, "%s: its guard", cmd->argv[0]);
			end_group(pid);
			return r;
		}
	}
	r = watch(cmd, pid, out_fd, err);
	if (guard > 0) {
		kill(guard, SIGKILL);
		waitpid(guard, NULL, 0);
	}
	if (r < 0)
		return r;
	if (waitpid(pid, &status, 0) != pid)
		return gnx_fail_errno(err, "%s: waitpid", cmd->argv[0]);
	return jail_status(cmd->argv[0], status, err);
}

int jail_run(const struct jail_cmd *cmd, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int out = -1;
	int ends[2] = {-1, -1}, r;
	pid_t pid;

	if (cmd->capture && pipe2(ends, O_CLOEXEC) < 0)
		return gnx_fail_errno(err, "pipe");
	out = ends[0];
	r = start(cmd, cmd->capture ? ends[1] : cmd->stdout_fd, &pid, err);
	gnx_close(&ends[1]);
	return r ? r : attend(cmd, pid, out, err);
}
