/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests that have a definition: what the monitor needs of each at every look. The definitions
 * themselves stay in the state. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_DEFINED_H
#define GNX_MONITOR_DEFINED_H

#include "model/definition.h"
#include "state/state.h"

#define DEFINED_MAX 20000 /* more are refused */

/* One guest. */
struct defined {
	uint8_t uuid[GUEST_UUID];
	char name[GUEST_NAME_MAX + 1];
	enum state_want want;
	uint64_t memory_kib; /* as the definition says, and so below */
	uint64_t traffic_bytes;
	uint32_t vcpus, order, delay_s, patience_s;
	bool autostart;
	enum definition_action on_poweroff, on_reboot, on_crash;
	/* Of its crashes, while the daemon runs. */
	unsigned crashes;   /* one soon after the other */
	uint64_t crashed;   /* the incarnation that was counted last */
	int64_t started_ms; /* monitor_ms() of its last start; 0: none that we saw */
	int64_t retry_ms;   /* it is not restarted before */
	bool changed;	    /* its definition has, and its interfaces are not told; see ports.h */
	bool changing;	    /* they are being told */
};

/* All of them, by UUID. All zero is an empty list. */
struct defined_list {
	struct defined *items;
	size_t len;
};

void defined_done(struct defined_list *l);
/* Takes in a definition, new or changed; want is for a new one. */
void defined_put(struct defined_list *l, const struct definition *d, enum state_want want);
void defined_drop(struct defined_list *l, const uint8_t uuid[GUEST_UUID]);

/* The guest of that UUID or that name, or NULL. Borrowed until the list changes. */
struct defined *defined_by_uuid(const struct defined_list *l, const uint8_t uuid[GUEST_UUID]);
struct defined *defined_by_name(const struct defined_list *l, const char *name);

#endif
