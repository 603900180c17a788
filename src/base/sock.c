/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets: see sock.h. */
#include "base/sock.h"
#include "base/clean.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BACKLOG 64

static int take_path(struct sockaddr_un *name, const char *path, struct gnx_err *err)
{
	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(name->sun_path))
		return gnx_fail(err, -ENAMETOOLONG, "%s: a socket's path has at most %zu bytes",
			path, sizeof(name->sun_path) - 1);
	strcpy(name->sun_path, path);
	return 0;
}

int gnx_connect(const char *path, int *fd_out, struct gnx_err *err)
{
	struct sockaddr_un name;
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = take_path(&name, path, err);

	if (r < 0)
		return r;
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		return gnx_fail_errno(err, "%s", path);
	*fd_out = STEAL_FD(fd);
	return 0;
}

int gnx_listen(const char *path, int *fd_out, struct gnx_err *err)
{
	struct sockaddr_un name;
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = take_path(&name, path, err);

	if (r < 0)
		return r;
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
		listen(fd, BACKLOG) < 0)
		return gnx_fail_errno(err, "%s", path);
	*fd_out = STEAL_FD(fd);
	return 0;
}

int gnx_listen_local(uint16_t port, int *fd_out, struct gnx_err *err)
{
	const struct sockaddr_in name = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int on = 1;
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
		listen(fd, BACKLOG) < 0)
		return gnx_fail_errno(err, "port %u of 127.0.0.1", port);
	*fd_out = STEAL_FD(fd);
	return 0;
}
