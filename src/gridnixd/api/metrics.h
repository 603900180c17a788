/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Figures in Prometheus' text form. All samples of a metric stand together there, while figures
 * come guest by guest: each metric's are collected by themselves. Bytes of a name that are no UTF-8
 * become '?'. No I/O. For the front and its tests.
 */
#ifndef GNX_GRIDNIXD_API_METRICS_H
#define GNX_GRIDNIXD_API_METRICS_H

#include "base/str.h"
#include "gridnixd/msg.h"

/* What was collected; all zero is nothing. */
struct metrics_text {
	struct gnx_buf info, state;    /* metrics that are no figures */
	struct gnx_buf bytes, packets; /* of the ledger */
	uint8_t uuid[GUEST_UUID];      /* of the guest before */
	struct gnx_buf host[STATS_HOST_COUNT], guest[STATS_GUEST_COUNT], vif[STATS_VIF_COUNT],
		vbd[STATS_VBD_COUNT];
};

/* Take in the host's figures, once; and those of a guest, in the order of their UUIDs. Only what is
 * known becomes a sample. */
void metrics_host(struct metrics_text *t, const struct stats_host *h);
void metrics_guest(struct metrics_text *t, const struct msg_stats *s);

/* Writes all of it. */
void metrics_write(const struct metrics_text *t, struct gnx_buf *out);
void metrics_text_done(struct metrics_text *t);

#endif
