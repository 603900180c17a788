/* SPDX-License-Identifier: BSD-3-Clause */
/* A terminal as a screen: see screen.h. */
#include "gridnix/screen.h"

#include "gridnix/term.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The other screen, and no cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

static bool shown;

static void on_size(int signal)
{
	(void)signal;
}

int screen_begin(void)
{
	sigset_t size;
	/* Looked for first: signals are to end who goes on without a screen. */
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	int r = terminal ? term_take(TERM_KEYS_OURS) : -ENOTTY;

	if (r < 0)
		return r;
	/* As those that end it, this comes while a key is waited for, and at no other time. */
	sigemptyset(&size);
	sigaddset(&size, SIGWINCH);
	sigaction(SIGWINCH, &(struct sigaction){.sa_handler = on_size}, NULL);
	sigprocmask(SIG_BLOCK, &size, NULL);
	shown = true;
	atexit(screen_end);
	fputs(ENTER, stdout);
	return 0;
}

void screen_end(void)
{
	if (!shown)
		return;
	shown = false;
	fputs(LEAVE, stdout);
	fflush(stdout);
	term_restore();
}

void screen_clear(void)
{
	fputs("\033[H\033[J", stdout);
}

void screen_draw(void)
{
	fflush(stdout);
}

int screen_key(int timeout_ms)
{
	const struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	int r = ppoll(&p, 1, &timeout, term_signals());
	char key;

	if (term_signal())
		return -1;
	if (r <= 0)
		return r == 0 || errno == EINTR ? 0 : -1;
	return read(STDIN_FILENO, &key, 1) == 1 ? (unsigned char)key : -1;
}
