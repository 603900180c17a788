/* SPDX-License-Identifier: BSD-3-Clause */
/* Parsing without rights: see parse.h. */
#include "jail/parse.h"
#include "base/clean.h"
#include "base/file.h"

#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static int drop_rights(struct gnx_err *err)
{
	static const struct rlimit none = {0, 0};

	if (geteuid() == 0 &&
		(setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
			setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return gnx_fail_errno(err, "cannot become nobody");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_FSIZE, &none) < 0 ||
		setrlimit(RLIMIT_CORE, &none) < 0)
		return gnx_fail_errno(err, "cannot give up rights");
	return 0;
}

/* The child writes the result, and then what was found or the words of the error. */
static void __attribute__((noreturn))
child(int (*parse)(void *, struct gnx_buf *, struct gnx_err *), void *arg, int fd)
{
	struct gnx_buf found = {0};
	struct gnx_err err = GNX_ERR_INIT;
	int r = drop_rights(&err);

	if (!r)
		r = parse(arg, &found, &err);
	if (gnx_write_all(fd, &r, sizeof(r)) < 0 ||
		(r < 0 ? gnx_write_all(fd, err.msg, strlen(err.msg))
		       : gnx_write_all(fd, found.data, found.len)) < 0)
		_exit(1);
	_exit(0);
}

/* All of it, or -GNX_E_TOO_BIG. */
static int read_all(int fd, size_t max, struct gnx_buf *out)
{
	char chunk[65536];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		if (out->len + (size_t)n > max)
			return -GNX_E_TOO_BIG;
		gnx_buf_add(out, chunk, (size_t)n);
	}
}

int jail_parse(int (*parse)(void *arg, struct gnx_buf *out, struct gnx_err *err), void *arg,
	size_t max, struct gnx_buf *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf said = {0};
	int ends[2], status, r, result;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return gnx_fail_errno(err, "pipe");
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(parse, arg, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return gnx_fail_errno(err, "fork");
	}
	r = read_all(ends[0], max + sizeof(result), &said);
	close(ends[0]);
	if (r < 0)
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return gnx_fail_errno(err, "waitpid");
	if (r < 0)
		return gnx_fail(err, r, "what was parsed: %s", gnx_strerror(r));
	if (!WIFEXITED(status) || WEXITSTATUS(status) || said.len < sizeof(result))
		return gnx_fail(err, -GNX_E_CHILD, "the parser was killed by signal %d",
			WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	memcpy(&result, said.data, sizeof(result));
	if (result < 0)
		return gnx_fail(err, result, "%.*s", (int)(said.len - sizeof(result)),
			said.data + sizeof(result));
	gnx_buf_add(out, said.data + sizeof(result), said.len - sizeof(result));
	return result;
}
