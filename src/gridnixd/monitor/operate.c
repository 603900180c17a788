/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations, step by step: see operate.h. */
#include "gridnixd/monitor/operate.h"

#include "base/clean.h"
#include "base/str.h"
#include "gridnixd/monitor/define.h"
#include "gridnixd/monitor/keep.h"
#include "gridnixd/monitor/monitor.h"

#include <stdio.h>
#include <string.h>

/* What a run does, one after the other. */
enum step {
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
	STEP_stopped,  /* waits until it has shut down */
	STEP_rebooted, /* waits until it has, for a new domain */
	STEP_gone,     /* waits until whoever made it has taken it away */
	STEP_again,    /* waits until whoever made it has made a new domain */
};

#define STEPS 5

/* Of verbs; of guests that are ours, and of others. The rest is our own doing. */
enum plan {
	PLAN_foreign = VERB_COUNT,
	PLAN_restart = 2 * VERB_COUNT,
	PLAN_discard,
	PLAN_define,
	PLAN_dump,
	PLAN_COUNT
};

static const enum step plans[PLAN_COUNT][STEPS] = {
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

/* An operation that is under way. */
struct run {
	struct run *next;
	struct monitor *m;
	struct operation op; /* id 0: our own doing */
	char name[GUEST_NAME_MAX + 1];
	char value[MSG_VALUE_MAX + 1]; /* of the verb's key */
	const enum step *step;
	int domid;	      /* that it is about; -1: none */
	uint64_t incarnation; /* of the domain that was there when it began */
	struct worker *worker;
	bool asking;	     /* hooks whether it may begin */
	bool must_ask;	     /* it fails when they do not answer */
	int64_t deadline_ms; /* of that, or of a step that waits */
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
	return s >= STEP_start && s <= STEP_detach_vif;
}

static bool waits(enum step s)
{
	return s >= STEP_stopped;
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
	const struct defined *g = defined_by_uuid(&r->m->defined, r->op.uuid);

	return g && (g->want == STATE_WANT_save || g->want == STATE_WANT_restore);
}

/* What follows from a step that went well. A file gets its name when all of the guest is in it, and
 * loses it when the guest is whole again and before it runs: there is always one of the two. */
static int stepped(struct run *r, struct gnx_err *err)
{
	int code = 0;

	switch (*r->step) {
	case STEP_save:
		code = saved_finish(r->m, r->op.uuid, SAVED_state, err);
		break;
	case STEP_restore:
		code = saved_drop(r->m, r->op.uuid, err);
		break;
	case STEP_dump:
		code = saved_finish(r->m, r->op.uuid, SAVED_core, err);
		break;
	case STEP_unpause:
		return between(r) ? want(r, STATE_WANT_on, err) : 0;
	case STEP_destroy:
		return between(r) ? want(r, STATE_WANT_off, err) : 0;
	default:
		return 0;
	}
	if (!code)
		tell_own(r,
			*r->step == STEP_save		   ? EVENT_saved
				: *r->step == STEP_restore ? EVENT_restored
							   : EVENT_dumped);
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

/* What is wanted while a step is taken, before it happens: whatever becomes of us, it is known
 * whose the domain is, and the file. */
static int want_for(struct run *r, struct gnx_err *err)
{
	switch (*r->step) {
	case STEP_start:
		return want(r, STATE_WANT_on, err);
	case STEP_save:
		return want(r, STATE_WANT_save, err);
	case STEP_restore:
		return want(r, STATE_WANT_restore, err);
	case STEP_destroy:
		if (between(r))
			return 0; /* until the domain has gone: it must never run again */
		return want(r, r->step[1] == STEP_start ? STATE_WANT_restart : STATE_WANT_off, err);
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

	if (*r->value)
		code = define_with(r->m, r->op.uuid, r->op.verb, r->value, &work.guest, err);
	else if (defined_by_uuid(&r->m->defined, r->op.uuid))
		code = state_definition(r->m->state, r->op.uuid, &work.guest, err);
	else
		describe(r, &work.guest);
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
		fail(r, code, err.msg);
		return;
	}
	e.guest.state = GUEST_off;
	monitor_tell(r->m, &e);
	finish(r);
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

static void follow_definition(struct run *r)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct definition d;
	/* Of the definition of now: it may have been replaced meanwhile. */
	int code = define_with(r->m, r->op.uuid, r->op.verb, r->value, &d, &err);

	if (!code)
		code = redefine(r->m, &d, &err);
	if (code < 0)
		fail(r, code, err.msg);
	else
		finish(r);
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
	if (*r->step == STEP_discard) {
		discard(r);
		return;
	}
	if (*r->step == STEP_define) {
		follow_definition(r);
		return;
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
	if (at_work(r->m) < r->m->settings.guests_workers)
		code = begin_work(r, &err);
	if (code < 0)
		fail(r, code, err.msg);
}

static void answered(struct run *r, int code, const char *words);

/* One thing that the look allows; whether there was one. */
static bool take_one(struct monitor *m)
{
	for (struct run *r = m->runs; r; r = r->next) {
		struct gnx_err err = GNX_ERR_INIT;
		int code;

		if (r->worker)
			continue;
		if (r->asking && monitor_ms() < r->deadline_ms)
			continue;
		if (r->asking) {
			answered(r, r->must_ask ? -ETIMEDOUT : 0,
				"the hooks that must be asked first do not answer: see "
				"gridnix-hooks(7)");
			return true;
		}
		if (!waits(*r->step)) {
			if (works(*r->step) && at_work(m) >= m->settings.guests_workers)
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

static struct run *add_run(struct monitor *m, const struct operation *op, const char *name,
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
	return r;
}

/* What is in the way of a verb, for a guest without a domain. */
static int check_gone(enum verb verb, const char *name, bool saved, struct gnx_err *err)
{
	if (verb == VERB_start && saved)
		return gnx_fail(err, -GNX_E_STATE,
			"%s: is saved: gridnix restore %s goes on with it, gridnix destroy %s "
			"throws it away",
			name, name, name);
	if (verb == VERB_restore && !saved)
		return gnx_fail(err, -GNX_E_STATE, "%s: nothing is saved of it", name);
	if (verb == VERB_start || verb == VERB_restore || (verb == VERB_destroy && saved) ||
		verb_key(verb))
		return 0;
	return gnx_fail(err, -GNX_E_STATE, "%s: does not run", name);
}

/* The same, for one that has one. */
static int check_state(
	enum verb verb, const char *name, enum guest_state state, struct gnx_err *err)
{
	if (verb == VERB_start || verb == VERB_restore)
		return gnx_fail(err, -EEXIST, "%s: has a domain already, which is %s", name,
			guest_state_name(state));
	if (verb == VERB_pause && state == GUEST_paused)
		return gnx_fail(err, -EEXIST, "%s: is paused already", name);
	if (verb == VERB_unpause && state != GUEST_paused && state != GUEST_starting)
		return gnx_fail(err, -GNX_E_STATE, "%s: is not paused", name);
	if ((verb == VERB_shutdown || verb == VERB_reboot) && state == GUEST_paused)
		return gnx_fail(err, -GNX_E_STATE,
			"%s: is paused and cannot hear it: gridnix unpause %s", name, name);
	if (verb_key(verb) && verb != VERB_rename && state != GUEST_running &&
		state != GUEST_paused)
		return gnx_fail(err, -GNX_E_STATE, "%s: is %s", name, guest_state_name(state));
	if (verb == VERB_save && state != GUEST_running)
		return gnx_fail(err, -GNX_E_STATE, "%s: is %s, and only what runs can be saved",
			name, guest_state_name(state));
	return 0;
}

/* Whether a guest's domain was made by us. */
static bool is_ours(const struct subject *s)
{
	return s->defined && s->defined->want != STATE_WANT_off;
}

/* The plan for a verb: its number, or why there is none. */
static int find_plan(
	const struct monitor *m, enum verb verb, const struct subject *s, struct gnx_err *err)
{
	bool there = s->guest && s->guest->domid >= 0, saved = saved_there(m, s->uuid);
	int r = there ? check_state(verb, s->name, s->guest->state, err)
		      : check_gone(verb, s->name, saved, err);

	if (r < 0)
		return r;
	if (!monitor_alone(m, s->uuid))
		return gnx_fail(err, -EBUSY, "%s: is being migrated", s->name);
	if (!there && !s->defined)
		return gnx_fail(err, -ENOENT, "%s: has no definition", s->name);
	if (!there && verb_key(verb))
		return PLAN_define;
	if (!there)
		return verb == VERB_destroy ? (int)PLAN_discard : (int)verb;
	if (is_ours(s))
		return (int)verb;
	if (plans[PLAN_foreign + verb][0] == STEP_end)
		return gnx_fail(err, -GNX_E_STATE, "%s: was not started by gridnix", s->name);
	return (int)PLAN_foreign + (int)verb;
}

/* Sees how long to wait for hooks, and asks them if need be. */
static void ask(struct run *r, bool again)
{
	const struct guest *there = monitor_guest(r->m, r->op.uuid);
	struct guest g = {.domid = -1, .state = GUEST_off};
	int64_t patience;

	if (there)
		g = *there;
	memcpy(g.uuid, r->op.uuid, GUEST_UUID);
	memcpy(g.name, r->name, sizeof(g.name));
	patience = hooks_patience(r->m, r->op.verb, &g, &r->must_ask);
	r->asking = patience > 0;
	r->deadline_ms = monitor_ms() + patience;
	if (r->asking && again)
		hooks_ask(r->m, &r->op, &g);
}

void operate_hooks_found(struct monitor *m, bool again)
{
	for (struct run *r = m->runs; r; r = r->next)
		if (r->asking)
			ask(r, again);
}

/* Hooks were asked, and meanwhile the guest may have changed. */
static void answered(struct run *r, int code, const char *words)
{
	char uuid[GUEST_UUID_TEXT];
	struct gnx_err err = GNX_ERR_INIT;
	struct subject s;

	r->asking = false;
	guest_uuid_text(r->op.uuid, uuid);
	if (code == 0) {
		code = monitor_subject(r->m, uuid, &s, &err);
		if (!code)
			code = find_plan(r->m, r->op.verb, &s, &err);
		words = err.msg;
	}
	if (code < 0) {
		fail(r, code, words);
		return;
	}
	r->step = plans[code];
	r->domid = s.guest ? s.guest->domid : -1;
	r->incarnation = s.guest ? s.guest->incarnation : 0;
	monitor_soon(r->m);
}

void operate_verdict(struct monitor *m, uint64_t id, const char *words)
{
	struct run *r = m->runs;

	while (r && !(r->asking && r->op.id == id))
		r = r->next;
	if (r)
		answered(r, *words ? -GNX_E_STATE : 0, words);
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

int operate(struct monitor *m, enum verb verb, const char *guest, const char *value,
	struct operation *out, struct gnx_err *err)
{
	const char *key = verb_key(verb);
	struct definition next;
	struct subject s;
	struct operation op = {.verb = verb, .began_ms = monitor_wall_ms()};
	struct run *run;
	int plan = 0, r = monitor_subject(m, guest, &s, err);

	if (!r)
		r = check_busy(m, s.uuid, s.name, err);
	if (!r)
		r = plan = find_plan(m, verb, &s, err);
	if (r < 0)
		return r;
	memcpy(op.uuid, s.uuid, GUEST_UUID);
	r = key ? define_with(m, s.uuid, verb, value, &next, err) : 0;
	if (!r)
		r = state_operation_put(m->state, &op, err);
	if (r < 0)
		return r;
	*out = op;
	run = add_run(m, &op, s.name, s.guest, (enum plan)plan);
	snprintf(run->value, sizeof(run->value), "%s", key ? value : "");
	ask(run, true);
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

void operate_dump(struct monitor *m, struct defined *g)
{
	own(m, g, VERB_start, PLAN_dump);
}

void operate_start(struct monitor *m, struct defined *g)
{
	enum verb verb = saved_there(m, g->uuid) ? VERB_restore : VERB_start;

	own(m, g, verb, (enum plan)verb);
}

void operate_unpause(struct monitor *m, struct defined *g)
{
	own(m, g, VERB_unpause, (enum plan)VERB_unpause);
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
