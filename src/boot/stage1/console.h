/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage 1's voice: every line goes to all consoles of the kernel and into the kernel's log; what
 * the user must see goes to the screen and the Xen console as well, even when the kernel was not
 * told to use them. Lines are prefixed with "gridnix: ".
 */
#ifndef GNX_STAGE1_CONSOLE_H
#define GNX_STAGE1_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#define CONSOLES_MAX 16

/* Opens the consoles, with /dev/console as standard input, output and error. Needs /proc and
 * /dev. What can't be opened is left out. Called again, it opens them afresh. */
void console_open(void);
void console_set_verbose(bool on);

/* A line for every boot; one for verbose boots (always in the kernel's log); one for trouble. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_loud(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Text for every console without prefix or log; the caller brings the newlines. */
void console_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A line that is overwritten by the next one; console_progress_end() keeps it. */
void console_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void console_progress_end(void);

/* Waits until someone types a line on any console, or wake_fd (-1: none) becomes readable.
 * Returns the line's first character ('\n' for an empty line, 0 for wake_fd) and stores the
 * device of that console, borrowed. */
char console_ask(int wake_fd, const char **device_out);

#endif
