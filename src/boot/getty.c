/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getty TTY: shows the greeting on a local console, keeps it fresh, and on Enter runs login(1):
 * as root without a password when /etc/gridnix/console-login says "open" and root has no
 * password, else with the usual questions. login and a shell are started only when somebody is
 * there: they are bigger than everything else that waits.
 */
#include "base/clean.h"
#include "base/file.h"
#include "boot/common.h"
#include "boot/greeting.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

/* Changes come in bursts: look when it has been quiet for so long. */
#define QUIET_MS 700

struct getty {
	bool screen;	      /* a virtual terminal: redrawn in place */
	struct gnx_buf shown; /* the greeting's lasting part, as drawn */
	bool shown_ready;
};

static int take_terminal(const char *path, struct gnx_err *err)
{
	struct termios t;
	int fd;

	/* Fails only when we lead a session already, which is as good. */
	setsid();
	fd = open(path, O_RDWR);
	if (fd < 0)
		return gnx_fail_errno(err, "%s", path);
	if (ioctl(fd, TIOCSCTTY, 1) < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		return gnx_fail_errno(err, "%s", path);
	if (fd > 2)
		close(fd);
	if (tcgetattr(0, &t) < 0)
		return gnx_fail_errno(err, "%s", path);
	t.c_iflag = ICRNL | IXON | IUTF8;
	t.c_oflag = OPOST | ONLCR;
	t.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	t.c_cflag |= CREAD | HUPCL | CLOCAL;
	if (tcsetattr(0, TCSANOW, &t) < 0 || tcflush(0, TCIFLUSH) < 0)
		return gnx_fail_errno(err, "%s", path);
	return 0;
}

static int watch_addresses(void)
{
	const struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	return STEAL_FD(fd);
}

static int watch_state(void)
{
	GNX_CLEAN(gnx_close)
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0 || inotify_add_watch(fd, BOOT_DIR, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE) < 0)
		return -errno;
	return STEAL_FD(fd);
}

static void draw(struct getty *g)
{
	GNX_CLEAN(greeting_done)
	struct greeting facts;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0}, all = {0};
	bool changed;

	greeting_gather(&facts);
	greeting_text(&text, &facts);
	changed = !g->shown.data || strcmp(g->shown.data, text.data);
	/* A serial line keeps a record: there only what matters most is worth another page. */
	if (!g->screen && g->shown.data)
		changed = g->shown_ready != greeting_ready(&facts);
	if (!changed)
		return;
	if (g->screen)
		gnx_buf_str(&all, "\033[H\033[J");
	greeting_now(&all);
	gnx_buf_str(&all, "\nPress Enter to log in.\n");
	gnx_write_all(1, all.data, all.len);
	gnx_buf_done(&g->shown);
	g->shown = text;
	text = (struct gnx_buf){0};
	g->shown_ready = greeting_ready(&facts);
}

static void drain(int fd)
{
	char buf[8192];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

/* Returns when somebody has pressed Enter. */
static int wait_for_enter(struct getty *g)
{
	GNX_CLEAN(gnx_close)
	int addresses = watch_addresses();
	GNX_CLEAN(gnx_close)
	int state = watch_state();
	bool due = false;
	char key;

	draw(g);
	for (;;) {
		/* poll leaves out what is negative: without a watch the greeting just ages. */
		struct pollfd fds[] = {{0, POLLIN, 0}, {addresses, POLLIN, 0}, {state, POLLIN, 0}};
		int n = poll(fds, GNX_LEN(fds), due ? QUIET_MS : -1);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0) {
			draw(g);
			due = false;
		}
		if (n <= 0)
			continue;
		if (fds[0].revents)
			return read(0, &key, 1) == 1 ? 0 : -EIO;
		drain(fds[1].revents ? addresses : state);
		due = true;
	}
}

static bool root_has_password(void)
{
	const struct spwd *root = getspnam("root");

	/* When in doubt, ask for it. One that is locked has a '!' before it. */
	return !root || root->sp_pwdp[strspn(root->sp_pwdp, "!*")];
}

static bool is_open(void)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	if (gnx_file_read("/etc/gridnix/console-login", 64, &text, NULL) < 0)
		return false;
	return !strcmp(gnx_trim(text.data), "open") && !root_has_password();
}

int main(int argc, char **argv)
{
	struct getty g = {0};
	struct gnx_err err = GNX_ERR_INIT;

	if (argc != 2) {
		fprintf(stderr, "usage: getty TTY\n");
		return 2;
	}
	g.screen = gnx_starts(argv[1], "/dev/tty");
	if (take_terminal(argv[1], &err) < 0) {
		boot_say("gridnix: getty: %s", err.msg);
		return 1;
	}
	if (wait_for_enter(&g) < 0)
		return 1;
	tcflush(0, TCIFLUSH);
	setenv("TERM", g.screen ? "linux" : "vt220", 1);
	if (is_open())
		execl("/bin/login", "login", "-f", "root", NULL);
	else
		execl("/bin/login", "login", NULL);
	boot_say("gridnix: /bin/login: %s", gnx_strerror(errno));
	return 1;
}
