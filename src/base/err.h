/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors: a function that can fail returns 0 or more on success and -errno or -GNX_E_* on failure.
 * The words travel in a caller-owned struct gnx_err, the last parameter, set once, where the
 * fact is known. Every room may use this.
 */
#ifndef GNX_BASE_ERR_H
#define GNX_BASE_ERR_H

#include <errno.h>

/* Our own codes, from 1024 up; base/err.def has them and their words. */
enum gnx_error {
#define X(name, number, words) GNX_E_##name = number,
#include "base/err.def"
#undef X
};

/* Room for one clear sentence with a path in it; longer ones are cut and end in "...". */
#define GNX_ERR_MSG 1024

/* What went wrong. Owned by the caller; no pointers, nothing to free. */
struct gnx_err {
	int code;	       /* 0, or the negative value that the function returned */
	char msg[GNX_ERR_MSG]; /* words for people; "" when there are none */
};

/* Nothing went wrong yet. */
#define GNX_ERR_INIT ((struct gnx_err){.code = 0})

/* Sets code and words; returns code, so that callers write "return gnx_fail(...)". err may be
 * NULL. code must be negative. */
int gnx_fail(struct gnx_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with errno: returns -errno and ends the words with ": strerror". */
int gnx_fail_errno(struct gnx_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "words: " in front of what err already says; code stays. */
void gnx_err_prefix(struct gnx_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Words for a code of either kind, sign ignored. Never NULL; borrowed, static. */
const char *gnx_strerror(int code);

#endif
