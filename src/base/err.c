/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors: see err.h. */
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void cut_mark(char *msg)
{
	memcpy(msg + GNX_ERR_MSG - 4, "...", 4);
}

static void set(struct gnx_err *err, int code, const char *fmt, va_list ap)
{
	assert(code < 0);
	if (!err)
		return;
	err->code = code;
	if (vsnprintf(err->msg, sizeof(err->msg), fmt, ap) >= (int)sizeof(err->msg))
		cut_mark(err->msg);
}

int gnx_fail(struct gnx_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(err, code, fmt, ap);
	va_end(ap);
	return code;
}

int gnx_fail_errno(struct gnx_err *err, const char *fmt, ...)
{
	int saved = errno ? errno : EIO;
	va_list ap;

	va_start(ap, fmt);
	set(err, -saved, fmt, ap);
	va_end(ap);
	if (err) {
		size_t len = strlen(err->msg);

		if (snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", strerror(saved)) >=
			(int)(sizeof(err->msg) - len))
			cut_mark(err->msg);
	}
	return -saved;
}

void gnx_err_prefix(struct gnx_err *err, const char *fmt, ...)
{
	char old[GNX_ERR_MSG];
	va_list ap;
	size_t len;

	if (!err)
		return;
	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	len = strlen(err->msg);
	if (snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", old) >=
		(int)(sizeof(err->msg) - len))
		cut_mark(err->msg);
}

const char *gnx_strerror(int code)
{
	code = abs(code);
	switch (code) {
#define X(name, number, words)                                                                     \
	case number:                                                                               \
		return words;
#include "base/err.def"
#undef X
	default:
		return strerror(code);
	}
}
