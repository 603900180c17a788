/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * xl's files made into guests' definitions, and what became of each key of theirs: import.def. No
 * I/O; the bytes are foreign, so a program calls this without rights, in jail_parse().
 */
#ifndef GNX_IMPORT_IMPORT_H
#define GNX_IMPORT_IMPORT_H

#include "model/definition.h"

/* What became of a key. */
enum import_fate {
	IMPORT_taken,	 /* it is in the definition */
	IMPORT_assumed,	 /* it is not in the file, and what xl makes of that is in the definition */
	IMPORT_needless, /* nothing is missed */
	IMPORT_lost,	 /* the guest may miss it */
	IMPORT_FATE_COUNT
};

/* One thing to tell. */
struct import_note {
	int line;	       /* of the file; 0: of none */
	const char *key;       /* in the file; owned */
	enum import_fate fate; /* of it */
	char *words;	       /* plain ASCII; owned */
};

/* What a file gave; all zero before. */
struct import {
	struct definition definition;
	struct import_note *notes; /* in the file's order */
	size_t len;		   /* of notes */
};

/* Makes a definition of a file's text; path is for messages. *out is to be import_done() in any
 * case: what was told before something was wrong is in it. -GNX_E_SYNTAX and -GNX_E_TOO_BIG: the
 * file cannot be read; -EINVAL: no guest can be made of it. */
int import_text(
	struct import *out, const char *text, size_t len, const char *path, struct gnx_err *err);

/* Frees what is in it. */
void import_done(struct import *i);

/* "taken" and so on; static. */
const char *import_fate_name(enum import_fate fate);

/* Adds the notes, a line each, with prefix in front of it and the file's path. */
void import_write_notes(
	const struct import *i, const char *prefix, const char *path, struct gnx_buf *out);

/* Adds all as one JSON object in one line: the definition, as the daemon takes it, and the notes.
 * words: what was wrong, plain ASCII; NULL: nothing was. */
void import_write_json(const struct import *i, const char *words, struct gnx_buf *out);

#endif
