/* SPDX-License-Identifier: BSD-3-Clause */
/* What is begun, and whether it may: see operate.h. The steps are in run.c. */
#include "gridnixd/monitor/operate.h"

#include "base/clean.h"
#include "base/str.h"
#include "gridnixd/monitor/define.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/run.h"

#include <stdio.h>
#include <string.h>

bool operate_busy(const struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	return run_of(m, uuid) != NULL;
}

uint64_t operate_origin(const struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	const struct run *r = run_of(m, uuid);

	return r ? r->op.id : 0;
}

static struct run *add_run(struct monitor *m, const struct operation *op, const char *name,
	const struct guest *g, enum run_plan plan)
{
	struct run *r = gnx_alloc(sizeof(*r)), **at = &m->runs;

	*r = (struct run){.m = m, .op = *op, .keeper = -1};
	run_plan(r, plan, g);
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
	if (((verb_key(verb) && verb != VERB_rename) || verb == VERB_adopt) &&
		state != GUEST_running && state != GUEST_paused)
		return gnx_fail(err, -GNX_E_STATE, "%s: is %s", name, guest_state_name(state));
	if (verb == VERB_save && state != GUEST_running)
		return gnx_fail(err, -GNX_E_STATE, "%s: is %s, and only what runs can be saved",
			name, guest_state_name(state));
	return 0;
}

/* Whether nobody else acts when a guest's domain ends. */
static bool is_ours(const struct subject *s)
{
	return s->defined && s->defined->want != STATE_WANT_off &&
		s->defined->want != STATE_WANT_adopt;
}

/* What is in the way of taking over a guest that runs. */
static int check_adopt(const struct subject *s, struct gnx_err *err)
{
	if (is_ours(s))
		return gnx_fail(err, -EEXIST, "%s: is gridnix's already", s->name);
	if (!s->defined)
		return gnx_fail(err, -ENOENT,
			"%s: has no definition: gridnix import makes one of the file that xl has "
			"made it of",
			s->name);
	return 0;
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
	if (verb == VERB_adopt && (r = check_adopt(s, err)) < 0)
		return r;
	if (is_ours(s))
		return (int)verb;
	if (!run_planned((enum run_plan)(PLAN_foreign + (int)verb)))
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
	r->deadline_ms = r->asking ? monitor_ms() + patience : 0;
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
		run_fail(r, code, words);
		return;
	}
	run_plan(r, (enum run_plan)code, s.guest);
	monitor_soon(r->m);
}

/* One thing that the look allows; whether there was one. */
static bool take_one(struct monitor *m)
{
	for (struct run *r = m->runs; r; r = r->next) {
		if (r->worker)
			continue;
		if (!r->asking) {
			if (run_go_on(r))
				return true;
		} else if (monitor_ms() >= r->deadline_ms) {
			answered(r, r->must_ask ? -ETIMEDOUT : 0,
				"the hooks that must be asked first do not answer: see "
				"gridnix-hooks(7)");
			return true;
		}
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

/* Whether a verb's value fits the guest. */
static int check_value(struct monitor *m, enum verb verb, const struct subject *s,
	const char *value, struct gnx_err *err)
{
	struct definition next;
	int domid = s->guest ? s->guest->domid : -1;

	/* It may be the domain's alone. */
	if (domid >= 0 && devices_has(m, domid, verb, value))
		return define_running(m, s->uuid, verb, value, &next, err);
	return define_with(m, s->uuid, verb, value, &next, err);
}

int operate(struct monitor *m, enum verb verb, const char *guest, const char *value,
	struct operation *out, struct gnx_err *err)
{
	const char *key = verb_key(verb);
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
	r = key ? check_value(m, verb, &s, value, err) : 0;
	if (r >= 0)
		r = state_operation_put(m->state, &op, err);
	if (r < 0)
		return r;
	*out = op;
	run = add_run(m, &op, s.name, s.guest, (enum run_plan)plan);
	snprintf(run->value, sizeof(run->value), "%s", key ? value : "");
	ask(run, true);
	monitor_soon(m);
	return 0;
}

static void begin_own(struct monitor *m, const uint8_t uuid[GUEST_UUID], const char *name,
	enum verb verb, enum run_plan plan)
{
	struct operation op = {.verb = verb, .began_ms = monitor_wall_ms()};

	memcpy(op.uuid, uuid, GUEST_UUID);
	add_run(m, &op, name, monitor_guest(m, uuid), plan);
	monitor_soon(m);
}

static void own(struct monitor *m, struct defined *g, enum verb verb, enum run_plan plan)
{
	begin_own(m, g->uuid, g->name, verb, plan);
}

void operate_destroy(struct monitor *m, struct defined *g)
{
	own(m, g, VERB_destroy, (enum run_plan)VERB_destroy);
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

	own(m, g, verb, (enum run_plan)verb);
}

void operate_ask_again(struct monitor *m, struct defined *g, enum verb verb)
{
	own(m, g, verb, (enum run_plan)verb);
}

void operate_unpause(struct monitor *m, struct defined *g)
{
	own(m, g, VERB_unpause, (enum run_plan)VERB_unpause);
}

void operate_adopt(struct monitor *m, struct defined *g)
{
	own(m, g, VERB_adopt, (enum run_plan)(PLAN_foreign + VERB_adopt));
}

/* The steps are the same, whoever made the domain. */
void operate_answer(struct monitor *m, const struct guest *g, enum verb verb)
{
	begin_own(m, g->uuid, g->name, verb, (enum run_plan)verb);
}

void operate_done(struct monitor *m)
{
	while (m->runs) {
		struct run *r = m->runs;

		m->runs = r->next;
		worker_forget(&r->worker);
		run_free(r);
	}
}
