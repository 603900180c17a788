/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the daemon's processes say to each other, over wire/wire.h. The front, gridnixd-api, asks
 * and the monitor answers; an answer is any number of items and one END with the question's number.
 * So does gridnixd-hooks, which is no part of what clients can reach.
 * The monitor says NEWS by itself, and the front then asks for the events that it has not seen: so
 * the monitor keeps nothing for anybody, and a slow reader costs the front alone.
 */
#ifndef GNX_GRIDNIXD_MSG_H
#define GNX_GRIDNIXD_MSG_H

#include "model/definition.h"
#include "model/degraded.h"
#include "model/event.h"
#include "model/firewall.h"
#include "model/guarded.h"
#include "model/hook.h"
#include "model/inet.h"
#include "model/lease.h"
#include "model/network.h"
#include "model/operation.h"
#include "model/stats.h"
#include "model/traffic.h"
#include "wire/wire.h"

/* The descriptor on which a process, the front, a worker or gridnixd-console, finds its monitor;
 * and the listening sockets that the front serves: the calls', the metrics', and the metrics' by
 * TCP, which need not be there. */
#define MSG_FD	       3
#define LISTEN_FD      4
#define METRICS_FD     5
#define METRICS_TCP_FD 6
/* Where a worker has the file that a guest is saved to or restored from. */
#define FILE_FD 5

#define MSG_VALUE_MAX	     DEFINITION_LINE_MAX /* bytes of what a verb is told, without the NUL */
#define MSG_EVENTS_MAX	     64			 /* events in one answer */
#define MSG_BRIDGE_WORDS_MAX 255		 /* bytes, without the NUL; so below */
#define MSG_PORT_WORDS_MAX   511		 /* what is longer is cut */
#define MSG_PORT_WHY_MAX     127
#define MSG_USERS_MAX	     1023 /* bytes, without the NUL */
#define MSG_ADDRESSES_MAX    64	  /* of an interface; more are counted, and left out */
#define MSG_ROUTES_MAX	     16	  /* so here */

/* What a client wants of a guest's console. */
struct msg_console {
	bool stream; /* both ways, in pieces: see docs/api/openapi.yaml; else the bytes of the log
		      */
	bool follow; /* it goes on with what comes */
	bool write;  /* the client's input is for the guest */
	bool steal;  /* also if somebody else's is */
	bool placed; /* it begins at since, and not with so many lines of the log */
	uint64_t since, lines;
};

/* A part of the guests, in the order of their UUIDs. Those that have the same one are not parted.
 */
struct msg_page {
	uint32_t max;		  /* so many, and then one of the next page; 0: all */
	bool behind;		  /* the UUID; else from the first on */
	uint8_t uuid[GUEST_UUID]; /* all zero, unless behind it */
};

/* Types. Each line says what follows. A guest is named by its name or its UUID, checked by the
 * reader. */
enum msg {
	/* The front asks. */
	MSG_ASK_HOST = 1,   /* u32 question */
	MSG_ASK_GUESTS,	    /* u32 question, page */
	MSG_ASK_EVENTS,	    /* u32 question, u64 since, u32 max (at most MSG_EVENTS_MAX) */
	MSG_ASK_DEFINE,	    /* u32 question, definition: a new one, or one that is replaced */
	MSG_ASK_UNDEFINE,   /* u32 question, str guest */
	MSG_ASK_DEFINITION, /* u32 question, str guest */
	MSG_ASK_DO,	    /* u32 question, u8 verb, str guest, str value: "" or the verb's */
	MSG_ASK_OPERATION,  /* u32 question, u64 id */
	/* The monitor answers. */
	MSG_HOST,	/* u32 question, struct msg_host */
	MSG_GUEST,	/* u32 question, guest, u8 whether it is foreign */
	MSG_EVENT,	/* u32 question, event */
	MSG_DEFINITION, /* u32 question, definition: of MSG_ASK_DEFINE, too */
	MSG_OPERATION,	/* u32 question, operation: of MSG_ASK_DO, too, which it has begun */
	MSG_WORDS,	/* u32 question, str, below GNX_ERR_MSG: why the answer will be an error */
	MSG_END,	/* u32 question, i64: 0 or the negative error code */
	/* The monitor says by itself. */
	MSG_NEWS, /* u64: the number of the last event */
	MSG_DONE, /* operation: it has ended */
	/* Between the monitor and a worker, which does one thing and ends. */
	MSG_WORK,	 /* work */
	MSG_WORK_DOMAIN, /* i64 domid: the one that is being made */
	MSG_WORK_END,	 /* i64: 0 or the negative error code, str: why */
	/* The front hands a client over, whose connection comes along; it is the asker's still when
	 * the answer is an error. */
	MSG_ASK_CONSOLE, /* u32 question, str guest, console */
	/* Between the monitor and gridnixd-console. A guest is a UUID, 16 bytes. */
	MSG_CONSOLE_OPEN,   /* guest, u64 incarnation, u8 whether it is new, u64 limit; along come
			       its terminal and its log */
	MSG_CONSOLE_CLIENT, /* guest, u64 limit, console; along come the client and the log */
	MSG_CONSOLE_LIMIT,  /* u64: how many bytes each log may have from now on */
	MSG_CONSOLE_ASK,    /* guest: its last lines, when they have come */
	MSG_CONSOLE_LINES,  /* guest, str: that answer, lines of visible ASCII */
	MSG_CONSOLE_CLOSED, /* guest, u64 incarnation: its terminal has gone */
	/* The front asks of hooks. */
	MSG_ASK_HOOKS,	/* u32 question */
	MSG_ASK_DEAD,	/* u32 question */
	MSG_ASK_REPLAY, /* u32 question, u64 seq, 0: all */
	/* The hooks' process asks: MSG_ASK_EVENTS, and */
	MSG_ASK_WAITING,   /* u32 question: deliveries, and which event is planned */
	MSG_ASK_PLAN,	   /* u32 question, u64 seq, u32 count, count hooks' names: str */
	MSG_ASK_LOST,	   /* u32 question, u64 seq: the journal had lost those up to it */
	MSG_ASK_DELIVERED, /* u32 question, u64 seq, str hook */
	MSG_ASK_FAILED,	   /* u32 question, delivery */
	/* The monitor answers. */
	MSG_HOOK,     /* u32 question, hook */
	MSG_DELIVERY, /* u32 question, delivery */
	MSG_COUNT,    /* u32 question, u64: the event that is planned; how many are replayed */
	/* They say by themselves; the hooks' process: */
	MSG_FOUND,     /* u32 place among the hooks, hook: of all that were found, in order */
	MSG_FOUND_END, /* u32 how many there are */
	MSG_VERDICT,   /* u64 operation, str: why it must not begin, "": it may */
	/* and the monitor to it, beside MSG_NEWS. */
	MSG_DIR,      /* str: where hooks are; the first message */
	MSG_BEFORE,   /* operation, guest: may it begin? */
	MSG_REPLAYED, /* there are more deliveries */
	/* Within the hooks' process: see gridnixd/hooks/start.h. */
	MSG_RUN,
	MSG_RAN,
	/* The front asks for figures, and the monitor answers. */
	MSG_ASK_STATS,	    /* u32 question, str guest, page; "": those of the page, without what
			       takes long */
	MSG_ASK_HOST_STATS, /* u32 question */
	MSG_STATS,	    /* u32 question, struct msg_stats */
	MSG_HOST_STATS,	    /* u32 question, struct stats_host */
	/* The front asks for networks, and the monitor answers. */
	MSG_ASK_NETWORK_DEFINE, /* u32 question, u8 whether one that is there is replaced, network
				 */
	MSG_ASK_NETWORKS,	/* u32 question, str name; "": all */
	MSG_ASK_NETWORK_DELETE, /* u32 question, str name */
	MSG_NETWORK,	/* u32 question, struct msg_network; of MSG_ASK_NETWORK_DEFINE, too */
	MSG_ASK_LEASES, /* u32 question, str guest; "": all */
	MSG_LEASE,	/* u32 question, lease */
	MSG_ASK_GUARD,	/* u32 question, struct msg_guard */
	MSG_PORT,	/* u32 question, struct msg_port */
	/* The front asks for firewalls, and the monitor answers. */
	MSG_ASK_FIREWALL_DEFINE, /* u32 question, u8 whether one that is there is replaced, firewall
				  */
	MSG_ASK_FIREWALLS,	 /* u32 question, str name; "": all, without sets and rules */
	MSG_ASK_FIREWALL_DELETE, /* u32 question, str name */
	MSG_FIREWALL, /* u32 question, struct msg_firewall: the one that was asked for, or
		       * defined, and behind it those whose rules count for it */
	/* The front asks for traffic, and the monitor answers. */
	MSG_ASK_TRAFFIC, /* u32 question, str guest, query; "": of all guests */
	MSG_TRAFFIC,	 /* u32 question, struct msg_traffic */
	/* The front asks how the host is on the network, and the monitor answers. */
	MSG_ASK_NET, /* u32 question, struct msg_net_query */
	MSG_NET,     /* u32 question, struct msg_net: of the host, then of each interface */
};

#define MSG_LINES_MAX 1500 /* bytes of MSG_CONSOLE_LINES */

/* The host, as GET /v1/host shows it. */
struct msg_host {
	char boot_id[GUEST_UUID_TEXT];
	uint64_t first; /* event that the journal has; 0: none */
	uint64_t last;
	uint32_t guests;				       /* that have a domain */
	int64_t up_ms;					       /* since the daemon's start */
	char degraded[DEGRADED_COUNT][DEGRADED_WORDS_MAX + 1]; /* "": that is well */
};

/* What a worker is to do. */
struct msg_work {
	enum verb verb;
	struct definition guest;
	int domid;		       /* -1: it has none */
	char value[MSG_VALUE_MAX + 1]; /* of the verb */
};

/* A network, and its bridge. */
struct msg_network {
	struct network network;
	char words[MSG_BRIDGE_WORDS_MAX + 1]; /* why it is not there; "": it is */
};

/* What is to be done with guarded bridges, and how they are then. */
enum msg_guard_act { MSG_GUARD_tell, MSG_GUARD_enable, MSG_GUARD_disable, MSG_GUARD_ACTS };
struct msg_guard {
	enum msg_guard_act act;
	char bridge[NETWORK_LINK_MAX + 1]; /* "": all that are guarded; only to be told of */
	char uplinks[GUARDED_UPLINKS_MAX + 1];
	bool force; /* whoever is cut off */
};

/* A port of a bridge; or the bridge itself when it has none. */
struct msg_port {
	char bridge[NETWORK_LINK_MAX + 1];
	char network[NETWORK_NAME_MAX + 1]; /* whose bridge it is; "": no network's */
	bool guarded;			    /* the bridge is; else what follows is what would be */
	enum guarded_state state;
	char name[NETWORK_LINK_MAX + 1];
	char guest[GUEST_NAME_MAX + 1];	    /* whose it is; "": no guest's that is known */
	uint8_t uuid[GUEST_UUID];	    /* of that guest */
	uint32_t number;		    /* of the interface in the guest */
	char words[MSG_PORT_WORDS_MAX + 1]; /* what it may do: gridnix-guard(7) */
	char why[MSG_PORT_WHY_MAX + 1];	    /* what is to be said of it */
	uint64_t blocked;		    /* frames of it that were stopped */
};

/* A firewall, and who has it. */
struct msg_firewall {
	struct firewall firewall;
	uint32_t rules;		       /* how many it has, even if they are not here */
	uint32_t guests;	       /* how many have it */
	char users[MSG_USERS_MAX + 1]; /* names of the first ones of these, with blanks between */
};

/* Which of dom0's interfaces are to be told, in the order of their indices. */
struct msg_net_query {
	bool ports;	/* guests' ports of bridges, too, and not only how many there are */
	uint32_t after; /* this index */
	uint32_t max;	/* so many, and then one of the next page; 0: all */
};

/* Whether an interface is of use. */
enum msg_link_state { MSG_LINK_down, MSG_LINK_no_carrier, MSG_LINK_up, MSG_LINK_STATES };

/* An interface of dom0, or dom0 itself, whose index is 0. */
struct msg_net {
	uint32_t index;
	bool forwards4, forwards6; /* what comes in by it, or by any */
	/* Of dom0 alone. */
	uint32_t servers_len;
	char servers[INET_SERVERS_MAX][INET_SERVER_TEXT]; /* of names */
	/* Of an interface alone; names are of interfaces, too, and "" when there is none. */
	char name[NETWORK_LINK_MAX + 1];
	char kind[16]; /* "card", "vif", "loopback", or as Linux says */
	enum msg_link_state state;
	uint32_t speed_mbit; /* 0: it is not known */
	uint32_t mtu;
	uint8_t mac[ADDRESS_MAC];	    /* all zero: it has none */
	char master[NETWORK_LINK_MAX + 1];  /* that it is a port of */
	char on[NETWORK_LINK_MAX + 1];	    /* that it is a VLAN of, and such */
	uint32_t vlan;			    /* its number; 0: none */
	char network[NETWORK_NAME_MAX + 1]; /* that it, or its master, is the bridge of; "": none */
	bool guarded;			    /* it is a bridge that is */
	enum guarded_state guard;	    /* of a port of such a bridge */
	char guest[GUEST_NAME_MAX + 1];	    /* whose it is; "": no guest's that is known */
	uint8_t uuid[GUEST_UUID];	    /* of that guest */
	uint32_t number;		    /* of the interface in the guest */
	uint32_t ports;			    /* that it has of guests */
	uint32_t unarmed;		    /* of these */
	uint32_t addresses_len, addresses_more; /* that are here, and that are left out */
	struct inet_address addresses[MSG_ADDRESSES_MAX];
	uint32_t routes_len;
	struct inet_route routes[MSG_ROUTES_MAX];
};

/* A guest of the list. */
struct msg_guest {
	struct guest guest;
	bool foreign; /* it has a domain and no definition: others have started it */
};

/* A guest with its figures. */
struct msg_stats {
	struct guest guest;
	struct stats stats;
};

/* Traffic, and whose it was. */
struct msg_traffic {
	struct traffic_item item;
	char name[GUEST_NAME_MAX + 1]; /* "": it is not known any more */
};

/* Values of these kinds. What is taken out is valid: kinds and states are known, strings fit;
 * otherwise the message is bad. */
void msg_put_host(struct wire *w, const struct msg_host *h);
void msg_get_host(struct wire *w, struct msg_host *h);
void msg_put_guest(struct wire *w, const struct guest *g);
void msg_get_guest(struct wire *w, struct guest *g);
void msg_put_event(struct wire *w, const struct event_record *e);
void msg_get_event(struct wire *w, struct event_record *e);
void msg_put_console(struct wire *w, const struct msg_console *c);
void msg_get_console(struct wire *w, struct msg_console *c);
void msg_put_page(struct wire *w, const struct msg_page *p);
void msg_get_page(struct wire *w, struct msg_page *p);
void msg_put_stats(struct wire *w, const struct msg_stats *s);
void msg_get_stats(struct wire *w, struct msg_stats *s);
void msg_put_host_stats(struct wire *w, const struct stats_host *h);
void msg_get_host_stats(struct wire *w, struct stats_host *h);
void msg_put_operation(struct wire *w, const struct operation *o);
void msg_get_operation(struct wire *w, struct operation *o);
void msg_put_work(struct wire *w, const struct msg_work *work);
void msg_get_work(struct wire *w, struct msg_work *work);
void msg_put_hook(struct wire *w, const struct hook *h);
void msg_get_hook(struct wire *w, struct hook *h);
void msg_put_delivery(struct wire *w, const struct delivery *d);
void msg_get_delivery(struct wire *w, struct delivery *d);
void msg_put_lease(struct wire *w, const struct lease *l);
void msg_get_lease(struct wire *w, struct lease *l);
void msg_put_guard(struct wire *w, const struct msg_guard *g);
void msg_get_guard(struct wire *w, struct msg_guard *g);
void msg_put_port(struct wire *w, const struct msg_port *p);
void msg_get_port(struct wire *w, struct msg_port *p);
void msg_put_network(struct wire *w, const struct network *n);
void msg_get_network(struct wire *w, struct network *n);
/* One that firewall_check() has taken: no other may fit. */
void msg_put_firewall(struct wire *w, const struct firewall *f);
void msg_get_firewall(struct wire *w, struct firewall *f);
void msg_put_told_firewall(struct wire *w, const struct msg_firewall *f);
void msg_get_told_firewall(struct wire *w, struct msg_firewall *f);
void msg_put_net_query(struct wire *w, const struct msg_net_query *q);
void msg_get_net_query(struct wire *w, struct msg_net_query *q);
void msg_put_net(struct wire *w, const struct msg_net *n);
void msg_get_net(struct wire *w, struct msg_net *n);
/* Without one and uuid: the guest is beside it. */
void msg_put_query(struct wire *w, const struct traffic_query *q);
void msg_get_query(struct wire *w, struct traffic_query *q);
void msg_put_traffic(struct wire *w, const struct msg_traffic *t);
void msg_get_traffic(struct wire *w, struct msg_traffic *t);
/* One that definition_check() has taken, except that it may have no UUID yet. What is taken out is
 * as far as its reader can rely on it without another look: strings fit and are ended, numbers are
 * in their ranges. */
void msg_put_definition(struct wire *w, const struct definition *d);
void msg_get_definition(struct wire *w, struct definition *d);

#endif
