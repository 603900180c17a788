/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Starting other programs: argv, environment, descriptors and a deadline in one place. The
 * child runs in a process group of its own and is killed with its group when the deadline
 * passes or the caller's stop flag is set. The only way Gridnix starts a program.
 */
#ifndef GNX_JAIL_SPAWN_H
#define GNX_JAIL_SPAWN_H

#include "base/err.h"
#include "base/str.h"

#include <signal.h>
#include <sys/types.h>

/* What to start and how: begin with JAIL_CMD_INIT, set argv and what differs. */
struct jail_cmd {
	char *const *argv;	 /* argv[0] is looked up in PATH; borrowed */
	char *const *env;	 /* the whole environment; NULL: the caller's; borrowed */
	const char *cwd;	 /* NULL: the caller's */
	const char *chroot;	 /* NULL: none; set after before_exec ran */
	int stdin_fd;		 /* -1: /dev/null */
	int stdout_fd;		 /* -1: to log_fd, or captured */
	int log_fd;		 /* stderr, and stdout unless set above; -1: the caller's stderr */
	struct gnx_buf *capture; /* stdout is collected here when not NULL */
	size_t capture_max;	 /* bytes kept of it; 0: 16 MiB; more is an error */
	int guard_fd;		 /* -1: none. Else the child's group ends when the caller is
				  * killed, and holds this open until then: a lock */
	long long deadline_ms;	 /* from now; 0: none */
	const volatile sig_atomic_t *stop; /* set by a signal handler: end the child; may be NULL */
	void (*tick)(void); /* called some times a second while it runs; may be NULL */
	/* Called in the child before exec, after descriptors are set; 0 or -errno. May be NULL. */
	int (*before_exec)(void *arg);
	void *arg; /* before_exec's */
};

/* No descriptors, no limits, the caller's environment. */
#define JAIL_CMD_INIT                                                                              \
	((struct jail_cmd){.stdin_fd = -1, .stdout_fd = -1, .log_fd = -1, .guard_fd = -1})

/* Runs it to its end. 0 when it exited with 0; -GNX_E_CHILD with words for any other end,
 * -GNX_E_INTERRUPTED when stop was set, -ETIMEDOUT past the deadline, -errno when it could not
 * be started. */
int jail_run(const struct jail_cmd *cmd, struct gnx_err *err);

/* Starts it, and leaves it to the caller to wait for it and to end its group in time: *pid_out,
 * which is the group's, too. capture, guard_fd, deadline_ms, stop and tick are not for this. */
int jail_start(const struct jail_cmd *cmd, pid_t *pid_out, struct gnx_err *err);
/* What waitpid() has said of one: 0 when it exited with 0, else -GNX_E_CHILD. name: for words. */
int jail_status(const char *name, int status, struct gnx_err *err);

#endif
