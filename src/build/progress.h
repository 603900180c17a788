/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Progress of long work: a bar on a terminal, plain lines elsewhere, one JSON object per event
 * for programs. For the builder; one at a time, on standard output.
 */
#ifndef GNX_BUILD_PROGRESS_H
#define GNX_BUILD_PROGRESS_H

#include <stdbool.h>

enum progress_mode {
	PROGRESS_AUTO, /* bar on a terminal, else plain */
	PROGRESS_PLAIN,
	PROGRESS_JSON,
};

void progress_start(enum progress_mode mode, int steps);
void progress_step(const char *name, const char *words);
/* How far the step is, in percent, 0 to 100; drawn at most ten times a second. */
void progress_percent(int percent);
void progress_cached(void); /* the step's result was there already */
void progress_begin(void);  /* it was not: the step is carried out */
void progress_tick(void);   /* it is being carried out: once a second the bar shows how long */
void progress_done(void);   /* the step was carried out */
/* A line for the user, in the middle or at the end. */
void progress_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Clears an unfinished bar and tells programs what went wrong; people read it on standard error. */
void progress_error(const char *text);
/* Clears an unfinished bar, so that an error message starts on a line of its own. */
void progress_clear(void);

#endif
