/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs and their texts: see rules.h. */
#include "gridnixd/monitor/rules.h"

#include "base/clean.h"
#include "base/file.h"
#include "jail/spawn.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_MS	 20000	     /* less than the daemon's clients wait for it */
#define LOAD_MS	 5000	     /* the daemon waits for it */
#define SAID_MAX (16u << 20) /* bytes */

struct program {
	const char *what, *name;
	pid_t pid;
	int said;  /* a file, which is read in the end */
	int alive; /* a descriptor that is readable when it has ended */
	struct event *ended;
	struct program_end end;
};

/* A file that a text is read from. */
static int file_of(const struct gnx_buf *text)
{
	GNX_CLEAN(gnx_close)
	int fd = memfd_create("rules", MFD_CLOEXEC);

	return fd < 0 || gnx_write_all(fd, text->data, text->len) < 0 || lseek(fd, 0, SEEK_SET) < 0
		? -1
		: STEAL_FD(fd);
}

static int fail(const char *what, int r, const struct gnx_err *why, struct gnx_err *err)
{
	return gnx_fail(err, r, "%s: %s; gridnixd's log has its words", what, why->msg);
}

/* It ends with the daemon: what is left to do the next one sees, by what is so then. */
static int end_with(void *daemon)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != *(const pid_t *)daemon ? -ESRCH
											   : 0;
}

static struct jail_cmd command(char *const *argv, int input)
{
	static pid_t own;
	struct jail_cmd cmd = JAIL_CMD_INIT;

	own = getpid();
	cmd.argv = argv;
	cmd.stdin_fd = input;
	cmd.before_exec = end_with;
	cmd.arg = &own;
	return cmd;
}

static void free_program(struct program *p)
{
	if (p->ended)
		event_free(p->ended);
	gnx_close(&p->said);
	gnx_close(&p->alive);
	free(p);
}

/* How it has ended, if need be now. */
static int reap(struct program *p)
{
	int status = 0;

	kill(-p->pid, SIGKILL);
	waitpid(p->pid, &status, 0);
	return status;
}

void rules_stop(struct program **p)
{
	if (!*p)
		return;
	reap(*p);
	free_program(*p);
	*p = NULL;
}

static int read_said(int fd, struct gnx_buf *out)
{
	char chunk[16384];
	ssize_t n = lseek(fd, 0, SEEK_SET);

	while (n >= 0 && out->len < SAID_MAX && (n = read(fd, chunk, sizeof(chunk))) > 0)
		gnx_buf_add(out, chunk, (size_t)n);
	return n < 0 ? -errno : n ? -GNX_E_TOO_BIG : 0;
}

static void on_end(evutil_socket_t fd, short events, void *arg)
{
	struct program *p = arg;
	struct program_end end = p->end;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf said = {0};
	struct gnx_err failed = GNX_ERR_INIT, err = GNX_ERR_INIT;
	int status = reap(p), r = read_said(p->said, &said);

	(void)fd;
	if (events & EV_TIMEOUT)
		r = gnx_fail(&failed, -ETIMEDOUT, "%s: did not end within %d ms", p->name, RUN_MS);
	else if (r < 0)
		gnx_fail(&failed, r, "%s: its output: %s", p->name, gnx_strerror(r));
	else
		r = jail_status(p->name, status, &failed);
	if (r < 0)
		fail(p->what, r, &failed, &err);
	free_program(p);
	end.tell(end.arg, r, err.msg, &said);
}

int rules_start(struct event_base *base, const char *what, char *const *argv,
	const struct gnx_buf *text, const struct program_end *end, struct program **out,
	struct gnx_err *err)
{
	static const struct timeval deadline = {RUN_MS / 1000, RUN_MS % 1000 * 1000};
	GNX_CLEAN(gnx_close)
	int fd = file_of(text);
	struct jail_cmd cmd = command(argv, fd);
	struct program *p = gnx_alloc(sizeof(*p));
	int r;

	*p = (struct program){what, argv[0], .alive = -1, .end = *end};
	p->said = memfd_create("said", MFD_CLOEXEC);
	cmd.stdout_fd = p->said;
	r = fd < 0 || p->said < 0 ? gnx_fail_errno(err, "%s", what)
				  : jail_start(&cmd, &p->pid, err);
	if (r < 0) {
		free_program(p);
		return r;
	}
	p->alive = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (p->alive < 0) {
		r = gnx_fail_errno(err, "%s: pidfd_open", what);
		rules_stop(&p);
		return r;
	}
	p->ended = event_new(base, p->alive, EV_READ, on_end, p);
	event_add(p->ended, &deadline);
	*out = p;
	return 0;
}

int rules_load(const char *what, const struct gnx_buf *text, struct gnx_err *err)
{
	static char *const nft[] = {"nft", "-f", "-", NULL};
	GNX_CLEAN(gnx_close)
	int fd = file_of(text);
	struct jail_cmd cmd = command(nft, fd);
	struct gnx_err failed = GNX_ERR_INIT;
	int r;

	if (fd < 0)
		return gnx_fail_errno(err, "%s", what);
	cmd.deadline_ms = LOAD_MS;
	r = jail_run(&cmd, &failed);
	return r < 0 ? fail(what, r, &failed, err) : 0;
}
