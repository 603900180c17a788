/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What guests' interfaces may do, as their definitions say now, while the guests run. The program
 * rearm sees to it, one at a time and beside the loop; what is wanted meanwhile is done together
 * when it has ended. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_PORTS_H
#define GNX_MONITOR_PORTS_H

#include "gridnixd/monitor/defined.h"
#include "gridnixd/msg.h"

struct monitor;

/* Has the guard's sets made what xenstore's back ends say, which are first made what the
 * definitions of guests say that run: of all of them. guarding_armed() hears how that ended. It
 * comes first: what runs is interrupted, and begins again afterwards. */
void ports_load(struct monitor *m);
/* Has interfaces that came or went seen to. What fails is said, and tried again. */
void ports_look(struct monitor *m);
/* The definition of one guest has changed. The same. */
void ports_changed(struct monitor *m, const uint8_t uuid[GUEST_UUID]);
/* An operation on it has ended: what has changed meanwhile is done now. */
void ports_settle(struct monitor *m, const uint8_t uuid[GUEST_UUID]);

/* Answers a question of the front's later, by serve_ports(), with what rearm prints of the
 * interfaces that there are, unless that is not needed. */
void ports_ask(struct monitor *m, uint32_t question, const struct msg_guard *asked);
/* Answers one later, once all bridges are watched that are to be, and guests may do what their
 * definitions say. false: so it is already. */
bool ports_await(struct monitor *m, uint32_t question);
/* The front has gone, and its question with it. */
void ports_lost(struct monitor *m);
void ports_done(struct monitor *m);

#endif
