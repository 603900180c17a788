/* SPDX-License-Identifier: BSD-3-Clause */
/* From fork to exec: see child.h. */
#include "jail/child.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int jail_child_fds(const int *fds, size_t n, int *report)
{
	int from[JAIL_CHILD_FDS + 1];

	assert(n <= JAIL_CHILD_FDS);
	memcpy(from, fds, n * sizeof(*fds));
	from[n++] = *report;
	for (size_t i = 0; i < n; i++)
		if ((from[i] = fcntl(from[i], F_DUPFD, (int)n)) < 0)
			return -errno;
	for (size_t i = 0; i < n; i++)
		if (dup2(from[i], (int)i) < 0)
			return -errno;
	*report = (int)n - 1;
	if (fcntl(*report, F_SETFD, FD_CLOEXEC) < 0 ||
		syscall(SYS_close_range, (unsigned int)n, ~0u, 0u) < 0)
		return -errno;
	return 0;
}

void jail_child_failed(int report, int code)
{
	gnx_write_all(report, &code, sizeof(code));
	_exit(127);
}

int jail_child_started(int report)
{
	ssize_t n;
	int r;

	do
		n = read(report, &r, sizeof(r));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(r) ? r : 0;
}
