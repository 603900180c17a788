/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The half of gridnixd-hooks that starts programs. It has the rights to do so as another user, and
 * reads nothing but what the other half tells it: which hook, with what. It finds the hook and its
 * user itself. Each run has a keeper, a process that starts the hook, ends it in time, with all
 *that it has left, and tells how it went. When the other half has gone, all of them end.
 *
 *	MSG_RUN	u32 slot, str hook, str input, u32 count, count times str: "GRIDNIX_X=..."
 *	MSG_RAN	u32 slot, u8 enum ran, u32 status or signal, str the last line of its output
 */
#ifndef GNX_GRIDNIXD_HOOKS_START_H
#define GNX_GRIDNIXD_HOOKS_START_H

#include "gridnixd/msg.h"

#include <sys/types.h>

#define START_RUNS_MAX	24   /* at once: slots are below */
#define START_ENV_MAX	16   /* variables */
#define START_INPUT_MAX 8192 /* bytes of the input, with the NUL */

/* How a run ended. */
enum ran {
	RAN_exit,
	RAN_signal,
	RAN_timeout,
	RAN_gone, /* there is no such hook any more */
	RAN_lost, /* its keeper was killed */
	RAN_COUNT
};

/* Where hooks are, and what is trusted: see config.h. */
struct start {
	int fd; /* to the other half */
	const char *dir;
	uid_t owner;
	bool rights; /* to become somebody else */
};

/* Starts what it is told to, until the other half has gone. */
void start_serve(const struct start *s) __attribute__((noreturn));

/* One run. */
struct keep_run {
	uint32_t slot;
	struct hook hook;
	char input[START_INPUT_MAX];
	char env[START_ENV_MAX][256];
	uint32_t env_len;
};

/* In a process of its own: runs it to its end, and tells. */
void keep_run(const struct start *s, const struct keep_run *run) __attribute__((noreturn));

#endif
