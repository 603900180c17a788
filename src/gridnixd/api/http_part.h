/* SPDX-License-Identifier: BSD-3-Clause */
/* What http.c, which has the connections, and http_answer.c, which has the answers, both know. For
 * them alone. */
#ifndef GNX_GRIDNIXD_API_HTTP_PART_H
#define GNX_GRIDNIXD_API_HTTP_PART_H

#include "gridnixd/api/http.h"

#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <sys/queue.h>

/* What a connection is at, in this order. */
enum phase { READING, BODY, ANSWERING, PASSING, WAITING, STREAMING, ENDING, LINGERING };

struct client {
	TAILQ_ENTRY(client) next;
	struct http *http;
	struct bufferevent *bev;
	struct event *deadline;
	enum phase phase;
	bool shut;    /* it has shut its side: it may be gone, or only have no more to say */
	bool placed;  /* it has one of the places of streams */
	bool stream;  /* its answer is one */
	bool endless; /* and has no end of its own */
	/* Takes the body. */
	void (*got)(void *arg, struct client *c, const char *body, size_t len);
	void *got_arg;
	void *state; /* the call's, while gone is not NULL */
	void (*gone)(void *state);
	void (*drained)(void *state);
	void (*over)(void *state); /* it has waited long enough */
	struct request request;
};

struct http {
	struct event_base *base;
	struct evconnlistener *listener;
	TAILQ_HEAD(, client) clients;
	int clients_len, clients_max;
	int places; /* that they have taken */
	void (*call)(void *arg, struct client *c);
	void *arg;
};

/* Goes on to a phase; its limit of time begins. */
void client_enter(struct client *c, enum phase phase);

/* Tells the call that its client is done with. */
void client_let_go(struct client *c);

#endif
