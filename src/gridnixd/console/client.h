/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client of a console: it reads the log from a place of its own, and what it writes is for the
 * guest, if it is the one who may. All of its bytes are believed nothing of. For console.c.
 */
#ifndef GNX_GRIDNIXD_CONSOLE_CLIENT_H
#define GNX_GRIDNIXD_CONSOLE_CLIENT_H

#include "gridnixd/console/console.h"

/* Answers the client's request, which is known to be for this console: fd is taken. */
void client_new(struct console *c, int fd, const struct msg_console *want);

/* There is more in the log, or the terminal has come or gone. */
void client_news(struct client *c);
/* The guest takes bytes again. */
void client_go_on(struct client *c);

/* Ends it; the console may be gone then. */
void client_free(struct client *c);

/* The next one on the same console, or NULL. */
struct client *client_next(const struct client *c);

#endif
