/* SPDX-License-Identifier: BSD-3-Clause */
/* The confinement of our processes: see sandbox.h. */
#include "jail/sandbox.h"

#include "base/clean.h"

#include <sys/mman.h>
#include <sys/prctl.h>

static int set_limits(const struct sandbox_role *role, struct gnx_err *err)
{
	const struct limit {
		int what;
		rlim_t value;
	} limits[] = {
		{RLIMIT_CORE, 0}, /* what others were told is in memory */
		{RLIMIT_NOFILE, role->files},
#if SANDBOX_WHOLE
		{RLIMIT_NPROC, 0}, /* it starts nothing */
		{RLIMIT_AS, role->memory},
#endif
	};

	for (size_t i = 0; i < GNX_LEN(limits); i++) {
		const struct rlimit r = {limits[i].value, limits[i].value};

		if (setrlimit(limits[i].what, &r) < 0)
			return gnx_fail_errno(err, "limit %d", limits[i].what);
	}
	return 0;
}

#if SANDBOX_WHOLE

/* What every role needs. */
static const struct sandbox_group groups[] = {
	{"the monitor asks and answers",
		{SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg)}},
	{"the loop waits", {SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl)}},
	{"clocks that the kernel offers by a call only",
		{SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time)}},
	{"memory", {SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise)}},
	{"the end", {SCMP_SYS(rt_sigreturn), SCMP_SYS(exit_group)}},
};

static const struct sandbox_rule rules[] = {
	{"the log", SCMP_SYS(write), {0, SCMP_CMP_EQ, STDERR_FILENO, 0}},
	{"memory, but no code", SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
};

static int add_groups(
	scmp_filter_ctx ctx, const struct sandbox_group *g, size_t n, struct gnx_err *err)
{
	for (size_t i = 0; i < n; i++) {
		for (const int *call = g[i].calls; *call; call++) {
			int code = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, *call, 0);

			if (code < 0)
				return gnx_fail(err, code, "%s: call %d", g[i].why, *call);
		}
	}
	return 0;
}

static int add_rules(
	scmp_filter_ctx ctx, const struct sandbox_rule *r, size_t n, struct gnx_err *err)
{
	for (size_t i = 0; i < n; i++) {
		int code = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, r[i].call, 1, &r[i].arg);

		if (code < 0)
			return gnx_fail(err, code, "%s", r[i].why);
	}
	return 0;
}

static int set_filter(const struct sandbox_role *role, struct gnx_err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int code;

	if (!ctx)
		return gnx_fail(err, -ENOMEM, "out of memory");
	code = add_groups(ctx, groups, GNX_LEN(groups), err);
	if (code == 0)
		code = add_groups(ctx, role->groups, role->groups_len, err);
	if (code == 0)
		code = add_rules(ctx, rules, GNX_LEN(rules), err);
	if (code == 0)
		code = add_rules(ctx, role->rules, role->rules_len, err);
	if (code == 0) {
		code = seccomp_load(ctx);
		if (code < 0)
			gnx_fail(err, code, "%s", gnx_strerror(code));
	}
	seccomp_release(ctx);
	return code;
}

#else

static int set_filter(const struct sandbox_role *role, struct gnx_err *err)
{
	(void)role, (void)err;
	return 0;
}

#endif

int sandbox_enter(const struct sandbox_role *role, struct gnx_err *err)
{
	int code = set_limits(role, err);

	if (code == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		code = gnx_fail_errno(err, "no new privileges");
	if (code == 0) {
		code = set_filter(role, err);
		if (code < 0)
			gnx_err_prefix(err, "filter of system calls");
	}
	return code;
}
