/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests' consoles: each has one terminal, read as fast as it gives, one log, and clients who read
 * the log at their own pace; at most one of them writes. What a guest prints is kept in its log
 * alone, so that nobody's slowness costs memory. One loop, one thread. For gridnixd-console.
 */
#ifndef GNX_GRIDNIXD_CONSOLE_CONSOLE_H
#define GNX_GRIDNIXD_CONSOLE_CONSOLE_H

#include "gridnixd/console_log.h"
#include "gridnixd/msg.h"

#include <event2/event.h>
#include <sys/queue.h>

#define CONSOLES_MAX	    1024 /* with a terminal or a client; more are refused */
#define CONSOLE_CLIENTS_MAX 128	 /* of all; more are refused */

struct client;

/* All consoles. */
struct consoles {
	struct event_base *base;
	int link; /* to the monitor */
	TAILQ_HEAD(, console) list;
	int len, clients_len;
};

/* One guest's. It is there while it has a terminal or a client. */
struct console {
	TAILQ_ENTRY(console) next;
	struct consoles *all;
	uint8_t uuid[GUEST_UUID];
	uint64_t incarnation; /* of the last terminal; 0: there was none yet */
	uint64_t begins;      /* place in the log where that one's output begins */
	int tty;	      /* -1: none */
	struct event *readable, *writable;
	struct console_log log;
	TAILQ_HEAD(, client) clients;
	struct client *writer; /* one of them, or NULL */
	struct event *tell;    /* the monitor gets the last lines then */
};

/* What the monitor says. The descriptors are taken. -GNX_E_SYNTAX for what it cannot say. */
int consoles_take(struct consoles *all, struct wire *w, int fds[WIRE_FDS_MAX]);
void consoles_done(struct consoles *all);

/* For client.c: a client has left; the guest gets bytes: how many it took. */
void console_left(struct console *c);
size_t console_write(struct console *c, const void *data, size_t len);

#endif
