/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest has printed, as text that nothing obeys. No I/O. For gridnixd-console. */
#ifndef GNX_GRIDNIXD_CONSOLE_VISIBLE_H
#define GNX_GRIDNIXD_CONSOLE_VISIBLE_H

#include <stddef.h>

#define VISIBLE_LINES 20 /* that are told of a guest's end */

/* Writes the last lines of data, VISIBLE_LINES at most, and of the first only what fits into size
 * bytes with the NUL: visible ASCII, and '\n' between lines. Carriage returns at a line's end and
 * empty lines are left out; all else is \xNN. */
void visible(const char *data, size_t len, char *out, size_t size);

#endif
