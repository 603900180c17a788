/* SPDX-License-Identifier: BSD-3-Clause */
/* SQLite: see sql.h. */
#include "state/sql.h"

#include <assert.h>
#include <string.h>

/* Our code for the last failure; 0 when it is the file that is not as it should be. */
static int failure_code(sqlite3 *db)
{
	int sys = sqlite3_system_errno(db); /* of opening only */

	switch (sqlite3_errcode(db)) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR: /* our statements are good: it has other tables */
		return 0;
	case SQLITE_BUSY:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CANTOPEN:
		return sys ? -sys : -EIO;
	default:
		return -EIO;
	}
}

int sql_failed(const struct sql *d, struct gnx_err *err)
{
	int code = failure_code(d->db);
	const char *words = sqlite3_errmsg(d->db);

	if (!code)
		return gnx_fail(err, -GNX_E_SYNTAX,
			"%s: damaged, or not gridnixd's (%s): " SQL_WAY_OUT, d->path, words);
	if (code == -EBUSY)
		return gnx_fail(err, code,
			"%s: in use by another process; does gridnixd run already?", d->path);
	return gnx_fail(err, code, "%s: %s: %s", d->path, words, gnx_strerror(code));
}

int sql_exec(struct sql *d, const char *text, struct gnx_err *err)
{
	return sqlite3_exec(d->db, text, NULL, NULL, NULL) ? sql_failed(d, err) : 0;
}

int sql_run(struct sql *d, sqlite3_stmt *q, struct gnx_err *err)
{
	int r = sqlite3_step(q) == SQLITE_DONE ? 0 : sql_failed(d, err);

	sqlite3_reset(q);
	return r;
}

int sql_first_row(struct sql *d, const char *text, sqlite3_stmt **q, struct gnx_err *err)
{
	if (sqlite3_prepare_v2(d->db, text, -1, q, NULL) || sqlite3_step(*q) != SQLITE_ROW)
		return sql_failed(d, err);
	return 0;
}

void sql_finalize(sqlite3_stmt **q)
{
	sqlite3_finalize(*q);
}

void sql_reset(sqlite3_stmt **q)
{
	sqlite3_reset(*q);
}

/* Values are small and not copied, so nothing but a statement that runs refuses them. */
static void put(struct sql_values *v, int rc)
{
	assert(rc == SQLITE_OK);
	v->n++;
}

void sql_put_int(struct sql_values *v, int64_t i)
{
	put(v, sqlite3_bind_int64(v->q, v->n + 1, i));
}

void sql_put_u64(struct sql_values *v, uint64_t i)
{
	sql_put_int(v, (int64_t)i);
}

void sql_put_text(struct sql_values *v, const char *text)
{
	put(v, sqlite3_bind_text(v->q, v->n + 1, text, -1, SQLITE_STATIC));
}

void sql_put_bytes(struct sql_values *v, const void *data, size_t len)
{
	put(v, sqlite3_bind_blob64(v->q, v->n + 1, data, len, SQLITE_STATIC));
}

/* Goes to the next column. */
static void taken(struct sql_row *r, bool fits)
{
	if (!fits && !r->bad)
		r->bad = sqlite3_column_name(r->q, r->n);
	r->n++;
}

int64_t sql_take_int(struct sql_row *r, int64_t min, int64_t max)
{
	int64_t i = sqlite3_column_int64(r->q, r->n);
	bool fits = sqlite3_column_type(r->q, r->n) == SQLITE_INTEGER && i >= min && i <= max;

	taken(r, fits);
	return fits ? i : 0;
}

uint64_t sql_take_u64(struct sql_row *r)
{
	return (uint64_t)sql_take_int(r, INT64_MIN, INT64_MAX);
}

/* The column's text if it is one of less than size bytes, else NULL. */
static const char *text_of(const struct sql_row *r, size_t size)
{
	const char *s = sqlite3_column_type(r->q, r->n) == SQLITE_TEXT
		? (const char *)sqlite3_column_text(r->q, r->n)
		: NULL;
	size_t len = (size_t)sqlite3_column_bytes(r->q, r->n);

	return s && len < size && strlen(s) == len ? s : NULL;
}

void sql_take_text(struct sql_row *r, char *out, size_t size)
{
	const char *s = text_of(r, size);

	strcpy(out, s ? s : "");
	taken(r, s);
}

int sql_take_name(struct sql_row *r, int (*by_name)(const char *name))
{
	const char *s = text_of(r, SIZE_MAX);
	int i = s ? by_name(s) : -EINVAL;

	taken(r, i >= 0);
	return i >= 0 ? i : 0;
}

void sql_take_bytes(struct sql_row *r, void *out, size_t len)
{
	const void *data = sqlite3_column_blob(r->q, r->n);
	bool fits = sqlite3_column_type(r->q, r->n) == SQLITE_BLOB &&
		(size_t)sqlite3_column_bytes(r->q, r->n) == len;

	memset(out, 0, len);
	if (fits && len)
		memcpy(out, data, len);
	taken(r, fits);
}

int sql_row_end(const struct sql *d, const struct sql_row *r, const char *what, struct gnx_err *err)
{
	if (!r->bad)
		return 0;
	return gnx_fail(
		err, -GNX_E_SYNTAX, "%s: %s has a bad %s: " SQL_WAY_OUT, d->path, what, r->bad);
}
