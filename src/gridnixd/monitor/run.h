/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An operation on its way: a row of steps, which a plan names. A step is a worker's, or waits for
 * what the guest does. For operate.c, which says what is begun and with which plan.
 */
#ifndef GNX_MONITOR_RUN_H
#define GNX_MONITOR_RUN_H

#include "gridnixd/msg.h"
#include "model/operation.h"
#include "state/state.h"

struct monitor;
struct worker;

/* What a run does, one after the other. */
enum run_step {
	STEP_end,
	STEP_start, /* to STEP_detach_vif: a worker's, in the order of verbs */
	STEP_shutdown,
	STEP_reboot,
	STEP_destroy,
	STEP_pause,
	STEP_unpause,
	STEP_save,
	STEP_restore,
	STEP_rename,
	STEP_memory,
	STEP_vcpus,
	STEP_dump,
	STEP_attach_disk,
	STEP_detach_disk,
	STEP_attach_vif,
	STEP_detach_vif,
	STEP_discard,  /* takes away what was saved */
	STEP_define,   /* the definition follows */
	STEP_adopt,    /* it is ours */
	STEP_stopped,  /* waits until it has shut down */
	STEP_rebooted, /* waits until it has, for a new domain */
	STEP_gone,     /* waits until whoever made it has taken it away */
	STEP_again,    /* waits until whoever made it has made a new domain */
	STEP_alone,    /* waits until nobody else acts when it ends */
};

/* Of verbs; of guests that are ours, and of others. The rest is our own doing. */
enum run_plan {
	PLAN_foreign = VERB_COUNT,
	PLAN_restart = 2 * VERB_COUNT,
	PLAN_discard,
	PLAN_define,
	PLAN_dump,
	PLAN_COUNT
};

/* An operation that is under way. */
struct run {
	struct run *next;
	struct monitor *m;
	struct operation op; /* id 0: our own doing */
	char name[GUEST_NAME_MAX + 1];
	char value[MSG_VALUE_MAX + 1]; /* of the verb's key */
	const enum run_step *step;
	int domid;	      /* that it is about; -1: none */
	uint64_t incarnation; /* of the domain that was there when it began */
	struct worker *worker;
	int keeper;	     /* xl's process, which was told to end; -1: none was */
	bool asking;	     /* hooks whether it may begin */
	bool must_ask;	     /* it fails when they do not answer */
	int64_t deadline_ms; /* of that, or of a step that waits; 0: it is not entered yet */
	int failed;	     /* the code of what failed, while what is half made is taken away */
	char words[OPERATION_WORDS_MAX + 1];
};

/* The one of a guest; NULL: there is none. Borrowed. */
struct run *run_of(const struct monitor *m, const uint8_t uuid[GUEST_UUID]);

/* Puts it at the beginning of a plan for what the guest is now; NULL: it has no domain. */
void run_plan(struct run *r, enum run_plan plan, const struct guest *g);
/* Whether there is such a plan. */
bool run_planned(enum run_plan plan);

/* Goes on if what it waits for is there, or a worker is free: whether it did. May end it. */
bool run_go_on(struct run *r);
/* Ends it: it has failed. */
void run_fail(struct run *r, int code, const char *words);
/* What is wanted of the guest from now on, if it is defined, and whether this is. */
int run_want(struct run *r, enum state_want want, struct gnx_err *err);
bool run_wanted(const struct run *r, enum state_want want);
/* Forgets one that is in no list any more. */
void run_free(struct run *r);

#endif
