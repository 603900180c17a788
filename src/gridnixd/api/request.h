/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The head of an HTTP request, taken apart: strictly, for all of it comes from clients. Of a body
 * it says how long it is. No I/O, no memory of its own. For the front and its tests.
 */
#ifndef GNX_GRIDNIXD_API_REQUEST_H
#define GNX_GRIDNIXD_API_REQUEST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_HEAD_MAX   8192 /* bytes, with the empty line at its end */
#define REQUEST_BODY_MAX   65536
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
	bool upgrades;	  /* the client asks for a console's stream in place of HTTP */
	bool expects;	  /* the client waits for "100 Continue" before it sends the body */
	size_t body_len;  /* bytes that follow the head; 0: no body */
	const char *type; /* of the body: "text/plain", without its parameters; "": not said */
	size_t params_len;
	struct request_param params[REQUEST_PARAMS_MAX];
	char text[REQUEST_HEAD_MAX + 1];
};

/* Takes a head, from the first byte to the empty line. -GNX_E_SYNTAX for what is no HTTP/1 request;
 * -GNX_E_TOO_BIG when it, its parameters or the body are too long, and when nobody can tell how
 * long the body is, for it comes in chunks. */
int request_parse(struct request *r, const char *head, size_t len, struct gnx_err *err);

/* The value of a parameter, borrowed; NULL when it is not there. */
const char *request_param(const struct request *r, const char *name);

/* Whether the path is of this form: "/v1/guests/{guest}/start", where {} stands for characters but
 * '/', one or more; at most one in a form. 1: it is, and they are in value, decoded, without NULs
 * in them; 0: it is not, or -GNX_E_SYNTAX: it would be, but they do not fit or are not well
 * encoded; value is of no use then. */
int request_match(const struct request *r, const char *form, char *value, size_t size);

#endif
