/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations, step by step: see operate.h. */
#include "gridnixd/monitor/operate.h"

#include "base/clean.h"
#include "base/str.h"
#include "gridnixd/monitor/keep.h"
#include "gridnixd/monitor/monitor.h"

#include <stdio.h>
#include <string.h>

/* What a run does, one after the other. */
enum step {
	STEP_end,
	STEP_start, /* to STEP_unpause: a worker's, in the order of verbs */
	STEP_shutdown,
	STEP_reboot,
	STEP_destroy,
	STEP_pause,
	STEP_unpause,
	STEP_stopped,  /* waits until it has shut down */
	STEP_rebooted, /* waits until it has, for a new domain */
	STEP_gone,     /* waits until whoever made it has taken it away */
	STEP_again,    /* waits until whoever made it has made a new domain */
};

#define STEPS 5

/* Of verbs; of guests that are ours, and of others. The rest is our own doing. */
enum plan { PLAN_foreign = VERB_COUNT, PLAN_restart = 2 * VERB_COUNT, PLAN_COUNT };

static const enum step plans[PLAN_COUNT][STEPS] = {
	[VERB_start] = {STEP_start},
	[VERB_shutdown] = {STEP_shutdown, STEP_stopped, STEP_destroy},
	[VERB_reboot] = {STEP_reboot, STEP_rebooted, STEP_destroy, STEP_start},
	[VERB_destroy] = {STEP_destroy},
	[VERB_pause] = {STEP_pause},
	[VERB_unpause] = {STEP_unpause},
	/* The process of xl acts on what they do. */
	[PLAN_foreign + VERB_shutdown] = {STEP_shutdown, STEP_gone},
	[PLAN_foreign + VERB_reboot] = {STEP_reboot, STEP_again},
	[PLAN_foreign + VERB_destroy] = {STEP_destroy},
	[PLAN_foreign + VERB_pause] = {STEP_pause},
	[PLAN_foreign + VERB_unpause] = {STEP_unpause},
	[PLAN_restart] = {STEP_destroy, STEP_start},
};

static const enum verb step_verbs[] = {
	[STEP_start] = VERB_start,
	[STEP_shutdown] = VERB_shutdown,
	[STEP_reboot] = VERB_reboot,
	[STEP_destroy] = VERB_destroy,
	[STEP_pause] = VERB_pause,
	[STEP_unpause] = VERB_unpause,
};

/* An operation that is under way. */
struct run {
	struct run *next;
	struct monitor *m;
	struct operation op; /* id 0: our own doing */
	char name[GUEST_NAME_MAX + 1];
	const enum step *step;
	int domid;	      /* that it is about; -1: none */
	uint64_t incarnation; /* of the domain that was there when it began */
	struct worker *worker;
	int64_t deadline_ms; /* of a step that waits */
	int failed;	     /* the code of what failed, while what is half made is taken away */
	char words[OPERATION_WORDS_MAX + 1];
};

static struct run *run_of(const struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	for (struct run *r = m->runs; r; r = r->next)
		if (!memcmp(r->op.uuid, uuid, GUEST_UUID))
			return r;
	return NULL;
}

bool operate_busy(const struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	return run_of(m, uuid) != NULL;
}

uint64_t operate_origin(const struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	const struct run *r = run_of(m, uuid);

	return r ? r->op.id : 0;
}

static bool works(enum step s)
{
	return s >= STEP_start && s <= STEP_unpause;
}

/* What is wanted of the guest now, if it is one of ours. */
static int want(struct run *r, enum state_want want, struct gnx_err *err)
{
	struct defined *g = defined_by_uuid(&r->m->defined, r->op.uuid);
	int code;

	if (!g || g->want == want)
		return 0;
	code = state_want(r->m->state, g->uuid, want, err);
	if (!code)
		g->want = want;
	return code;
}

/* It is over: the events that it led to are in the journal, then its end, then it is told. */
static void finish(struct run *r)
{
	struct monitor *m = r->m;
	struct run **at = &m->runs;
	struct gnx_err err = GNX_ERR_INIT;

	r->op.state = r->failed ? OPERATION_failed : OPERATION_done;
	r->op.ended_ms = monitor_wall_ms();
	memcpy(r->op.words, r->words, sizeof(r->op.words));
	if (look(m, &err) < 0 || (r->op.id && state_operation_put(m->state, &r->op, &err) < 0))
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	if (r->op.id)
		front_operation(m, &r->op);
	else if (r->failed)
		fprintf(stderr, "gridnixd: %s: %s: %s\n", r->name, verb_name(r->op.verb), r->words);
	keep_ended(m, r->op.uuid, r->op.verb, r->failed);
	free(r);
	operate_looked(m);
}

static void note(struct run *r, int code, const char *words)
{
	r->failed = code;
	snprintf(r->words, sizeof(r->words), "%.*s", OPERATION_WORDS_MAX, words);
}

static void fail(struct run *r, int code, const char *words)
{
	note(r, code, words);
	finish(r);
}

static void enter(struct run *r);

static void on_domain(void *arg, int domid)
{
	struct run *r = arg;

	r->domid = domid;
}

/* A worker that died while it made a domain may have left it half made. */
static void on_end(void *arg, int code, const char *words)
{
	struct run *r = arg;
	struct gnx_err err = GNX_ERR_INIT;

	r->worker = NULL;
	if (code < 0 && *r->step == STEP_start) {
		const struct guest *left;

		look(r->m, &err);
		left = monitor_guest(r->m, r->op.uuid);
		if (want(r, STATE_WANT_off, &err) < 0)
			fprintf(stderr, "gridnixd: %s\n", err.msg);
		if (left && left->domid >= 0 && left->state == GUEST_starting) {
			note(r, code, words);
			r->domid = left->domid;
			r->step = plans[VERB_destroy];
			enter(r);
			return;
		}
	}
	if (code < 0 && !r->failed) {
		fail(r, code, words);
		return;
	}
	r->step++;
	enter(r);
}

static size_t at_work(const struct monitor *m)
{
	size_t n = 0;

	for (const struct run *r = m->runs; r; r = r->next)
		n += r->worker != NULL;
	return n;
}

/* What the worker is told of a guest that has no definition. */
static void describe(const struct run *r, struct definition *d)
{
	definition_init(d);
	memcpy(d->uuid, r->op.uuid, GUEST_UUID);
	memcpy(d->name, r->name, sizeof(d->name));
}

static int begin_work(struct run *r, struct gnx_err *err)
{
	const struct worker_events events = {on_domain, on_end, r};
	struct definition d;
	int code = 0;

	if (defined_by_uuid(&r->m->defined, r->op.uuid))
		code = state_definition(r->m->state, r->op.uuid, &d, err);
	else
		describe(r, &d);
	/* Before it happens: whatever becomes of us, it is known whose the domain is. */
	if (!code && *r->step == STEP_start)
		code = want(r, STATE_WANT_on, err);
	if (!code && *r->step == STEP_destroy)
		code = want(r, r->step[1] == STEP_start ? STATE_WANT_restart : STATE_WANT_off, err);
	if (!code && *r->step == STEP_start)
		r->domid = -1;
	if (!code)
		code = worker_start(&r->m->workers, step_verbs[*r->step], &d, r->domid, &events,
			&r->worker, err);
	return code;
}

/* Whether what a step waits for is there: 1, not yet: 0, or it can't come any more: a code. */
static int waited(const struct run *r, const struct guest *g, struct gnx_err *err)
{
	bool gone = !g || g->domid < 0 || g->incarnation != r->incarnation;

	switch (*r->step) {
	case STEP_stopped:
	case STEP_rebooted:
		if (gone || g->state == GUEST_crashed)
			return gone && *r->step == STEP_stopped
				? 1
				: gnx_fail(err, -GNX_E_CHILD, "%s",
					  gone ? "its domain has gone meanwhile"
					       : "it has crashed");
		return g->state == GUEST_shutdown || g->state == GUEST_rebooting ||
			g->state == GUEST_suspended;
	case STEP_gone:
		return gone;
	case STEP_again:
		return gone && g && g->domid >= 0 && g->state == GUEST_running;
	default:
		return 0;
	}
}

static int64_t patience_ms(const struct run *r)
{
	const struct defined *g = defined_by_uuid(&r->m->defined, r->op.uuid);

	return INT64_C(1000) * (g ? g->patience_s : r->m->settings.guests_patience);
}

static void too_late(struct run *r)
{
	char words[OPERATION_WORDS_MAX + 1];

	snprintf(words, sizeof(words),
		"it has not done so within %lld seconds; 'gridnix destroy' takes it away at once",
		(long long)(patience_ms(r) / 1000));
	fail(r, -ETIMEDOUT, words);
}

/* Takes the step that the run is at. May end the run. */
static void enter(struct run *r)
{
	struct gnx_err err = GNX_ERR_INIT;
	int code = 0;

	if (*r->step == STEP_end) {
		finish(r);
		return;
	}
	if (!works(*r->step)) {
		r->deadline_ms = monitor_ms() + patience_ms(r);
		return; /* the next look finds what is waited for */
	}
	/* What was waited for is there already. */
	if (*r->step == STEP_destroy && r->step != plans[VERB_destroy]) {
		const struct guest *g = monitor_guest(r->m, r->op.uuid);

		if (!g || g->domid != r->domid) {
			r->step++;
			enter(r);
			return;
		}
	}
	if (at_work(r->m) < r->m->settings.guests_workers)
		code = begin_work(r, &err);
	if (code < 0)
		fail(r, code, err.msg);
}

/* One thing that the look allows; whether there was one. */
static bool take_one(struct monitor *m)
{
	for (struct run *r = m->runs; r; r = r->next) {
		struct gnx_err err = GNX_ERR_INIT;
		int code;

		if (r->worker)
			continue;
		if (works(*r->step)) {
			if (at_work(m) >= m->settings.guests_workers)
				continue;
			enter(r);
			return true;
		}
		code = waited(r, monitor_guest(m, r->op.uuid), &err);
		if (code == 1) {
			r->step++;
			enter(r);
		} else if (code < 0) {
			fail(r, code, err.msg);
		} else if (monitor_ms() >= r->deadline_ms) {
			too_late(r);
		} else {
			continue;
		}
		return true;
	}
	return false;
}

void operate_looked(struct monitor *m)
{
	/* What is taken may look itself, and come back here. */
	if (m->taking)
		return;
	m->taking = true;
	while (take_one(m))
		;
	m->taking = false;
}

static void add_run(struct monitor *m, const struct operation *op, const char *name,
	const struct guest *g, enum plan plan)
{
	struct run *r = gnx_alloc(sizeof(*r)), **at = &m->runs;

	*r = (struct run){.m = m,
		.op = *op,
		.step = plans[plan],
		.domid = g ? g->domid : -1,
		.incarnation = g ? g->incarnation : 0};
	snprintf(r->name, sizeof(r->name), "%s", name);
	while (*at)
		at = &(*at)->next;
	*at = r;
}

/* What is in the way of a verb, for a guest in this state. */
static int check_state(enum verb verb, const char *name, const struct guest *g, struct gnx_err *err)
{
	bool there = g && g->domid >= 0;

	if (verb == VERB_start)
		return there ? gnx_fail(err, -EEXIST, "%s: has a domain already, which is %s", name,
				       guest_state_name(g->state))
			     : 0;
	if (!there)
		return gnx_fail(err, -GNX_E_STATE, "%s: does not run", name);
	if (verb == VERB_pause && g->state == GUEST_paused)
		return gnx_fail(err, -EEXIST, "%s: is paused already", name);
	if (verb == VERB_unpause && g->state != GUEST_paused && g->state != GUEST_starting)
		return gnx_fail(err, -GNX_E_STATE, "%s: is not paused", name);
	if ((verb == VERB_shutdown || verb == VERB_reboot) && g->state == GUEST_paused)
		return gnx_fail(err, -GNX_E_STATE,
			"%s: is paused and cannot hear it: gridnix unpause %s", name, name);
	return 0;
}

static int check_busy(const struct monitor *m, const uint8_t uuid[GUEST_UUID], const char *name,
	struct gnx_err *err)
{
	const struct run *r = run_of(m, uuid);
	size_t n = 0;

	if (r)
		return gnx_fail(err, -EBUSY, "%s: another operation is under way: %s", name,
			verb_name(r->op.verb));
	for (r = m->runs; r; r = r->next)
		n++;
	return n < OPERATE_MAX ? 0 : gnx_fail(err, -EBUSY, "too many operations are under way");
}

int operate(struct monitor *m, enum verb verb, const char *guest, struct operation *out,
	struct gnx_err *err)
{
	struct subject s;
	struct operation op = {.verb = verb, .began_ms = monitor_wall_ms()};
	bool foreign;
	int r = monitor_subject(m, guest, &s, err);

	if (!r)
		r = check_busy(m, s.uuid, s.name, err);
	if (!r)
		r = check_state(verb, s.name, s.guest, err);
	if (r < 0)
		return r;
	if (verb == VERB_start && !s.defined)
		return gnx_fail(err, -ENOENT, "%s: has no definition", s.name);
	memcpy(op.uuid, s.uuid, GUEST_UUID);
	r = state_operation_put(m->state, &op, err);
	if (r < 0)
		return r;
	*out = op;
	foreign = verb != VERB_start && (!s.defined || s.defined->want == STATE_WANT_off);
	add_run(m, &op, s.name, s.guest, (enum plan)((foreign ? PLAN_foreign : 0) + verb));
	monitor_soon(m);
	return 0;
}

static void own(struct monitor *m, struct defined *g, enum verb verb, enum plan plan)
{
	struct operation op = {.verb = verb, .began_ms = monitor_wall_ms()};

	memcpy(op.uuid, g->uuid, GUEST_UUID);
	add_run(m, &op, g->name, monitor_guest(m, g->uuid), plan);
	monitor_soon(m);
}

void operate_destroy(struct monitor *m, struct defined *g)
{
	own(m, g, VERB_destroy, (enum plan)VERB_destroy);
}

void operate_restart(struct monitor *m, struct defined *g)
{
	own(m, g, VERB_start, PLAN_restart);
}

void operate_start(struct monitor *m, struct defined *g)
{
	own(m, g, VERB_start, (enum plan)VERB_start);
}

void operate_done(struct monitor *m)
{
	while (m->runs) {
		struct run *r = m->runs;

		m->runs = r->next;
		worker_forget(&r->worker);
		free(r);
	}
}
