/* SPDX-License-Identifier: BSD-3-Clause */
/* A raw terminal: see term.h. Signals come in ppoll() only, so that none is missed in between. */
#include "gridnix/term.h"

#include "base/clean.h"

#include <sys/ioctl.h>
#include <termios.h>

static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
static struct termios before;
static bool raw;
static volatile sig_atomic_t came;
static sigset_t let_through;

static void note(int number)
{
	if (!came)
		came = number;
}

void term_raw(void)
{
	struct sigaction action = {.sa_handler = note}, old;
	struct termios t;
	sigset_t ours;

	sigemptyset(&ours);
	for (size_t i = 0; i < GNX_LEN(ending); i++) {
		/* Who has it ignored means that. */
		if (sigaction(ending[i], NULL, &old) < 0 || old.sa_handler == SIG_IGN)
			continue;
		sigaction(ending[i], &action, NULL);
		sigaddset(&ours, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &ours, &let_through);
	if (raw || tcgetattr(STDIN_FILENO, &before) < 0)
		return;
	t = before;
	cfmakeraw(&t);
	raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &t) == 0;
	if (raw)
		atexit(term_restore);
}

void term_restore(void)
{
	/* Not TCSADRAIN: a terminal that takes nothing must not keep us. */
	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raw = false;
}

bool term_is_raw(void)
{
	return raw;
}

const sigset_t *term_signals(void)
{
	return &let_through;
}

int term_signal(void)
{
	return came;
}

void term_end_by_signal(void)
{
	term_restore();
	signal(came, SIG_DFL);
	raise(came);
	sigprocmask(SIG_SETMASK, &let_through, NULL);
}

int term_lines(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row ? w.ws_row : 24;
}
