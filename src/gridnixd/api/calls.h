/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls that clients can make, by method and path. For the front. */
#ifndef GNX_GRIDNIXD_API_CALLS_H
#define GNX_GRIDNIXD_API_CALLS_H

#include "gridnixd/api/events.h"
#include "gridnixd/api/http.h"
#include "gridnixd/api/link.h"
#include "gridnixd/api/operations.h"
#include "gridnixd/api/stats.h"

/* What answers the calls; borrowed while there are clients. */
struct calls {
	struct link *link;
	struct events *events;
	struct operations *operations;
	struct metrics *metrics;
};

/* Runs the call that the client's request asks for, and answers now or later. calls: struct calls.
 */
void calls_run(void *calls, struct client *c);

#endif
