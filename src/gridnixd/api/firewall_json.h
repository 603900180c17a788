/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Firewalls as JSON, as clients send and see them. The keys are those of firewall.def, with the
 * sets and the rules as lists. For the front.
 */
#ifndef GNX_GRIDNIXD_API_FIREWALL_JSON_H
#define GNX_GRIDNIXD_API_FIREWALL_JSON_H

#include "gridnixd/msg.h"

/* Reads one and checks it. -GNX_E_SYNTAX for what is no JSON, -EINVAL for what is no firewall. */
int firewall_from_json(struct firewall *f, const char *text, size_t len, struct gnx_err *err);

/* Adds one object to out, on one line, without a newline. whole: with sets and rules. */
void show_firewall(const struct msg_firewall *f, bool whole, struct gnx_buf *out);

#endif
