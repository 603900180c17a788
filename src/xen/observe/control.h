/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions about domains to xenstored that nobody waits for: they are sent, and answers are taken
 * when they are there. libxenstore would wait, for ever if need be. For domains.c and tests.
 */
#ifndef GNX_XEN_CONTROL_H
#define GNX_XEN_CONTROL_H

#include "base/err.h"
#include "base/str.h"

#include <sys/types.h>

#define CONTROL_LIMITS 0 /* in place of a domain's number: what all guests may have */

/* A conversation with xenstored. */
struct control {
	int fd;		   /* -1: none */
	struct gnx_buf in; /* the beginning of an answer */
	size_t waiting;	   /* answers that are to come */
	bool each;	   /* it has limits for each guest: see control_ask_each() */
	bool watches;	   /* see control_watch() */
};

/* Opens it at path, a socket. It does not wait: -EAGAIN, the store is too busy. */
int control_open(struct control *c, const char *path, struct gnx_err *err);
/* Ends it; one that is not open is fine. */
void control_close(struct control *c);

/* Asks what a domain has, or CONTROL_LIMITS. A failure here or below ends the conversation. */
int control_ask(struct control *c, int domid, struct gnx_err *err);
/* Asks whether limits can be set for each guest: each, when that is answered. An old store may end
 * the conversation because of it. */
int control_ask_each(struct control *c, struct gnx_err *err);
/* Sets a limit of one guest, by its name in xenstored. */
int control_limit(
	struct control *c, int domid, const char *name, uint64_t max, struct gnx_err *err);

/* Has the store say by itself what is written at a path, and below it. The conversation is for that
 * alone, and control_take() always waits for more: it tells the paths. */
int control_watch(struct control *c, const char *path, struct gnx_err *err);

/* Tells the answers that are there, each as text, borrowed for the call; 0: all are, -EAGAIN: not
 * yet. A domain that the store does not know has none. */
int control_take(struct control *c, void (*told)(void *arg, int domid, const char *text), void *arg,
	struct gnx_err *err);

/* How long the process behind it has had a processor, in ms. pid_file has its number, if it is
 * another one than was connected to. -ESRCH: it can't be found; -ENOTCONN: there is none. */
int64_t control_cpu_ms(const struct control *c, const char *pid_file);

#endif
