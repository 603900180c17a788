/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls for figures: of one guest, of the host and all guests, and as metrics for Prometheus.
 * Metrics are for anybody on the host: within METRICS_FRESH_MS all get the same, so that nobody
 * keeps the monitor busy by asking. For the front.
 */
#ifndef GNX_GRIDNIXD_API_STATS_H
#define GNX_GRIDNIXD_API_STATS_H

#include "gridnixd/api/http.h"
#include "gridnixd/api/link.h"
#include "gridnixd/api/page.h"

#define METRICS_FRESH_MS    1000
#define METRICS_CLIENTS_MAX 8 /* of each socket that is for metrics alone */

struct metrics; /* those that were taken last; opaque */

struct metrics *metrics_new(struct event_base *base, struct link *link); /* borrows both */
void metrics_free(struct metrics **m); /* when no client is left; sets it to NULL */

/* Answers with the metrics, in Prometheus' text form. */
void metrics_tell(struct metrics *m, struct client *c);
/* The call of a socket that is for metrics alone; metrics: struct metrics. */
void metrics_run(void *metrics, struct client *c);

/* Answers with the figures of one guest, by its name or UUID, which is copied. */
void stats_tell(struct link *link, struct client *c, const char *guest);
/* Answers with those of the host and a page of guests. */
void stats_tell_all(struct link *link, struct client *c, const struct page *page);

#endif
