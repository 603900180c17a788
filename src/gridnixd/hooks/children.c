/* SPDX-License-Identifier: BSD-3-Clause */
/* A process's children: see children.h. */
#include "gridnixd/hooks/children.h"

#include "base/clean.h"

#include <signal.h>
#include <stdbool.h>

static bool is_one(pid_t pid, const pid_t *but, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (but[i] == pid)
			return true;
	return false;
}

size_t children_kill(const pid_t *but, size_t n)
{
	GNX_CLEAN(gnx_fclose)
	FILE *f = fopen("/proc/thread-self/children", "re");
	size_t killed = 0;
	int pid;

	while (f && fscanf(f, "%d", &pid) == 1)
		if (!is_one(pid, but, n) && kill(pid, SIGKILL) == 0)
			killed++;
	return killed;
}
