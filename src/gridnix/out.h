/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What people read: a table that fits the terminal, lines for events, colour on a terminal alone.
 * Text from outside is printed with what could move the cursor, or turn text around, as \xNN; what
 * the functions here take may be any text.
 */
#ifndef GNX_GRIDNIX_OUT_H
#define GNX_GRIDNIX_OUT_H

#include "base/str.h"

#include <gridnix/gridnix.h>
#include <stddef.h>

/* Looks at the locale and at the terminal; first of all. */
void out_start(void);

/* A copy with nothing in it that a terminal obeys: the caller frees. */
char *out_text(const char *s);

/* A column of a table. */
struct out_column {
	const char *title;
	bool right; /* numbers */
};

/*
 * Prints a table, cells row by row. On a terminal that is too narrow for all columns, those at the
 * right are left out, and then the first is cut. width: columns of the terminal, 0 for no limit.
 */
void out_table(const struct out_column *columns, size_t n, const struct gnx_strv *cells, int width);

/* A cell of a table: text, or "-" for none. */
const char *out_or_dash(const char *text);

/* Prints text on one line, cut to that many columns; 0: no limit. */
void out_line(const char *text, int width);

/* The columns of the terminal on standard output; 0 when it is none. */
int out_columns(void);

/* Prints an event on one line. */
void out_event(const struct gnx_event *e);

#endif
