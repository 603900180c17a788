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
#define HTTP_STREAMS_MAX 48	    /* of these, calls that wait too: short ones always have room */
#define HTTP_REPLIES_MAX (32 << 20) /* bytes of answers that clients have not taken yet */
#define HTTP_REQUEST_MS	 10000	    /* for the whole of a request's head; so for its body */
#define HTTP_ANSWER_MS	 25000	    /* until a call has begun to answer: it may start programs */
#define HTTP_WAIT_MAX	 3600	    /* seconds, for a call that waits for something */
#define HTTP_TAKE_MS	 30000	    /* for taking the whole of an answer; streams have no limit */
#define HTTP_LINGER_MS	 2000	    /* for closing the connection after it */

/* The server, and one connection with its request; opaque. */
struct http;
struct client;

/* Types of answers. */
#define HTTP_JSON "application/json"
#define HTTP_TEXT "text/plain; charset=utf-8"

/* Serves the listening socket fd, which must not block, for so many clients at a time; calls
 * call(arg, client) with each request, of which the body was not read yet. */
int http_new(struct event_base *base, int fd, int clients_max,
	void (*call)(void *arg, struct client *c), void *arg, struct http **out,
	struct gnx_err *err);
void http_free(struct http **h); /* and sets it to NULL; ends all connections */

/* The request, borrowed while the client is there. */
const struct request *client_request(const struct client *c);

/* Reads the request's body, all of it, and then calls got(arg, client, body, len): the body is
 * borrowed for that call, and a NUL stands behind it. For a call that keeps nothing yet. */
void client_body(struct client *c,
	void (*got)(void *arg, struct client *c, const char *body, size_t len), void *arg);

/* What a call keeps until it has answered. gone(state) is called once: when the answer is complete,
 * from inside the function that completes it, or when the client has gone. drained(state) when a
 * stream's client has taken all that it was sent but a little; may be NULL. */
void client_keep(
	struct client *c, void *state, void (*gone)(void *state), void (*drained)(void *state));

/* Answers with the status 200, 201 or 202; 503 when too much waits already for clients to take it.
 */
void client_reply(struct client *c, int status, const char *type, const struct gnx_buf *body);

/* Answers with an error of one of these HTTP statuses: 400, 404, 409, 413, 415, 503. */
void client_error(struct client *c, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Answers that the path takes these methods only: "GET, POST". */
void client_not_allowed(struct client *c, const char *methods);

/* The client is to be somebody else's: nothing more is read from it, until this call is answered by
 * an error or client_passed(). Its connection, borrowed. */
int client_pass(struct client *c);
/* It is: nothing more is said to it, and its connection is not shut, only let go. */
void client_passed(struct client *c);

/* Takes a place, of which there are HTTP_STREAMS_MAX, for a call that may wait. Negative when there
 * is none: the call is over then. */
int client_place(struct client *c);
/* Waits, in its place, for so long; calls over(state), with what client_keep() has got, unless it
 * was answered by then. A client that shuts its side is gone, also if it has done so already. */
void client_wait(struct client *c, int seconds, void (*over)(void *state));

/* Begins an answer of JSON lines, which may take long to come and long to be taken. endless: it has
 * no end of its own, so that it ends when the client shuts its side. Negative when there are too
 * many of them already, or the client has gone: the call is over then. */
int client_stream(struct client *c, bool endless);
void client_send(struct client *c, struct evbuffer *lines); /* moved out of lines */
size_t client_waiting(const struct client *c);		    /* bytes that it has not taken yet */
void client_end(struct client *c);			    /* the stream is complete */
void client_drop(struct client *c); /* ends it at once: the client sees that it is not complete */

#endif
