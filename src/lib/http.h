/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers of HTTP/1.1, taken apart as their bytes come, in pieces of any size. No I/O. Only what
 * the daemon sends is understood; all else is refused, and everything has a limit. For src/lib.
 */
#ifndef GNX_LIB_HTTP_H
#define GNX_LIB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_LINE_MAX	 4096 /* bytes of the status line, a header, a chunk's size */
#define HTTP_HEADERS_MAX 64   /* headers and trailers */

/* What the next byte belongs to. */
enum http_state {
	HTTP_STATUS, /* lines: */
	HTTP_HEADER,
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK_END,
	HTTP_TRAILER,
	HTTP_LENGTH, /* a body of left bytes */
	HTTP_CHUNK,  /* a chunk of which left bytes are to come */
	HTTP_CLOSE,  /* a body that ends with the connection */
	HTTP_WHOLE,  /* nothing: the answer is complete */
};

/* An answer that is coming in. */
struct http {
	enum http_state state;
	int failed; /* what http_feed() returned, and returns from now on */
	int status; /* 0 until it is known */
	bool chunked, has_length;
	bool upgrade; /* set by who asks: 101 is an answer, too, and what follows is its body */
	unsigned headers;
	uint64_t left;
	size_t line_len;
	char line[HTTP_LINE_MAX];
	struct {
		char *data; /* NUL-terminated; NULL while empty */
		size_t len, cap, max;
	} body; /* what has come of it, and was not taken yet */
};

/* An answer of which at most body_max bytes of the body are kept: more are an error, unless
 * http_take() makes room in time. */
void http_init(struct http *h, size_t body_max);
/* Frees the body. */
void http_done(struct http *h);

/* Takes in bytes. 0; -GNX_ERR_PROTOCOL, -GNX_ERR_TOO_BIG or -ENOMEM, and nothing more is taken. */
int http_feed(struct http *h, const char *data, size_t len);

/* The other side has closed the connection: 0 when the answer is whole, else -EPIPE or what
 * http_feed() returned. */
int http_close(struct http *h);

/* Drops n bytes, which must be there, from the front of the body. */
void http_take(struct http *h, size_t n);

#endif
