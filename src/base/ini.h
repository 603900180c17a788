/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * INI files, read strictly: nothing is skipped or cut silently, and every error says FILE:LINE.
 * Lines are "[section]", "key = value", or an indented one that goes on with the value; a line that
 * begins with ';' or '#' is a comment. A value is all that is behind the '=' but the blanks around
 * it. Every room but src/lib may use this.
 */
#ifndef GNX_BASE_INI_H
#define GNX_BASE_INI_H

#include "base/err.h"
#include "base/str.h"

#define GNX_INI_MAX	 (1u << 20) /* bytes of one file, for those who read it */
#define GNX_INI_LINE_MAX 2047	    /* bytes of one line, without its newline */
#define GNX_INI_WORD_MAX 255	    /* bytes of a section's or a key's name */

/* What takes the lines. A function returns 0, or a negative value with err set, which ends the
 * reading. What it is given is borrowed for the call. */
struct gnx_ini_sink {
	/* For each line "[section]"; NULL when that is of no interest. */
	int (*section)(void *arg, const char *section, struct gnx_err *err);
	/* For each "key = value", and again for each line that goes on with the value. Before the
	 * first section the section is "". */
	int (*set)(void *arg, const char *section, const char *key, const char *value,
		struct gnx_err *err);
	void *arg; /* their first argument */
	int line;  /* that the call is for; set by gnx_ini_parse() */
	bool more; /* the line goes on with a value; as above */
};

/* Reads len bytes of text; path is for messages. -GNX_E_SYNTAX for lines that mean nothing or are
 * too long. */
int gnx_ini_parse(const char *text, size_t len, const char *path, struct gnx_ini_sink *sink,
	struct gnx_err *err);

/* name as seen from the directory of the INI file at path; the caller frees. */
char *gnx_ini_relative(const char *path, const char *name);

#endif
