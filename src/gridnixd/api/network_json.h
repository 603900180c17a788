/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Networks as JSON, as clients send and see them. The keys are those of network.def; what is shown
 * has also the "state" of the bridge, "up" or "down", and "words" why. For the front.
 */
#ifndef GNX_GRIDNIXD_API_NETWORK_JSON_H
#define GNX_GRIDNIXD_API_NETWORK_JSON_H

#include "base/str.h"
#include "gridnixd/msg.h"

/* Reads a definition and checks it, as definition_from_json() does. */
int network_from_json(struct network *n, const char *text, size_t len, struct gnx_err *err);

/* Adds one object to out, on one line, without a newline. Keys without a value are left out. */
void show_network(const struct msg_network *n, struct gnx_buf *out);

/* The same of dom0 or one of its interfaces, and of a bridge's port. */
void show_net(const struct msg_net *n, struct gnx_buf *out);
void show_port(const struct msg_port *p, struct gnx_buf *out);

#endif
