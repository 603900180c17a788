/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The head of an HTTP request, taken apart: strictly, for all of it comes from clients. No I/O, no
 * memory of its own. For the front and its tests.
 */
#ifndef GNX_GRIDNIXD_API_REQUEST_H
#define GNX_GRIDNIXD_API_REQUEST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_HEAD_MAX   8192 /* bytes, with the empty line at its end */
#define REQUEST_PARAMS_MAX 16

/* One parameter behind the path's '?', decoded. */
struct request_param {
	const char *name;
	const char *value;
};

/* A request. Its pointers lead into text: it cannot be copied. */
struct request {
	const char *method;
	const char *path; /* as it came, without the parameters */
	bool old;	  /* HTTP/1.0: no chunks in the answer */
	size_t params_len;
	struct request_param params[REQUEST_PARAMS_MAX];
	char text[REQUEST_HEAD_MAX + 1];
};

/* Takes a head, from the first byte to the empty line. -GNX_E_SYNTAX for what is no HTTP/1 request;
 * -GNX_E_TOO_BIG when it, or its parameters, are too many, and when a body is to follow: no call
 * takes one. */
int request_parse(struct request *r, const char *head, size_t len, struct gnx_err *err);

/* The value of a parameter, borrowed; NULL when it is not there. */
const char *request_param(const struct request *r, const char *name);

#endif
