/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing to what is open: see file.h. By itself, for programs that open nothing. */
#include "base/file.h"

#include <unistd.h>

int gnx_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}
