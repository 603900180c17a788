/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A terminal as a screen that is drawn again and again, with keys that count at once. However the
 * program ends, save by SIGKILL, the terminal is as it was. For src/gridnix.
 */
#ifndef GNX_GRIDNIX_SCREEN_H
#define GNX_GRIDNIX_SCREEN_H

/* Takes the terminal on standard input and output: 0, or -errno when they are none. */
int screen_begin(void);
/* Gives it back; nothing if it was not taken. */
void screen_end(void);

/* Begins a drawing, on standard output; screen_draw() shows all of it in one go. */
void screen_clear(void);
void screen_draw(void);

/* Waits for a key for so long: the key; 0: there was none, or the size has changed and all is to be
 * drawn again; -1: a signal says that it is over, or the terminal is gone. */
int screen_key(int timeout_ms);

#endif
