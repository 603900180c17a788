/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one of our own processes may do from the moment it serves others: its role's table of system
 * calls, and what every role with a loop needs. For programs that consist of several processes.
 */
#ifndef GNX_JAIL_SANDBOX_H
#define GNX_JAIL_SANDBOX_H

#include "base/err.h"

#include <seccomp.h>
#include <stddef.h>
#include <sys/resource.h>

/* Not with the sanitizers, whose own code maps terabytes, starts a process and makes calls of all
 * kinds. */
#define SANDBOX_WHOLE 1
#if defined(__SANITIZE_ADDRESS__)
#undef SANDBOX_WHOLE
#define SANDBOX_WHOLE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef SANDBOX_WHOLE
#define SANDBOX_WHOLE 0
#endif
#endif

/* Calls that may have any arguments. */
struct sandbox_group {
	const char *why; /* what it needs them for */
	int calls[6];	 /* 0, which is read(), ends them */
};

/* A call that may have some. */
struct sandbox_rule {
	const char *why;	 /* what it needs it for */
	int call;		 /* its number */
	struct scmp_arg_cmp arg; /* what one of its arguments must be */
};

/* A role. Its tables are static. */
struct sandbox_role {
	const struct sandbox_group *groups; /* beside those that every role has */
	size_t groups_len;		    /* of groups */
	const struct sandbox_rule *rules;   /* beside those, too */
	size_t rules_len;		    /* of rules */
	rlim_t files;			    /* descriptors */
	rlim_t memory;			    /* bytes of address space */
};

/* Gives up what the role never needs: limits, no new privileges, and a filter of system calls that
 * ends the process at any other. All that takes more must be done before. */
int sandbox_enter(const struct sandbox_role *role, struct gnx_err *err);

#endif
