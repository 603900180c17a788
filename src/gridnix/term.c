/* SPDX-License-Identifier: BSD-3-Clause */
/* A terminal that is taken: see term.h. Signals come in ppoll() only, so that none is missed in
 * between. */
#include "gridnix/term.h"

#include "base/clean.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>

static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
static struct termios before;
static bool taken;
static volatile sig_atomic_t came;
static sigset_t let_through;

static void note(int number)
{
	if (!came)
		came = number;
}

static void take_signals(void)
{
	struct sigaction action = {.sa_handler = note}, old;
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
}

int term_take(enum term_keys keys)
{
	struct termios t;

	take_signals();
	if (taken || tcgetattr(STDIN_FILENO, &before) < 0)
		return taken ? 0 : -ENOTTY;
	t = before;
	if (keys == TERM_KEYS_ALL) {
		cfmakeraw(&t);
	} else {
		t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		t.c_cc[VSUSP] = _POSIX_VDISABLE; /* nobody is left with a screen that is ours */
	}
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &t) < 0)
		return -errno;
	taken = true;
	atexit(term_restore);
	return 0;
}

void term_restore(void)
{
	/* Not TCSADRAIN: a terminal that takes nothing must not keep us. */
	if (taken)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	taken = false;
}

bool term_taken(void)
{
	return taken;
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
