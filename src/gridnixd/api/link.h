/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The front's conversation with the monitor. One question is under way at a time and the others
 * wait their turn; so the monitor is never asked for more than it has room to answer, and an asker
 * may leave at any time. Those for which programs may have to run are a line of their own, for
 * which nobody else waits. What the monitor says is checked, though it is a sibling: the first bad
 * message ends the link. One thread.
 */
#ifndef GNX_GRIDNIXD_API_LINK_H
#define GNX_GRIDNIXD_API_LINK_H

#include "gridnixd/msg.h"

#include <event2/event.h>
#include <sys/queue.h>

struct link; /* opaque */

/* A question, embedded in what asks it. Set what belongs to its type, the rest is the link's: all
 * zero. What is pointed to is borrowed as long as the question. */
struct ask {
	enum msg type;	   /* MSG_ASK_... */
	uint64_t since;	   /* _EVENTS, which asks for at most MSG_EVENTS_MAX */
	uint64_t id;	   /* _OPERATION; _REPLAY: of the event, 0: all */
	enum verb verb;	   /* _DO */
	const char *guest; /* _UNDEFINE, _DEFINITION, _DO, _CONSOLE, _STATS, _LEASES, _TRAFFIC: a
			    * name or UUID; _NETWORKS, _NETWORK_DELETE, _FIREWALLS,
			    * _FIREWALL_DELETE: their name */
	const char *value; /* _DO: what the verb is told; NULL: nothing */
	const struct definition *definition; /* _DEFINE */
	const struct network *network;	     /* _NETWORK_DEFINE */
	const struct firewall *firewall;     /* _FIREWALL_DEFINE */
	bool replace;			     /* of these two: one that is there */
	const struct msg_console *console;   /* _CONSOLE */
	struct msg_page page;		     /* _GUESTS, _STATS */
	struct traffic_query query;	     /* _TRAFFIC */
	struct msg_guard guard;		     /* _GUARD */
	struct msg_net_query net;	     /* _NET */
	int client;			     /* _CONSOLE: the connection that goes along */
	/* One item of the answer: struct msg_host, guest, event_record, definition, operation,
	 * hook, delivery, msg_stats, stats_host, msg_network, msg_firewall, lease, msg_port,
	 * msg_traffic or msg_net, or a uint64_t of _REPLAY, by the type; there is none of
	 * _UNDEFINE, _NETWORK_DELETE, _FIREWALL_DELETE and _CONSOLE. Borrowed. -GNX_E_SYNTAX when
	 * it is not what can come here: that ends the link.
	 */
	int (*item)(void *arg, const void *item);
	/* The answer is complete; code: 0, or why it is not, perhaps with words, "" otherwise,
	 * borrowed. A new question may be asked from here. */
	void (*end)(void *arg, int code, const char *words);
	void *arg;

	TAILQ_ENTRY(ask) next;
	bool waiting;
};

/* What the monitor says by itself. */
struct link_events {
	void (*news)(void *arg, uint64_t last);		    /* the number of the last event */
	void (*done)(void *arg, const struct operation *o); /* it has ended; borrowed */
	/* The link has ended: -EPIPE when the monitor has gone. Called once. */
	void (*lost)(void *arg, int code);
	void *arg;
};

/* Speaks over fd, borrowed. */
struct link *link_new(struct event_base *base, int fd, const struct link_events *events);
void link_free(struct link **l); /* and sets it to NULL */

/* Asks; end is called once, later. The question is borrowed until then. */
void link_ask(struct link *l, struct ask *a);

/* Takes a question back, or does nothing: neither item nor end is called any more. */
void link_cancel(struct link *l, struct ask *a);

#endif
