/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What clients see, as JSON text. docs/api/openapi.yaml describes it. Bytes that are no UTF-8,
 * which a guest's name may hold, become '?'. Details that are no JSON object, or hold a NUL, which
 * a client in C could not take, are left out. For the front and the hooks
 */
#ifndef GNX_GRIDNIXD_API_JSON_H
#define GNX_GRIDNIXD_API_JSON_H

#include "base/str.h"
#include "gridnixd/msg.h"

/* Each adds one object to out, on one line, without a newline. */
void show_host(const struct msg_host *h, struct gnx_buf *out);
void show_guest(const struct msg_guest *g, struct gnx_buf *out);
void show_event(const struct event_record *e, struct gnx_buf *out);
void show_hook(const struct hook *h, struct gnx_buf *out);
void show_delivery(const struct delivery *d, struct gnx_buf *out); /* one that is dead */
void show_operation(const struct operation *o, struct gnx_buf *out);
/* What is asked before an operation, which is to be done to the guest. */
void show_before(const struct operation *o, const struct guest *g, struct gnx_buf *out);
void show_stats(const struct msg_stats *s, struct gnx_buf *out);
void show_host_stats(const struct stats_host *h, struct gnx_buf *out);
void show_lease(const struct lease *l, struct gnx_buf *out);
void show_traffic(const struct msg_traffic *t, struct gnx_buf *out);
void show_error(const char *code, const char *message, struct gnx_buf *out);

/* A copy in which bytes that are no UTF-8 are '?': the caller frees. */
char *show_utf8(const char *s);

/* The event that stands for those behind number since that the journal does not have any more;
 * first is the first one that it has. */
void show_gap(const char *boot_id, uint64_t since, uint64_t first, struct gnx_buf *out);

#endif
