/* SPDX-License-Identifier: BSD-3-Clause */
/* One run of a hook: see start.h, and gridnix-hooks(7), whose contract is kept here. */
#include "base/clean.h"
#include "base/file.h"
#include "gridnixd/hooks/children.h"
#include "gridnixd/hooks/start.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long what was killed may take to go; what is stuck in the kernel is left behind then. */
#define END_MS 5000

#define PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The last line of the output, as far as it fits. */
struct tail {
	char line[HOOK_WORDS_MAX + 1];
	size_t len;
	bool ended; /* by a newline: the next byte begins another one */
};

static void add_tail(struct tail *t, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n') {
			t->ended = true;
			continue;
		}
		if (t->ended)
			t->len = 0;
		t->ended = false;
		if (t->len < HOOK_WORDS_MAX)
			t->line[t->len++] = data[i] >= ' ' && data[i] <= '~' ? data[i] : '?';
	}
}

/* Takes what there is, as much as a pipe has; false at its end. */
static bool drain(int fd, struct tail *t)
{
	char chunk[65536];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0)
		add_tail(t, chunk, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void set_limits(const struct hook *h)
{
	const struct {
		int what;
		rlim_t value;
	} limits[] = {{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 1024}, {RLIMIT_NPROC, 256},
		{RLIMIT_FSIZE, 1 << 30}, {RLIMIT_CPU, h->timeout + 1}};
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	for (size_t i = 0; i < GNX_LEN(limits); i++) {
		struct rlimit r;

		/* A limit that is lower already stays. */
		if (getrlimit(limits[i].what, &r) < 0 || r.rlim_max <= limits[i].value)
			continue;
		r.rlim_cur = r.rlim_max = limits[i].value;
		setrlimit(limits[i].what, &r);
	}
	if (fd >= 0 && write(fd, "500", 3) < 0)
		errno = 0; /* a kernel without: nothing depends on it */
}

static int become(const char *name)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(name);
	if (!user)
		return errno ? -errno : -ESRCH;
	if (initgroups(name, user->pw_gid) < 0 ||
		setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
		setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		return -errno;
	return 0;
}

static int set_fds(int in, int out)
{
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		dup2(out, STDERR_FILENO) < 0 || syscall(SYS_close_range, 3u, ~0u, 0u) < 0)
		return -errno;
	return 0;
}

static void reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((noreturn))
child(const struct start *s, const struct keep_run *run, pid_t keeper, int in, int out)
{
	char *argv[] = {(char *)run->hook.program, NULL};
	char *env[START_ENV_MAX + 4] = {PATH, "LANG=C.UTF-8", "GRIDNIX_HOOKS=1"};
	int r;

	for (uint32_t i = 0; i < run->env_len; i++)
		env[3 + i] = (char *)run->env[i];
	setsid();
	reset_signals();
	set_limits(&run->hook);
	r = set_fds(in, out);
	if (!r && s->rights)
		r = become(run->hook.user);
	if (!r && chdir("/") < 0)
		r = -errno;
	/* Not before the user has changed, which takes it away. */
	if (!r && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != keeper))
		r = -ESRCH;
	if (!r) {
		umask(022);
		execve(argv[0], argv, env);
		r = -errno;
	}
	dprintf(STDERR_FILENO, "cannot be started as %s: %s\n", run->hook.user, gnx_strerror(r));
	_exit(127);
}

/* Kills the hook with all that it has left behind: whoever was orphaned has become our child. How
 * it ended itself. */
static int end_all(pid_t pid)
{
	long long until = gnx_now_ms() + END_MS;
	int status = SIGKILL, found;
	pid_t gone = 0;

	kill(-pid, SIGKILL);
	while (gone >= 0 && gnx_now_ms() < until) {
		while ((gone = waitpid(-1, &found, WNOHANG)) > 0)
			if (gone == pid)
				status = found;
		if (gone == 0) {
			children_kill(NULL, 0);
			poll(NULL, 0, 2);
		}
	}
	return status;
}

/* Waits until it has ended, its time is over: true, or nobody wants to know any more. */
static bool wait_for(
	const struct start *s, const struct keep_run *run, pid_t pid, int out, struct tail *t)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int starter = (int)syscall(SYS_pidfd_open, getppid(), 0);
	long long until = gnx_now_ms() + run->hook.timeout * 1000LL, left;
	struct pollfd p[] = {{.fd = out, .events = POLLIN}, {.fd = pidfd, .events = POLLIN},
		{.fd = starter, .events = POLLIN}, {.fd = s->fd}};

	while ((left = until - gnx_now_ms()) > 0) {
		if (poll(p, GNX_LEN(p), (int)left) < 0 && errno != EINTR)
			break;
		if (p[0].revents && !drain(out, t))
			p[0].fd = -1;
		if (p[1].revents || p[2].revents || p[3].revents || pidfd < 0)
			return false;
	}
	return true;
}

static void tell(
	const struct start *s, const struct keep_run *run, bool late, int status, struct tail *t)
{
	bool exited = WIFEXITED(status);
	struct wire w;

	wire_begin(&w, MSG_RAN);
	wire_put_u32(&w, run->slot);
	wire_put_u8(&w, late ? RAN_timeout : exited ? RAN_exit : RAN_signal);
	wire_put_u32(&w, (uint32_t)(exited ? WEXITSTATUS(status) : WTERMSIG(status)));
	t->line[t->len] = '\0';
	wire_put_str(&w, t->line);
	while (wire_send(s->fd, &w) == -EAGAIN)
		poll(&(struct pollfd){.fd = s->fd, .events = POLLOUT}, 1, -1);
}

void keep_run(const struct start *s, const struct keep_run *run)
{
	struct tail t = {0};
	int in[2], out[2], status;
	bool late;
	pid_t keeper, pid;

	prctl(PR_SET_NAME, "hooks-keep");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		_exit(1);
	keeper = getpid();
	pid = fork();
	if (pid < 0)
		_exit(1);
	if (pid == 0)
		child(s, run, keeper, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	/* It fits into the pipe. Whoever does not read it, does not want it. */
	(void)!write(in[1], run->input, strlen(run->input));
	close(in[1]);
	late = wait_for(s, run, pid, out[0], &t);
	status = end_all(pid);
	drain(out[0], &t); /* what is in the pipe still */
	tell(s, run, late, status, &t);
	_exit(0);
}
