/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GET /v1/events: streams of events, each with a position of its own in the monitor's journal. A
 * client that does not read costs its stream's buffer, EVENTS_WAITING_MAX and one page, and goes on
 * where it stopped when it reads again. For the front.
 */
#ifndef GNX_GRIDNIXD_API_EVENTS_H
#define GNX_GRIDNIXD_API_EVENTS_H

#include "gridnixd/api/http.h"
#include "gridnixd/api/link.h"

#define EVENTS_WAITING_MAX 65536 /* bytes: a client that has more to take gets no further page */

struct events; /* all the streams; opaque */

struct events *events_new(struct link *link); /* borrows link */
void events_free(struct events **ev);	      /* when no client is left; sets it to NULL */

/* The journal has events up to this number. */
void events_news(struct events *ev, uint64_t last);

/* Answers a client that has asked for events. */
void events_start(struct events *ev, struct client *c);

#endif
