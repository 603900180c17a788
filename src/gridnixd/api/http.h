/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The HTTP server: connections, their limits, and the ways to answer. A connection takes one
 * request and ends with its answer. It knows nothing of what is asked for: that is calls.h. One
 * thread.
 */
#ifndef GNX_GRIDNIXD_API_HTTP_H
#define GNX_GRIDNIXD_API_HTTP_H

#include "base/str.h"
#include "gridnixd/api/request.h"

#include <event2/buffer.h>
#include <event2/event.h>

#define HTTP_CLIENTS_MAX 64	    /* more wait until one of these has gone */
#define HTTP_STREAMS_MAX 48	    /* of these; so that there is always room for short calls */
#define HTTP_REPLIES_MAX (32 << 20) /* bytes of answers that clients have not taken yet */
#define HTTP_REQUEST_MS	 10000	    /* for the whole of a request's head */
#define HTTP_ANSWER_MS	 10000	    /* until a call has begun to answer */
#define HTTP_TAKE_MS	 30000	    /* for taking the whole of an answer; streams have no limit */
#define HTTP_LINGER_MS	 2000	    /* for closing the connection after it */

/* The server, and one connection with its request; opaque. */
struct http;
struct client;

/* Serves the listening socket fd, which must not block; calls call(arg, client) with each request.
 */
int http_new(struct event_base *base, int fd, void (*call)(void *arg, struct client *c), void *arg,
	struct http **out, struct gnx_err *err);
void http_free(struct http **h); /* and sets it to NULL; ends all connections */

/* The request, borrowed while the client is there. */
const struct request *client_request(const struct client *c);

/* What a call keeps until it has answered. gone(state) is called once: when the answer is complete,
 * from inside the function that completes it, or when the client has gone. drained(state) when a
 * stream's client has taken all that it was sent but a little; may be NULL. */
void client_keep(
	struct client *c, void *state, void (*gone)(void *state), void (*drained)(void *state));

/* Answers with JSON text; 503 when too much waits already for clients to take it. */
void client_reply(struct client *c, const struct gnx_buf *body);

/* Answers with an error of one of these HTTP statuses: 400, 404, 405, 413, 503. */
void client_error(struct client *c, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Begins an answer of JSON lines, which may take long to come and long to be taken. endless: it has
 * no end of its own, so that it ends when the client shuts its side. Negative when there are too
 * many of them already, or the client has gone: the call is over then. */
int client_stream(struct client *c, bool endless);
void client_send(struct client *c, struct evbuffer *lines); /* moved out of lines */
size_t client_waiting(const struct client *c);		    /* bytes that it has not taken yet */
void client_end(struct client *c);			    /* the stream is complete */
void client_drop(struct client *c); /* ends it at once: the client sees that it is not complete */

#endif
