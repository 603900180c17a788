/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The half of gridnixd-hooks that decides: which hooks get an event, when it is tried, whether an
 * operation may begin. It has no rights. What must not be lost is the monitor's; this half takes
 * events from it by their numbers, as many as it can deal with. Internal to gridnixd/hooks.
 */
#ifndef GNX_GRIDNIXD_HOOKS_HOOKS_H
#define GNX_GRIDNIXD_HOOKS_HOOKS_H

#include "base/str.h"
#include "gridnixd/hooks/config.h"
#include "gridnixd/hooks/queue.h"
#include "gridnixd/hooks/start.h"
#include "gridnixd/msg.h"

#include <event2/event.h>

#define HOOKS_WAITING_MAX 4000 /* deliveries; with more, no events are taken */
#define HOOKS_AFTER_MAX	  16   /* run at once */
#define HOOKS_BEFORE_MAX  8    /* and so many that are asked */
#define HOOKS_ASKED_MAX	  1024 /* operations that may wait for an answer */
#define HOOKS_WRITE_MS	  5000 /* after so long it is kept which events nobody wants */
#define HOOKS_READ_S	  2    /* the directory is read so often when nothing happens */

/* One event of those that are being planned: what decides who wants it. */
struct note {
	uint64_t seq;
	enum event_kind kind;
	bool of_guest;
	uint8_t uuid[GUEST_UUID];
	char name[GUEST_NAME_MAX + 1];
};

/* What a slot is at. */
enum phase { FREE, FETCHING, RUNNING, ENDED };

struct asked;

/* One run. */
struct run {
	enum phase phase;
	struct waiting *delivery; /* or */
	struct asked *asked;
	uint32_t timeout; /* seconds, to tell */
	bool ok, dead;	  /* how it ended; and it is not tried again */
	char words[HOOK_WORDS_MAX + 1];
};

/* An operation that hooks are asked about, one after the other. */
struct asked {
	TAILQ_ENTRY(asked) next;
	struct operation operation;
	struct guest guest;
	char last[HOOK_NAME_MAX + 1]; /* the hook that was asked last; "": none */
	bool running;
};

struct hooks {
	struct event_base *base;
	struct event *monitor, *starter, *timer, *rereading;
	int starter_fd;
	char dir[HOOK_PATH_MAX + 1];
	uid_t owner;
	int status;
	/* What was found. */
	struct config *config, *other;
	struct gnx_buf said;
	bool published;
	/* What the monitor is asked: one question at a time. */
	bool open;
	uint32_t number;
	enum msg type;
	struct run *about; /* the run that it is about */
	/* Events. */
	bool stale;		/* what waits in the monitor's state is to be asked for */
	uint64_t last, planned; /* of these, written is what the monitor's state knows */
	uint64_t written;
	int64_t write_ms; /* when it is to know the rest */
	struct note notes[MSG_EVENTS_MAX];
	size_t notes_len, notes_at;
	char planning[HOOKS_MAX][HOOK_NAME_MAX + 1]; /* who gets notes[notes_at] */
	uint32_t planning_len;
	struct event_record fetched; /* seq 0: none */
	struct queue queue;
	struct run runs[START_RUNS_MAX];
	TAILQ_HEAD(, asked) asked;
	size_t asked_len;
	struct wire message;
};

/* The end: with words on standard error, and then gridnixd starts it again. */
void hooks_quit(struct hooks *h, const char *words);

/* Reads the directory again; what changed is told. */
void hooks_read(struct hooks *h);
const struct hook *hooks_find(const struct hooks *h, const char *name);

/* Asks the monitor the next thing that there is to ask, and starts what may be started. */
void deliver_next(struct hooks *h);
/* Takes a message of the monitor's that has to do with events: -GNX_E_SYNTAX when it is none. */
int deliver_take(struct hooks *h);
/* A run for a delivery has ended. */
void deliver_ran(struct hooks *h, struct run *run, enum ran how, uint32_t status, const char *line);

/* The same for operations. */
int ask_take(struct hooks *h);
void ask_next(struct hooks *h);
void ask_ran(struct hooks *h, struct run *run, enum ran how, uint32_t status, const char *line);

/* A slot that is free, or NULL. */
struct run *run_slot(struct hooks *h);
/* Has a hook started in a slot. seq 0: it is asked before. */
void run_start(struct hooks *h, struct run *run, const struct hook *hook,
	const struct gnx_buf *json, const struct gnx_strv *env);
/* The variables that all have; guest NULL: the host's. */
void run_env(struct gnx_strv *env, const struct hook *hook, const char *kind, uint32_t try,
	uint64_t operation, const struct guest *guest);
/* What came of a run, in words; "" when all went well. */
void run_words(const struct run *run, enum ran how, uint32_t status, const char *line,
	char out[HOOK_WORDS_MAX + 1]);

/* Gives up all rights: capabilities, and all system calls that this half does not need. */
int confine(struct gnx_err *err);
/* Nothing that is started gets what this process has. Whether it may become somebody else. */
int keep_rights(bool *rights_out, struct gnx_err *err);

#endif
