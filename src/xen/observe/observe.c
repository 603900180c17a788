/* SPDX-License-Identifier: BSD-3-Clause */
/* What xenstore says by itself: see observe.h. */
#include "xen/observe/observe.h"

#include "base/clean.h"
#include "base/str.h"
#include "xen/observe/control.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <xenstore.h>
#include <xenstore_lib.h>

#define DOMAINS	 "domains"
#define BACKENDS "backends"

#define PATIENCE_S 2 /* for an answer of the store; one that is only busy takes less */

struct observe {
	struct xs_handle *xs;
};

void observe_close(struct observe **o)
{
	if (!*o)
		return;
	if ((*o)->xs)
		xs_close((*o)->xs);
	free(*o);
	*o = NULL;
}

/* *fd_out: the number that its socket has; -1: it has none. */
static struct xs_handle *open_store(int *fd_out)
{
	struct control c;
	int r = control_open(&c, xs_daemon_socket(), NULL);

	*fd_out = c.fd;
	control_close(&c);
	errno = -r;
	/* Without the socket the store is in a domain of its own, behind that device. */
	return !r || r == -ENOENT ? xs_open(0) : NULL;
}

/* libxenstore waits for ever, and does not tell its socket: that is the first descriptor that it
 * opens, under the number that has just become free. */
struct xs_handle *observe_connect(void)
{
	const struct timeval patience = {PATIENCE_S, 0};
	int fd;
	struct xs_handle *xs = open_store(&fd);

	if (!xs || fd < 0)
		return xs;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0)
		return xs;
	xs_close(xs);
	return NULL;
}

int observe_open(struct observe **out, struct gnx_err *err)
{
	GNX_CLEAN(observe_close)
	struct observe *o = gnx_alloc(sizeof(*o));
	int fd;

	o->xs = open_store(&fd);
	if (!o->xs)
		return gnx_fail_errno(err, "xenstore");
	if (!xs_watch(o->xs, "@introduceDomain", DOMAINS) ||
		!xs_watch(o->xs, "@releaseDomain", DOMAINS) ||
		!xs_watch(o->xs, BACKENDS_PATH, BACKENDS))
		return gnx_fail_errno(err, "xenstore: watch");
	*out = STEAL(o);
	return 0;
}

int observe_fd(const struct observe *o)
{
	return xs_fileno(o->xs);
}

int observe_drain(struct observe *o, struct backends *b)
{
	int domains = 0;

	for (;;) {
		GNX_CLEAN(gnx_free)
		char **event = xs_check_watch(o->xs);

		if (!event)
			return errno == EAGAIN ? domains : -errno;
		if (!strcmp(event[XS_WATCH_TOKEN], BACKENDS))
			backends_note(b, event[XS_WATCH_PATH]);
		else
			domains = 1;
	}
}
