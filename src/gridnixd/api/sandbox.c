/* SPDX-License-Identifier: BSD-3-Clause */
/* The front's confinement: see sandbox.h. The filter is one table, each group with its reason. */
#include "gridnixd/api/sandbox.h"

#include "base/clean.h"

#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const struct limit {
	int what;
	rlim_t value;
} limits[] = {
	{RLIMIT_CORE, 0}, /* what clients were told is in memory */
	{RLIMIT_NOFILE, SANDBOX_FILES},
#if SANDBOX_WHOLE
	{RLIMIT_NPROC, 0}, /* it starts nothing */
	{RLIMIT_AS, SANDBOX_MEMORY},
#endif
};

static int set_limits(struct gnx_err *err)
{
	for (size_t i = 0; i < GNX_LEN(limits); i++) {
		const struct rlimit r = {limits[i].value, limits[i].value};

		if (setrlimit(limits[i].what, &r) < 0)
			return gnx_fail_errno(err, "limit %d", limits[i].what);
	}
	return 0;
}

#if SANDBOX_WHOLE

/* Calls that may have any arguments; 0, which is read() and not needed, ends a group. */
static const struct group {
	const char *why;
	int calls[5];
} groups[] = {
	{"clients come and go", {SCMP_SYS(accept4), SCMP_SYS(shutdown), SCMP_SYS(close)}},
	{"clients are read and answered", {SCMP_SYS(readv), SCMP_SYS(writev)}},
	{"the monitor is asked and answers",
		{SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg)}},
	{"the loop waits", {SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl)}},
	{"clocks that the kernel offers by a call only",
		{SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time)}},
	{"memory", {SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise)}},
	{"the end", {SCMP_SYS(rt_sigreturn), SCMP_SYS(exit_group)}},
};

/* Calls that may have some. */
static const struct guarded {
	const char *why;
	int call;
	struct scmp_arg_cmp arg;
} guarded[] = {
	{"the log", SCMP_SYS(write), {0, SCMP_CMP_EQ, STDERR_FILENO, 0}},
	{"how much there is to read", SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, FIONREAD, 0}},
	{"memory, but no code", SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
};

static int add_rules(scmp_filter_ctx ctx, struct gnx_err *err)
{
	int code = 0;

	for (size_t i = 0; i < GNX_LEN(groups); i++) {
		for (const int *call = groups[i].calls; *call; call++) {
			code = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, *call, 0);
			if (code < 0)
				return gnx_fail(err, code, "%s: call %d", groups[i].why, *call);
		}
	}
	for (size_t i = 0; i < GNX_LEN(guarded); i++) {
		code = seccomp_rule_add_array(
			ctx, SCMP_ACT_ALLOW, guarded[i].call, 1, &guarded[i].arg);
		if (code < 0)
			return gnx_fail(err, code, "%s", guarded[i].why);
	}
	return 0;
}

static int set_filter(struct gnx_err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int code;

	if (!ctx)
		return gnx_fail(err, -ENOMEM, "out of memory");
	code = add_rules(ctx, err);
	if (code == 0) {
		code = seccomp_load(ctx);
		if (code < 0)
			gnx_fail(err, code, "%s", gnx_strerror(code));
	}
	seccomp_release(ctx);
	return code;
}

#else

static int set_filter(struct gnx_err *err)
{
	(void)err;
	return 0;
}

#endif

int sandbox_enter(struct gnx_err *err)
{
	int code = set_limits(err);

	if (code == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		code = gnx_fail_errno(err, "no new privileges");
	if (code == 0) {
		code = set_filter(err);
		if (code < 0)
			gnx_err_prefix(err, "filter of system calls");
	}
	return code;
}
