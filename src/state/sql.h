/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SQLite in the idioms of this tree: its errors as ours, values put into a statement in order, and
 * the columns of a row taken in order and checked. Knows no table. For this room alone.
 */
#ifndef GNX_STATE_SQL_H
#define GNX_STATE_SQL_H

#include "base/err.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to do about a file that cannot be used; ends messages that begin with its path. */
#define SQL_WAY_OUT                                                                                \
	"move it away and start gridnixd again, which begins a new journal; no guest is touched"

/* An open database. */
struct sql {
	sqlite3 *db;
	char *path; /* for messages */
};

/* Puts SQLite's last failure into words and returns its code: -GNX_E_SYNTAX when the file is
 * damaged or has other tables, -EBUSY when another process has it, else -errno. */
int sql_failed(const struct sql *d, struct gnx_err *err);

/* Runs statements without values. */
int sql_exec(struct sql *d, const char *text, struct gnx_err *err);

/* Runs a statement that gives no rows, its values put; it is ready for its next use then. */
int sql_run(struct sql *d, sqlite3_stmt *q, struct gnx_err *err);

/* Makes a statement and takes it to its first row, which must be there. *q, NULL before, is to be
 * finalized whatever this returns. */
int sql_first_row(struct sql *d, const char *text, sqlite3_stmt **q, struct gnx_err *err);
void sql_finalize(sqlite3_stmt **q); /* for GNX_CLEAN */

/* Makes a statement ready for its next use; for GNX_CLEAN. */
void sql_reset(sqlite3_stmt **q);

/* The values of a statement that does not run, in the order of its question marks. Text and bytes
 * are borrowed until it has run. */
struct sql_values {
	sqlite3_stmt *q;
	int n; /* put so far */
};

void sql_put_int(struct sql_values *v, int64_t i);
void sql_put_u64(struct sql_values *v, uint64_t i); /* its 64 bits as they are */
void sql_put_text(struct sql_values *v, const char *text);
void sql_put_bytes(struct sql_values *v, const void *data, size_t len);

/* The row that a statement is at. What does not fit is 0 or "", and the row is bad then. */
struct sql_row {
	sqlite3_stmt *q;
	int n;		 /* taken so far */
	const char *bad; /* the first column that did not fit, or NULL */
};

int64_t sql_take_int(struct sql_row *r, int64_t min, int64_t max);
uint64_t sql_take_u64(struct sql_row *r);
/* At most size - 1 bytes, without NULs in them. */
void sql_take_text(struct sql_row *r, char *out, size_t size);
/* The number of a name, by the function that knows it or returns a negative number. */
int sql_take_name(struct sql_row *r, int (*by_name)(const char *name));
/* Exactly len bytes. */
void sql_take_bytes(struct sql_row *r, void *out, size_t len);

/* 0, or -GNX_E_SYNTAX with words for a bad row, of the thing named. */
int sql_row_end(
	const struct sql *d, const struct sql_row *r, const char *what, struct gnx_err *err);

#endif
