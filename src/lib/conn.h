/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inside of a handle: words of failures, and questions to the daemon, one connection each. For
 * src/lib.
 */
#ifndef GNX_LIB_CONN_H
#define GNX_LIB_CONN_H

#include "lib/event.h"
#include "lib/http.h"

#include <gridnix/gridnix.h>
#include <jansson.h>
#include <sys/un.h>

#define CONN_WORDS 512

/* One question, and its answer as far as it has come. */
struct question {
	int fd; /* -1: closed */
	struct http http;
};

/* What a question says. Borrowed. */
struct demand {
	const char *method, *target;
	const char *type, *body; /* of the body, which ends with a NUL; both NULL: there is none */
	bool upgrade;		 /* to a console's stream */
	int wait_ms;		 /* that the daemon takes for itself before it answers */
};

#define QUESTION_INIT ((struct question){.fd = -1})

struct gnx_conn {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int patience_ms;
	char words[CONN_WORDS];
	/* What gnx_event_read() and gnx_event_follow() began. */
	struct question events;
	bool follow;
	int over; /* 0: it goes on; 1: all was told; negative: why it has ended, or was not begun */
	struct gnx_event event; /* the last one told */
};

/* Sets the handle's words; returns code. */
int conn_fail(struct gnx_conn *c, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The time, CLOCK_MONOTONIC in milliseconds, that is ms from now; -1 for -1: never. */
int64_t conn_deadline(int ms);

/* Connects and asks. q ends by question_end(). */
int question_begin(struct gnx_conn *c, struct question *q, const struct demand *d, size_t body_max);
/* Waits until there is something to read: 0, -ETIMEDOUT, -EINTR. */
int question_wait(struct gnx_conn *c, struct question *q, int64_t deadline);
/* Takes in what has come, without waiting; 0, also when nothing has. */
int question_read(struct gnx_conn *c, struct question *q);
/* What an answer that is whole says by its status: 0 for 2xx, else a code, with the daemon's words.
 */
int question_verdict(struct gnx_conn *c, struct question *q);
void question_end(struct question *q);
/* The connection is lost: -EPIPE. */
int conn_lost(struct gnx_conn *c);

/* Parses JSON: an object in *out, given. */
int conn_json(struct gnx_conn *c, const char *text, size_t len, json_t **out);

/* Asks and waits for the whole answer: its text in *text_out, given; never NULL. */
int conn_ask(struct gnx_conn *c, const struct demand *d, char **text_out);
/* The same for an answer in JSON: the object in *json_out and its text, without a newline at its
 * end, in *text_out (may be NULL), both given. */
int conn_ask_json(struct gnx_conn *c, const struct demand *d, json_t **json_out, char **text_out);

/* json_decref() for GNX_CLEAN. */
void conn_json_done(json_t **json);

#endif
