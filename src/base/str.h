/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Strings: a growing buffer, small parsers, and lists of strings. Running out of memory here
 * aborts the program: these serve programs, not libgridnix. Every room but src/lib may use this.
 */
#ifndef GNX_BASE_STR_H
#define GNX_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing buffer; all zero is an empty one. */
struct gnx_buf {
	char *data; /* always NUL-terminated once anything was added; NULL when empty */
	size_t len; /* bytes, without that NUL */
	size_t cap; /* bytes allocated */
};

/* Frees the data; the buffer is empty then. */
void gnx_buf_done(struct gnx_buf *buf);
/* These add to its end: bytes, a string, formatted text. */
void gnx_buf_add(struct gnx_buf *buf, const void *data, size_t len);
void gnx_buf_str(struct gnx_buf *buf, const char *s); /* copied */
/* Formatted text at its end. */
void gnx_buf_fmt(struct gnx_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A list of owned strings, NULL-terminated, so that items can serve as argv. */
struct gnx_strv {
	char **items; /* NULL when empty */
	size_t len;   /* strings, without the NULL at the end */
};

/* Frees the strings; the list is empty then. */
void gnx_strv_done(struct gnx_strv *v);
void gnx_strv_add(struct gnx_strv *v, const char *s); /* copied */
/* Adds formatted text as one string. */
void gnx_strv_fmt(struct gnx_strv *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds the words of s, split at any of the characters in seps; empty words are dropped. */
void gnx_strv_split(struct gnx_strv *v, const char *s, const char *seps);
/* Whether one of the strings is s. */
bool gnx_strv_has(const struct gnx_strv *v, const char *s);
/* Whether both have the same strings in the same order. */
bool gnx_strv_same(const struct gnx_strv *a, const struct gnx_strv *b);
void gnx_strv_sort(struct gnx_strv *v); /* byte order */

/* Formatted text, never NULL: the caller frees. */
char *gnx_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *gnx_dup(const char *s);	     /* a copy, never NULL: the caller frees */
void *gnx_alloc(size_t n);	     /* zeroed; aborts when memory is out */
void *gnx_resize(void *p, size_t n); /* realloc; aborts when memory is out */

/* Room for one more item of `size` bytes behind the `len` of a list that grows by this alone: at
 * powers of two, so that a long list is not copied again and again. Aborts when memory is out.
 */
void *gnx_room(void *list, size_t len, size_t size);

bool gnx_starts(const char *s, const char *prefix); /* whether s starts with prefix */
bool gnx_ends(const char *s, const char *suffix);   /* whether s ends with suffix */
/* Cuts white space at both ends, in place; returns the first character that stays. */
char *gnx_trim(char *s);

/* yes/no, on/off, true/false, 1/0 in any case; -EINVAL for anything else. */
int gnx_parse_bool(const char *s, bool *out);
/* A whole decimal number, no sign, no surrounding space, at most max; else -EINVAL or -ERANGE. */
int gnx_parse_u64(const char *s, uint64_t max, uint64_t *out);

#endif
