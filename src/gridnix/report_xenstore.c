/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names in xenstore for a report. They are asked for over the daemon's socket, in the protocol of
 * docs/misc/xenstore.txt of Xen's source, since the command line links no library of Xen's. All
 * that comes is bounded: depth, nodes, bytes, time.
 */
#include "gridnix/report.h"

#include "base/clean.h"
#include "base/err.h"
#include "base/str.h"
#include "gridnix/out.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#define SOCKET	  "/run/xenstored/socket"
#define DIRECTORY 1 /* the protocol's number of it */
#define PAYLOAD	  4096
#define NODES_MAX 20000
#define DEPTH_MAX 12
#define WAIT_S	  5

struct header {
	uint32_t type, request, transaction, len;
};

struct walk {
	int fd;
	unsigned nodes;
	bool lost;
};

static int receive(int fd, void *to, size_t len)
{
	if (!len) /* recv() would wait for more */
		return 0;
	return recv(fd, to, len, MSG_WAITALL) == (ssize_t)len ? 0 : -EPIPE;
}

/* The names in a directory, each with a NUL behind it: their bytes. 0 for none, or one that is not
 * to be read. */
static size_t list(struct walk *w, const char *path, char names[PAYLOAD + 1])
{
	struct header h = {.type = DIRECTORY, .len = (uint32_t)strlen(path) + 1};

	if (send(w->fd, &h, sizeof(h), MSG_NOSIGNAL) != sizeof(h) ||
		send(w->fd, path, h.len, MSG_NOSIGNAL) != (ssize_t)h.len ||
		receive(w->fd, &h, sizeof(h)) < 0 || h.len > PAYLOAD ||
		receive(w->fd, names, h.len) < 0) {
		w->lost = true;
		return 0;
	}
	names[h.len] = '\0';
	return h.type == DIRECTORY ? h.len : 0;
}

/* Directories in which a guest may make what it likes: /local/domain/N/data and so on. */
static bool is_guests_own(const char *path)
{
	static const char *const names[] = {
		"/data", "/attr", "/drivers", "/feature", "/error", "/control"};
	unsigned domid;
	int at = 0;

	if (sscanf(path, "/local/domain/%u%n", &domid, &at) != 1 || !domid)
		return false;
	for (size_t i = 0; i < GNX_LEN(names); i++)
		if (!strcmp(path + at, names[i]))
			return true;
	return false;
}

static void walk(struct walk *w, const char *path, int depth)
{
	GNX_CLEAN(gnx_free)
	char *names = gnx_alloc(PAYLOAD + 1);
	size_t len = list(w, path, names);

	for (size_t at = 0; at < len && !w->lost && w->nodes < NODES_MAX;
		at += strlen(names + at) + 1) {
		GNX_CLEAN(gnx_free)
		char *child = gnx_fmt("%s/%s", strcmp(path, "/") ? path : "", names + at);
		GNX_CLEAN(gnx_free)
		char *shown = out_text(child);

		if (!names[at])
			continue;
		puts(shown);
		w->nodes++;
		if (depth < DEPTH_MAX && !is_guests_own(child))
			walk(w, child, depth + 1);
	}
}

void report_xenstore(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	const struct timeval patience = {.tv_sec = WAIT_S};
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct walk w = {.fd = fd};

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
		connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
		printf("%s: %s\n", SOCKET, gnx_strerror(-errno));
		return;
	}
	walk(&w, "/", 0);
	if (w.lost || w.nodes == NODES_MAX)
		printf("(not all: %s)\n",
			w.lost ? "xenstored did not go on" : "there are too many");
}
