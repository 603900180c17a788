/* SPDX-License-Identifier: BSD-3-Clause */
/* The detail of a gap record: how guests differ between two lists. Internal to gridnixd/monitor. */
#ifndef GNX_MONITOR_GAP_H
#define GNX_MONITOR_GAP_H

#include "model/guest.h"

/* Writes {"guests":[{"uuid","name","before","after"}...],"more":N} to out: the guests that differ,
 * and how many did not fit. The lists are in the order of guests_list(). */
void gap_detail(const struct guest *before, size_t before_len, const struct guest *after,
	size_t after_len, char *out, size_t size);

#endif
