/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls for guests' consoles. The front reads the request, and hands the client over to
 * gridnixd-console, which answers it. For the front.
 */
#ifndef GNX_GRIDNIXD_API_CONSOLES_H
#define GNX_GRIDNIXD_API_CONSOLES_H

#include "gridnixd/api/http.h"
#include "gridnixd/api/link.h"

/* Hands a client over that wants the stream of a guest's console, or its log. */
void consoles_pass(struct link *link, struct client *c, const char *guest, bool stream);

#endif
