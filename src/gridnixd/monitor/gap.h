/* SPDX-License-Identifier: BSD-3-Clause */
/* The detail of a gap record: how guests differ between two lists, and which devices do. Internal
 * to gridnixd/monitor. */
#ifndef GNX_MONITOR_GAP_H
#define GNX_MONITOR_GAP_H

#include "base/str.h"
#include "model/event.h"

/* Adds to entries {"uuid","name","before","after"} of each guest that differs. The lists are in the
 * order of guests_list(). */
void gap_guests(const struct guest *before, size_t before_len, const struct guest *after,
	size_t after_len, struct gnx_strv *entries);
/* Adds {"uuid","name","vif" or "vbd","after"} of a device, by the event that would tell it. */
void gap_device(const struct event_record *e, struct gnx_strv *entries);

/* Writes {"guests":[...],"more":N,"devices":[...],"more_devices":N} to out: as many as fit, and how
 * many did not. Without devices there is no word of them. */
void gap_detail(const struct gnx_strv *guests, const struct gnx_strv *devices,
	char out[EVENT_DETAIL_MAX + 1]);

#endif
