/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests' consoles, as far as root is needed: gridnixd-console is started, and gets each guest's
 * terminal, its log, and the clients that the front hands over. And a guest that has crashed is
 * asked for its last lines before that is told. Internal to gridnixd/monitor.
 */
#ifndef GNX_MONITOR_CONSOLE_H
#define GNX_MONITOR_CONSOLE_H

#include "gridnixd/monitor/console_files.h"
#include "gridnixd/monitor/degraded.h"
#include "gridnixd/msg.h"
#include "model/host.h"

#include <event2/event.h>

struct monitor;

/* The console of a guest that has a domain. */
struct console {
	uint8_t uuid[GUEST_UUID];
	uint64_t incarnation;
	int domid;
	bool open;	  /* gridnixd-console has its terminal */
	bool fresh;	  /* it was never open, and the domain came while we looked */
	int lock;	  /* -1: not held */
	char *lock_path;  /* while it is */
	pid_t holder;	  /* who has the lock; 0: nobody else, or not known */
	int64_t retry_ms; /* it is not tried before */
	unsigned tries;
};

/* A guest that has crashed, and is not told as such yet. */
struct crash {
	struct guest_look look;
	int64_t until_ms; /* it is told then, at the latest */
	char lines[MSG_LINES_MAX + 1];
	struct host_registers registers[4]; /* of its first processors */
	size_t registers_len;
	bool told; /* the lines have come, or will not */
};

/* All of them. */
struct consoles {
	const char *path; /* of the executable, borrowed; NULL: there is none */
	const char *user; /* NULL: ours */
	pid_t pid;	  /* 0: none runs */
	int fd;		  /* the conversation with it; -1: none */
	struct event *reading, *restart, *crashed;
	struct restarts restarts;
	bool looked; /* once at least: what is new from now on came while we looked */
	struct console_logs logs;
	uint64_t limit; /* of the logs, that it was told */
	struct console *items;
	size_t len;
	struct crash *crashes;
	size_t crashes_len;
};

/* Opens the logs below dir. For consoles_done() also when it fails. */
int consoles_init(struct monitor *m, const char *path, const char *dir, struct gnx_err *err);
/* Starts gridnixd-console, and again whenever it ends. */
int consoles_start(struct monitor *m, struct gnx_err *err);
void consoles_done(struct monitor *m);

/* After each look: hands on the terminals that have come. */
void consoles_looked(struct monitor *m);

/* Hands a client over; its connection is the caller's still. -GNX_E_STATE: somebody else reads this
 * console; -EOPNOTSUPP: this daemon has none. */
int consoles_client(struct monitor *m, const char *guest, const struct msg_console *want,
	int client, struct gnx_err *err);

/* The guest's definition is gone: its log goes, too. */
void consoles_forget(struct monitor *m, const uint8_t uuid[GUEST_UUID]);

/* Before a look is taken in: domains that have just crashed run in it for a moment still, until
 * their last lines have come. Those that were taken away meanwhile are told as guests_update()
 * does. */
void crash_hold(struct monitor *m, struct guest_look *looks, size_t n,
	void (*tell)(void *arg, const struct event_record *e));
/* Writes the details of a crash into out: "" when there are none. */
void crash_detail(const struct monitor *m, const uint8_t uuid[GUEST_UUID], char *out, size_t size);
/* After the look was taken in. */
void crash_told(struct monitor *m);
/* The lines of a guest have come. */
void crash_lines(struct monitor *m, const uint8_t uuid[GUEST_UUID], const char *lines);

/* Asks gridnixd-console for a guest's last lines. Whether they may come. */
bool consoles_ask(struct monitor *m, const struct guest *g);

#endif
