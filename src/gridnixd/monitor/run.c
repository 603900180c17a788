/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of operations: see run.h. */
#include "gridnixd/monitor/run.h"

#include "base/clean.h"
#include "base/str.h"
#include "gridnixd/monitor/adopt.h"
#include "gridnixd/monitor/define.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/ports.h"

#include <stdio.h>
#include <string.h>

#define STEPS 5

static const enum run_step plans[PLAN_COUNT][STEPS] = {
	[VERB_start] = {STEP_start},
	[VERB_shutdown] = {STEP_shutdown, STEP_stopped, STEP_destroy},
	[VERB_reboot] = {STEP_reboot, STEP_rebooted, STEP_destroy, STEP_start},
	[VERB_destroy] = {STEP_destroy},
	[VERB_pause] = {STEP_pause},
	[VERB_unpause] = {STEP_unpause},
	[VERB_save] = {STEP_save, STEP_destroy},
	[VERB_restore] = {STEP_restore, STEP_unpause},
	[VERB_rename] = {STEP_rename, STEP_define},
	[VERB_set_memory] = {STEP_memory, STEP_define},
	[VERB_set_vcpus] = {STEP_vcpus, STEP_define},
	[VERB_dump] = {STEP_dump},
	[VERB_attach_disk] = {STEP_attach_disk, STEP_define},
	[VERB_detach_disk] = {STEP_detach_disk, STEP_define},
	[VERB_attach_vif] = {STEP_attach_vif, STEP_define},
	[VERB_detach_vif] = {STEP_detach_vif, STEP_define},
	/* The process of xl acts on what they do. */
	[PLAN_foreign + VERB_shutdown] = {STEP_shutdown, STEP_gone},
	[PLAN_foreign + VERB_reboot] = {STEP_reboot, STEP_again},
	[PLAN_foreign + VERB_destroy] = {STEP_destroy},
	[PLAN_foreign + VERB_pause] = {STEP_pause},
	[PLAN_foreign + VERB_unpause] = {STEP_unpause},
	[PLAN_foreign + VERB_dump] = {STEP_dump},
	[PLAN_foreign + VERB_adopt] = {STEP_alone, STEP_adopt},
	[PLAN_restart] = {STEP_destroy, STEP_start},
	[PLAN_discard] = {STEP_discard},
	[PLAN_define] = {STEP_define},
	[PLAN_dump] = {STEP_dump, STEP_destroy, STEP_start},
};

static const enum verb step_verbs[] = {
	[STEP_start] = VERB_start,
	[STEP_shutdown] = VERB_shutdown,
	[STEP_reboot] = VERB_reboot,
	[STEP_destroy] = VERB_destroy,
	[STEP_pause] = VERB_pause,
	[STEP_unpause] = VERB_unpause,
	[STEP_save] = VERB_save,
	[STEP_restore] = VERB_restore,
	[STEP_rename] = VERB_rename,
	[STEP_memory] = VERB_set_memory,
	[STEP_vcpus] = VERB_set_vcpus,
	[STEP_dump] = VERB_dump,
	[STEP_attach_disk] = VERB_attach_disk,
	[STEP_detach_disk] = VERB_detach_disk,
	[STEP_attach_vif] = VERB_attach_vif,
	[STEP_detach_vif] = VERB_detach_vif,
};

struct run *run_of(const struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	for (struct run *r = m->runs; r; r = r->next)
		if (!memcmp(r->op.uuid, uuid, GUEST_UUID))
			return r;
	return NULL;
}

static bool works(enum run_step s)
{
	return s >= STEP_start && s <= STEP_detach_vif;
}

static bool waits(enum run_step s)
{
	return s >= STEP_stopped;
}

bool run_wanted(const struct run *r, enum state_want want)
{
	const struct defined *g = defined_by_uuid(&r->m->defined, r->op.uuid);

	return g && g->want == want;
}

int run_want(struct run *r, enum state_want want, struct gnx_err *err)
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

static void tell_end(const struct run *r)
{
	struct wire w;

	wire_begin(&w, MSG_DONE);
	msg_put_operation(&w, &r->op);
	peer_say(&r->m->front, &w);
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
		tell_end(r);
	else if (r->failed)
		fprintf(stderr, "gridnixd: %s: %s: %s\n", r->name, verb_name(r->op.verb), r->words);
	keep_ended(m, r->op.uuid, r->op.verb, r->failed);
	if (!r->op.id)
		flood_ended(m, r->op.uuid);
	ports_settle(m, r->op.uuid);
	run_free(r);
	operate_looked(m);
}

void run_free(struct run *r)
{
	gnx_close(&r->keeper);
	free(r);
}

static void note(struct run *r, int code, const char *words)
{
	r->failed = code;
	snprintf(r->words, sizeof(r->words), "%.*s", OPERATION_WORDS_MAX, words);
}

/* Whether it waits for a guest to stop that somebody has asked for it. */
static bool stops(const struct run *r)
{
	return (r->op.verb == VERB_shutdown && run_wanted(r, STATE_WANT_stop)) ||
		(r->op.verb == VERB_reboot && run_wanted(r, STATE_WANT_reboot));
}

void run_fail(struct run *r, int code, const char *words)
{
	struct gnx_err err = GNX_ERR_INIT;

	note(r, code, words);
	/* What it does from now on it does by itself. */
	if (stops(r) && run_want(r, STATE_WANT_on, &err) < 0)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	/* Half of it may be gone when a worker has died: that is gone on with. */
	if (code != -GNX_E_CHILD && run_wanted(r, STATE_WANT_destroy) &&
		run_want(r, STATE_WANT_off, &err) < 0)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	/* It stays whose it was, unless xl's process is only slow to end. */
	if (r->op.verb == VERB_adopt && code != -ETIMEDOUT && run_wanted(r, STATE_WANT_adopt) &&
		run_want(r, STATE_WANT_off, &err) < 0)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	finish(r);
}

static void enter(struct run *r);

/* Tells what the daemon alone knows, as of what Xen has now. */
static void tell_own(struct run *r, enum event_kind kind)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct event_record e;

	if (look(r->m, &err) < 0)
		fprintf(stderr, "gridnixd: %s\n", err.msg);
	e = monitor_event(r->m, kind, r->op.uuid, r->name);
	monitor_tell(r->m, &e);
}

static void on_domain(void *arg, int domid)
{
	struct run *r = arg;

	r->domid = domid;
}

/* Whether it is on its way into a file, or out of one. */
static bool between(const struct run *r)
{
	return run_wanted(r, STATE_WANT_save) || run_wanted(r, STATE_WANT_restore);
}

/* What follows from a step that went well. A file gets its name when all of the guest is in it, and
 * loses it when the guest is whole again and before it runs: there is always one of the two. */
static int stepped(struct run *r, struct gnx_err *err)
{
	enum event_kind told;
	int code;

	switch (*r->step) {
	case STEP_save:
		told = EVENT_saved;
		code = saved_finish(r->m, r->op.uuid, SAVED_state, err);
		break;
	case STEP_restore:
		told = EVENT_restored;
		code = saved_drop(r->m, r->op.uuid, err);
		break;
	case STEP_dump:
		told = EVENT_dumped;
		code = saved_finish(r->m, r->op.uuid, SAVED_core, err);
		break;
	case STEP_unpause:
		return between(r) ? run_want(r, STATE_WANT_on, err) : 0;
	case STEP_destroy:
		return between(r) || run_wanted(r, STATE_WANT_destroy)
			? run_want(r, STATE_WANT_off, err)
			: 0;
	default:
		return 0;
	}
	if (!code)
		tell_own(r, told);
	return code;
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
		if (run_want(r, STATE_WANT_off, &err) < 0)
			fprintf(stderr, "gridnixd: %s\n", err.msg);
		if (left && left->domid >= 0 && left->state == GUEST_starting) {
			note(r, code, words);
			r->domid = left->domid;
			r->step = plans[VERB_destroy];
			enter(r);
			return;
		}
	}
	if (code == 0 && (code = stepped(r, &err)) < 0)
		words = err.msg;
	if (code < 0 && (*r->step == STEP_save || *r->step == STEP_dump))
		saved_undo(r->m, r->op.uuid, *r->step == STEP_save ? SAVED_state : SAVED_core);
	/* A guest that has crashed does not wait for a disk that is full. */
	if (code < 0 && *r->step == STEP_dump && !r->op.id) {
		fprintf(stderr, "gridnixd: %s: dump: %s\n", r->name, words);
		code = 0;
	}
	if (code < 0 && !r->failed) {
		run_fail(r, code, words);
		return;
	}
	r->step++;
	enter(r);
}

/* Whether a worker is free for its step. No interface is joined to a bridge that is not watched
 * yet. */
static bool may_work(const struct run *r)
{
	const struct monitor *m = r->m;
	size_t n = 0;

	for (const struct run *other = m->runs; other; other = other->next)
		n += other->worker != NULL;
	return n < m->settings.guests_workers &&
		!(m->guarding.loading &&
			(*r->step == STEP_start || *r->step == STEP_restore ||
				*r->step == STEP_attach_vif));
}

/* What the worker is told of a guest that has no definition. */
static void describe(const struct run *r, struct definition *d)
{
	definition_init(d);
	memcpy(d->uuid, r->op.uuid, GUEST_UUID);
	memcpy(d->name, r->name, sizeof(d->name));
}

/* Whether the guest is somebody else's, who acts when it has stopped. */
static bool foreign(const struct run *r)
{
	return run_wanted(r, STATE_WANT_off) || run_wanted(r, STATE_WANT_adopt);
}

/* What is wanted while a step is taken, before it happens: whatever becomes of us, it is known
 * whose the domain is, and the file, and what the guest was asked for. */
static int want_for(struct run *r, struct gnx_err *err)
{
	switch (*r->step) {
	case STEP_start:
		return run_want(r, STATE_WANT_on, err);
	case STEP_shutdown:
		return foreign(r) ? 0 : run_want(r, STATE_WANT_stop, err);
	case STEP_reboot:
		return foreign(r) ? 0 : run_want(r, STATE_WANT_reboot, err);
	case STEP_save:
		return run_want(r, STATE_WANT_save, err);
	case STEP_restore:
		return run_want(r, STATE_WANT_restore, err);
	case STEP_destroy:
		if (between(r))
			return 0; /* until the domain has gone: it must never run again */
		return run_want(
			r, r->step[1] == STEP_start ? STATE_WANT_restart : STATE_WANT_destroy, err);
	default:
		return 0;
	}
}

static int begin_work(struct run *r, struct gnx_err *err)
{
	const struct worker_events events = {on_domain, on_end, r};
	struct msg_work work = {.verb = step_verbs[*r->step]};
	GNX_CLEAN(gnx_close)
	int file = -1;
	int code = 0;

	if (*r->value) {
		code = define_running(r->m, r->op.uuid, r->op.verb, r->value, &work.guest, err);
		if (code == 1)
			code = 0;
		if (!code && *r->step == STEP_attach_vif)
			code = networks_hold(r->m, &work.guest, err);
	} else if (defined_by_uuid(&r->m->defined, r->op.uuid)) {
		code = state_definition(r->m->state, r->op.uuid, &work.guest, err);
	} else {
		describe(r, &work.guest);
	}
	if (!code)
		code = networks_resolve(r->m, &work.guest, err);
	if (!code)
		code = want_for(r, err);
	if (*r->step == STEP_start || *r->step == STEP_restore)
		r->domid = -1;
	work.domid = r->domid;
	memcpy(work.value, r->value, sizeof(work.value));
	if (!code && *r->step == STEP_save)
		code = file = saved_create(r->m, r->op.uuid, SAVED_state, err);
	else if (!code && *r->step == STEP_dump)
		code = file = saved_create(r->m, r->op.uuid, SAVED_core, err);
	else if (!code && *r->step == STEP_restore)
		code = file = saved_open(r->m, r->op.uuid, err);
	return code < 0 ? code
			: worker_start(&r->m->workers, &work, file, &events, &r->worker, err);
}

/* Throws away what was saved. */
static void discard(struct run *r)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct event_record e = monitor_event(r->m, EVENT_discarded, r->op.uuid, r->name);
	int code = saved_drop(r->m, r->op.uuid, &err);

	if (code < 0) {
		run_fail(r, code, err.msg);
		return;
	}
	e.guest.state = GUEST_off;
	monitor_tell(r->m, &e);
	finish(r);
}

/* Whether what a step waits for is there: 1, not yet: 0, or it can't come any more: a code. */
static int waited(struct run *r, const struct guest *g, struct gnx_err *err)
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
	case STEP_alone:
		return gone ? gnx_fail(err, -GNX_E_STATE, "its domain has gone meanwhile")
			    : adopt_alone(r, g, err);
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
		*r->step == STEP_alone
			? "xl's process for it has not ended within %lld seconds: the guest "
			  "is gridnix's as soon as it has"
			: "it has not done so within %lld seconds; 'gridnix "
			  "destroy' takes it away at once",
		(long long)(patience_ms(r) / 1000));
	run_fail(r, -ETIMEDOUT, words);
}

static void follow_definition(struct run *r)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct definition d;
	/* Of the definition of now: it may have been replaced meanwhile. */
	int code = r->domid < 0 ? define_with(r->m, r->op.uuid, r->op.verb, r->value, &d, &err)
				: define_running(r->m, r->op.uuid, r->op.verb, r->value, &d, &err);

	if (!code)
		code = redefine(r->m, &d, &err);
	if (code < 0)
		run_fail(r, code, err.msg);
	else
		finish(r);
}

/* It is ours when that is written down. If we are killed before, it is found that it is wanted. */
static void take_over(struct run *r)
{
	struct gnx_err err = GNX_ERR_INIT;
	int code = run_want(r, STATE_WANT_on, &err);

	if (code < 0) {
		run_fail(r, code, err.msg);
		return;
	}
	tell_own(r, EVENT_adopted);
	finish(r);
}

/* Takes the step that the run is at. May end the run. */
static void enter(struct run *r)
{
	struct gnx_err err = GNX_ERR_INIT;
	int code = 0;

	switch (*r->step) {
	case STEP_end:
		finish(r);
		return;
	case STEP_discard:
		discard(r);
		return;
	case STEP_define:
		follow_definition(r);
		return;
	case STEP_adopt:
		take_over(r);
		return;
	default:
		break;
	}
	if (waits(*r->step)) {
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
	if (may_work(r))
		code = begin_work(r, &err);
	if (code < 0)
		run_fail(r, code, err.msg);
}

bool run_go_on(struct run *r)
{
	struct gnx_err err = GNX_ERR_INIT;
	int code;

	if (!waits(*r->step) || !r->deadline_ms) {
		if (works(*r->step) && !may_work(r))
			return false;
		enter(r);
		return true;
	}
	code = waited(r, monitor_guest(r->m, r->op.uuid), &err);
	if (code == 1) {
		r->step++;
		enter(r);
	} else if (code < 0) {
		run_fail(r, code, err.msg);
	} else if (monitor_ms() >= r->deadline_ms) {
		too_late(r);
	} else {
		return false;
	}
	return true;
}

void run_plan(struct run *r, enum run_plan plan, const struct guest *g)
{
	r->step = plans[plan];
	r->deadline_ms = 0;
	r->domid = g ? g->domid : -1;
	r->incarnation = g ? g->incarnation : 0;
}

bool run_planned(enum run_plan plan)
{
	return plans[plan][0] != STEP_end;
}
