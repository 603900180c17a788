/* SPDX-License-Identifier: BSD-3-Clause */
/* The terminal on standard input, while its keys are not typed into lines. For src/gridnix. */
#ifndef GNX_GRIDNIX_TERM_H
#define GNX_GRIDNIX_TERM_H

#include <signal.h>
#include <stdbool.h>

/* What keys are. */
enum term_keys {
	TERM_KEYS_ALL,	/* bytes for somebody else, each of them; lines have to end in CR LF */
	TERM_KEYS_OURS, /* commands, which count at once; those that send a signal still do */
};

/* Takes it until the program ends, however that does: signals that would end it are only noted from
 * now on, also when it is no terminal, -ENOTTY. */
int term_take(enum term_keys keys);
/* As it was before. */
void term_restore(void);

/* Whether it was taken, and not given back. */
bool term_taken(void);

/* The signals that term_take() has found to be let through, for ppoll(); and the first one that
 * came, 0: none. */
const sigset_t *term_signals(void);
int term_signal(void);

/* Ends the program by the signal that came, as if it had not been noted. */
void term_end_by_signal(void);

/* Lines of the terminal; 24 when nobody knows. */
int term_lines(void);

#endif
