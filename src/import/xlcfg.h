/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The language of xl's files, xl.cfg(5), read into a tree: what libxlutil takes is taken, to the
 * same values, within the limits below. No I/O. For import.c and tests.
 */
#ifndef GNX_IMPORT_XLCFG_H
#define GNX_IMPORT_XLCFG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define XLCFG_TEXT_MAX	   65536 /* bytes of a file */
#define XLCFG_SETTINGS_MAX 512	 /* in a file */
#define XLCFG_VALUES_MAX   4096	 /* in all its lists */
#define XLCFG_DEPTH_MAX	   8	 /* lists in lists */

/* A text, as numbers are, too; or a list. */
struct xlcfg_value {
	char *text;		   /* NULL: a list */
	struct xlcfg_value *items; /* of the list */
	size_t len;		   /* of items */
};

/* A line such as memory = 512. */
struct xlcfg_setting {
	char *key;
	struct xlcfg_value value;
	int line;   /* that it begins in */
	bool added; /* something was added with += */
};

/* A file; all zero is an empty one. */
struct xlcfg {
	struct xlcfg_setting *settings; /* in the file's order */
	size_t len;			/* of settings */
};

/* Reads a file's text; path is for messages, which name the line. *out is to be xlcfg_done() in any
 * case. -GNX_E_SYNTAX; -GNX_E_TOO_BIG for more than the limits. */
int xlcfg_parse(
	struct xlcfg *out, const char *text, size_t len, const char *path, struct gnx_err *err);

/* Frees what is in it. */
void xlcfg_done(struct xlcfg *c);

/* The setting that counts, which is the last one of the key; NULL: none. Borrowed. */
const struct xlcfg_setting *xlcfg_find(const struct xlcfg *c, const char *key);

/* The text of a setting's value; NULL when there is no such key, or it is a list. Borrowed. */
const char *xlcfg_text(const struct xlcfg *c, const char *key);

#endif
