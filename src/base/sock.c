/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets: see sock.h. */
#include "base/sock.h"
#include "base/clean.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BACKLOG 64

int gnx_listen(const char *path, int *fd_out, struct gnx_err *err)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof(name.sun_path))
		return gnx_fail(err, -ENAMETOOLONG, "%s: a socket's path has at most %zu bytes",
			path, sizeof(name.sun_path) - 1);
	strcpy(name.sun_path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
		listen(fd, BACKLOG) < 0)
		return gnx_fail_errno(err, "%s", path);
	*fd_out = STEAL_FD(fd);
	return 0;
}
