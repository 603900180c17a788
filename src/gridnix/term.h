/* SPDX-License-Identifier: BSD-3-Clause */
/* The terminal on standard input, while every key is for somebody else. For cmd_console.c. */
#ifndef GNX_GRIDNIX_TERM_H
#define GNX_GRIDNIX_TERM_H

#include <signal.h>
#include <stdbool.h>

/* Makes it raw, if it is a terminal, until the program ends, however it does: signals that would
 * end it are only noted from now on. */
void term_raw(void);
/* As it was before. */
void term_restore(void);

/* Whether it is raw: lines have to end in CR LF then. */
bool term_is_raw(void);

/* The signals that term_raw() has found to be let through, for ppoll(); and the first one that
 * came, 0: none. */
const sigset_t *term_signals(void);
int term_signal(void);

/* Ends the program by the signal that came, as if it had not been noted. */
void term_end_by_signal(void);

/* Lines of the terminal; 24 when nobody knows. */
int term_lines(void);

#endif
