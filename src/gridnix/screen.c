/* SPDX-License-Identifier: BSD-3-Clause */
/* A terminal as a screen: see screen.h. */
#include "gridnix/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* The other screen, and no cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static struct termios before;
static bool taken;
static volatile sig_atomic_t over;
static sigset_t open_mask; /* signals come in while a key is waited for, and at no other time */

static void on_end(int signal)
{
	over = signal;
}

static void on_size(int signal)
{
	(void)signal;
}

static void take_signals(void)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		sigaction(ends[i], &(struct sigaction){.sa_handler = on_end}, NULL);
		sigaddset(&blocked, ends[i]);
	}
	sigaction(SIGWINCH, &(struct sigaction){.sa_handler = on_size}, NULL);
	sigaddset(&blocked, SIGWINCH);
	sigprocmask(SIG_BLOCK, &blocked, &open_mask);
}

int screen_begin(void)
{
	struct termios raw;

	if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) < 0)
		return -ENOTTY;
	take_signals();
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* nobody is left with a screen that is ours */
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0)
		return -errno;
	taken = true;
	atexit(screen_end);
	fputs(ENTER, stdout);
	return 0;
}

void screen_end(void)
{
	if (!taken)
		return;
	taken = false;
	fputs(LEAVE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

void screen_clear(void)
{
	fputs("\033[H\033[J", stdout);
}

void screen_draw(void)
{
	fflush(stdout);
}

int screen_rows(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row ? w.ws_row : 24;
}

int screen_key(int timeout_ms)
{
	const struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	int r = ppoll(&p, 1, &timeout, &open_mask);
	char key;

	if (over)
		return -1;
	if (r <= 0)
		return r == 0 || errno == EINTR ? 0 : -1;
	return read(STDIN_FILENO, &key, 1) == 1 ? (unsigned char)key : -1;
}
