/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * console NAME TTY: shows the console of the guest NAME on the virtual terminal TTY, from one
 * life of the guest to the next. It holds the guest's console only while the terminal is in
 * front, under the lock that "xl console" takes, so that both can be used in turn; what the
 * guest writes meanwhile waits in xenconsoled.
 */
#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "xen/observe/observe.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

#define RETRY_MS 2000

struct console {
	const char *guest;
	const char *vt; /* "tty2" */
	struct observe *store;
	int active;	  /* /sys/class/tty/tty0/active: which terminal is in front */
	bool front;	  /* it is ours */
	int tty;	  /* the virtual terminal */
	int pty;	  /* the guest's console, or -1 */
	int lock;	  /* held with pty, or -1 */
	int domid;	  /* pty's domain */
	bool busy;	  /* somebody else has the lock: try again */
	const char *said; /* the state that the screen was told last, static, or NULL */
};

/* Tells the screen a state once; NULL: the guest's own output follows. */
static void say(struct console *c, const char *state)
{
	GNX_CLEAN(gnx_free)
	char *line = NULL;

	if (state == c->said)
		return;
	c->said = state;
	if (!state)
		return;
	line = gnx_fmt("\r\n\033[0m[guest %s %s]\r\n", c->guest, state);
	gnx_write_all(c->tty, line, strlen(line));
}

static void detach(struct console *c)
{
	if (c->pty >= 0)
		close(c->pty);
	if (c->lock >= 0)
		close(c->lock);
	c->pty = c->lock = -1;
	c->busy = false;
}

/* Reading also arms the next poll: without it poll would return at once for ever. */
static void look_at_front(struct console *c)
{
	char name[32];
	ssize_t n = pread(c->active, name, sizeof(name) - 1, 0);

	name[n > 0 ? n : 0] = '\0';
	c->front = !strcmp(gnx_trim(name), c->vt);
}

/* xl console's lock: one reader at a time, else each gets half of the output. */
static int take_lock(int domid)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/run/lock/xenconsole.%d", domid);
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -1;
	return STEAL_FD(fd);
}

static void raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(fd, TCSANOW, &t);
	}
}

static void attach(struct console *c, const char *path)
{
	c->lock = take_lock(c->domid);
	c->busy = c->lock < 0;
	if (c->busy) {
		say(c, "has its console open elsewhere; it comes here when that is closed");
		return;
	}
	c->pty = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (c->pty < 0) {
		detach(c);
		return;
	}
	raw(c->pty);
	say(c, NULL);
}

/* Brings what is attached in line with the store and with what is in front. */
static void follow(struct console *c)
{
	GNX_CLEAN(gnx_free)
	char *path = NULL;
	int domid = observe_domid(c->store, c->guest);

	if (domid < 0) {
		detach(c);
		say(c, "is not running; this screen comes back when it starts");
		return;
	}
	path = observe_console(c->store, domid);
	if (!path || !c->front || (c->pty >= 0 && c->domid != domid))
		detach(c);
	c->domid = domid;
	if (path && c->pty < 0 && c->front)
		attach(c, path);
}

/* Moves what is there from one side to the other, or drops it when to is -1; false at the end
 * of from. */
static bool relay(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));
	int r = 0;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	/* A guest that does not read loses keys; it must not stop its own output. */
	if (n > 0 && to >= 0)
		r = gnx_write_all(to, buf, (size_t)n);
	return n > 0 && (r == 0 || r == -EAGAIN);
}

static int serve(struct console *c)
{
	look_at_front(c);
	for (;;) {
		struct pollfd fds[] = {{observe_fd(c->store), POLLIN, 0}, {c->active, POLLPRI, 0},
			{c->tty, POLLIN, 0}, {c->pty, POLLIN, 0}};
		bool waiting = c->busy && c->front;
		int r;

		if (poll(fds, GNX_LEN(fds), waiting ? RETRY_MS : -1) < 0 && errno != EINTR)
			return -errno;
		r = fds[0].revents ? observe_drain(c->store) : 0;
		if (r < 0)
			return r;
		if (fds[1].revents)
			look_at_front(c);
		if (fds[3].revents && !relay(c->pty, c->tty))
			detach(c);
		if (fds[0].revents || fds[1].revents || waiting)
			follow(c);
		/* Last: the keys that came with the switch to this screen are for the guest. */
		if (fds[2].revents && !relay(c->tty, c->pty))
			return -EIO;
	}
}

int main(int argc, char **argv)
{
	struct console c = {.tty = -1, .pty = -1, .lock = -1, .domid = -1};
	struct gnx_err err = GNX_ERR_INIT;
	int r;

	if (argc != 3 || !gnx_starts(argv[2], "/dev/")) {
		fprintf(stderr, "usage: console NAME /dev/ttyN\n");
		return 2;
	}
	c.guest = argv[1];
	c.vt = argv[2] + strlen("/dev/");
	c.tty = open(argv[2], O_RDWR | O_NOCTTY | O_CLOEXEC);
	c.active = open("/sys/class/tty/tty0/active", O_RDONLY | O_CLOEXEC);
	if (c.tty < 0 || c.active < 0) {
		perror(argv[2]);
		return 1;
	}
	raw(c.tty);
	if (observe_open(&c.store, &err) < 0) {
		fprintf(stderr, "console: %s\n", err.msg);
		return 1;
	}
	r = serve(&c);
	fprintf(stderr, "console: %s: %s\n", c.guest, gnx_strerror(r));
	return 1;
}
