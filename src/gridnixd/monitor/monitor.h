/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The monitor: root's process of gridnixd. It looks at the host, journals what changed, and answers
 * the front, whose bytes it believes nothing of. One loop, one thread. Internal to
 * gridnixd/monitor.
 */
#ifndef GNX_MONITOR_MONITOR_H
#define GNX_MONITOR_MONITOR_H

#include "base/str.h"
#include "gridnixd/monitor/console.h"
#include "gridnixd/monitor/defined.h"
#include "gridnixd/monitor/degraded.h"
#include "gridnixd/monitor/flood.h"
#include "gridnixd/monitor/guard.h"
#include "gridnixd/monitor/hooks.h"
#include "gridnixd/monitor/keep.h"
#include "gridnixd/monitor/firewalls.h"
#include "gridnixd/monitor/networks.h"
#include "gridnixd/monitor/operate.h"
#include "gridnixd/monitor/routing.h"
#include "gridnixd/monitor/saved.h"
#include "gridnixd/monitor/serving.h"
#include "gridnixd/monitor/taken.h"
#include "gridnixd/monitor/traffic.h"
#include "gridnixd/monitor/worker.h"
#include "gridnixd/monitor/writes.h"
#include "gridnixd/msg.h"
#include "jail/role.h"
#include "model/host.h"
#include "model/settings.h"
#include "state/state.h"

#include <event2/event.h>
#include <sys/types.h>

/* A process that the monitor talks with: the front, or the hooks' one. It is started again whenever
 * it ends. */
struct peer {
	const char *name; /* for people */
	const char *path; /* of its executable; borrowed; NULL: there is none */
	const char *user; /* NULL: ours */
	const char *dir;  /* its directory, said to it first; NULL: none; borrowed */
	/* Descriptors for it, LISTEN_FD and so on, which outlive every process. */
	int given[JAIL_ROLE_FDS - 1];
	size_t given_len;
	uint32_t caps;	      /* as in struct jail_role */
	const enum msg *asks; /* the questions that it may ask, up to a 0; borrowed */
	/* Takes what is no question; -GNX_E_SYNTAX when it is no message of its either. NULL: it
	 * says nothing else. */
	int (*take)(struct monitor *m, struct wire *w);
	void (*lost)(struct monitor *m); /* it has ended; may be NULL */
	struct monitor *m;
	pid_t pid; /* 0: none runs */
	int fd;	   /* the conversation with it; -1: none */
	struct event *reading, *writing, *restart;
	struct restarts restarts;
	struct gnx_buf out; /* answers that it has not taken yet: see serve.c */
	size_t out_at;
	bool news; /* it is to be told of new events */
};

struct monitor {
	const struct config *config; /* where the settings are from; borrowed */
	struct settings settings;
	struct event *watch; /* the host's word that something may have changed; NULL: none comes */
	struct event *timer; /* the next look, when nothing seems to happen */
	struct event *reload; /* reads the settings again, when a signal asks for it */
	struct event_base *base;
	struct host host;
	struct guests *guests;
	struct device_table *devices;
	bool all_devices; /* are to be looked at next */
	struct state *state;
	char boot_id[GUEST_UUID_TEXT];
	int64_t started_ms;
	struct event_record *pending; /* seen, and not in the journal yet */
	size_t pending_len;
	struct peer front, hooks;
	struct hook_list found; /* hooks, as their process has told */
	struct defined_list defined;
	struct networks networks;
	struct routing routing; /* between them */
	struct firewalls firewalls;
	struct serving serving; /* of their guests */
	struct workers workers;
	char *saves;		  /* the directory with guests' states */
	struct run *runs;	  /* operations that are under way: see run.h */
	bool taking;		  /* operate_looked() is at work */
	struct event *soon;	  /* goes on with them */
	int64_t sweep_ms;	  /* the next sweep, see sweep.c */
	struct floods floods;	  /* guests that have much of xenstore */
	struct sampling sampling; /* of what they write there */
	struct faults faults;	  /* what is wrong with the host */
	bool pressed;		  /* dom0 is short of memory, and that was told */
	struct keep_queue boot;	  /* guests that are to be started */
	struct consoles consoles;
	struct guarding guarding;
	struct metering metering;
};

/* Whom a client named. */
struct subject {
	uint8_t uuid[GUEST_UUID];
	char name[GUEST_NAME_MAX + 1];
	const struct guest *guest; /* as the last look found it; NULL: it has no domain */
	struct defined *defined;   /* NULL: it has no definition */
};

/* Milliseconds since the host's boot; and by the wall clock. */
int64_t monitor_ms(void);
int64_t monitor_wall_ms(void);
/* Sets an event's times. */
void monitor_stamp(const struct monitor *m, struct event_record *e);

/* The guest of that UUID as the last look found it, the newest of several; or NULL. Borrowed until
 * the next look. */
const struct guest *monitor_guest(const struct monitor *m, const uint8_t uuid[GUEST_UUID]);
/* Whether a guest has one domain at most: it is not just being migrated. */
bool monitor_alone(const struct monitor *m, const uint8_t uuid[GUEST_UUID]);
/* A guest that has a definition only. */
void monitor_off_guest(const struct monitor *m, const struct defined *d, struct guest *out);
/* Tells the guests of a page: those that have a domain, and those that have a definition only, by
 * UUID and then incarnation. */
void monitor_guests(const struct monitor *m, const struct msg_page *page,
	void (*tell)(void *arg, const struct guest *g), void *arg);
/* Whom a name or a UUID means. -ENOENT: nobody; -EINVAL: several guests have the name. */
int monitor_subject(
	const struct monitor *m, const char *guest, struct subject *out, struct gnx_err *err);
/* Looks, and does what follows. */
void monitor_look(struct monitor *m);
/* An event of the daemon's own about a guest, as it is now; name: if it has a definition only. */
struct event_record monitor_event(
	const struct monitor *m, enum event_kind kind, const uint8_t *uuid, const char *name);
/* Has it told with what the next look finds. */
void monitor_tell(struct monitor *m, const struct event_record *e);
/* Operations are gone on with when what is being done now is done. */
void monitor_soon(struct monitor *m);

/* Puts what waits for the journal into it. */
int monitor_journal(struct monitor *m, struct gnx_err *err);

/* Takes up what the journal knows, tells how the daemon came to run, and what changed meanwhile. */
int look_begin(struct monitor *m, struct gnx_err *err);
/* One look: what changed is in the journal afterwards, or kept for the next look when that failed.
 */
int look(struct monitor *m, struct gnx_err *err);
/* Sees to everything else, behind a look: whoever waits for what that found has been told. */
void look_around(struct monitor *m);
void look_done(struct monitor *m);
/* Keeps an event of the host's until the end of this look; reason and detail may be NULL. */
void look_tell(struct monitor *m, enum event_kind kind, const char *reason, const char *detail);
/* Asks the host how devices are: 1 when domains may have changed meanwhile, else 0; -errno: nothing
 * is known of them now, what lasts is said. */
int devices_read(struct monitor *m);
/* Tells of devices what has gone: before the guests that had them; and the rest: after. */
void devices_gone(struct monitor *m);
void devices_update(struct monitor *m);
/* The same after the first reading of all, for a gap: what differs is added to entries. */
void devices_resume(struct monitor *m, struct gnx_strv *entries);
/* Whether a domain has the device that a verb is to detach, by the verb's value, as it was seen
 * last. */
bool devices_has(const struct monitor *m, int domid, enum verb verb, const char *value);
/* A look at devices alone, since nothing else seems to have changed. false: a whole one is due. */
bool devices_look(struct monitor *m);

/* Of look_around(): what is at dom0's memory, */
void pressure_look(struct monitor *m);
/* and what takes away what dead domains have left, now and then. */
void sweep_look(struct monitor *m);

/* Starts it, if there is one, and again whenever it ends. */
int peer_start(struct monitor *m, struct peer *p, struct gnx_err *err);
void peer_done(struct peer *p);
/* Says something by itself. Nobody hears it when the process does not run: the next one asks. */
void peer_say(struct peer *p, const struct wire *w);
/* Sends what serve_put() has added, when nobody has asked just now. */
void peer_feed(struct peer *p);
/* Lets both know that there are new events. */
void peers_news(struct monitor *m);

/* Answers one question: what the peer gets is added to its out. client: what came along, borrowed,
 * or -1. -GNX_E_SYNTAX for what is no question. */
int serve(struct monitor *m, struct peer *p, struct wire *question, int client);
/* Completes an answer that serve() has left open. */
void serve_later(struct monitor *m, uint32_t question, int code, const char *words);
/* The same, of what was asked of ports, once rearm has told them, or could not: code with words.
 * true: not yet, it waits for a load. */
bool serve_ports(struct monitor *m, uint32_t question, const struct msg_guard *asked, int code,
	const char *words, const char *said);
/* Sends as much as it takes: 1 when all is sent, 0 when some is left, -errno. */
int serve_flush(struct peer *p);
/* Adds a message to what is sent. */
void serve_put(struct peer *p, const struct wire *w);

#endif
