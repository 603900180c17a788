/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' interfaces: see ports.h. xenstore is written by the program rearm alone. */
#include "gridnixd/monitor/ports.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/rules.h"

#include <stdio.h>
#include <string.h>

#define WHAT "the guard's ports"

/* Armed ports that are gone are forgotten by it: whose they were is read before. That there are no
 * rules is said of the guard. */
static void read_owners(struct monitor *m)
{
	traffic_read(m, NULL);
}

/* Whether it has a domain by its definition. */
static const struct guest *domain_of(const struct monitor *m, const struct defined *g)
{
	const struct guest *there = monitor_guest(m, g->uuid);

	return g->want == STATE_WANT_off || g->want == STATE_WANT_adopt || !there ||
			there->domid < 0
		? NULL
		: there;
}

/* Adds a line for each interface of a guest of ours that runs. */
static int add_lines(
	const struct monitor *m, const struct defined *g, struct gnx_buf *out, struct gnx_err *err)
{
	const struct guest *there = domain_of(m, g);
	struct definition d;
	int r;

	if (!there)
		return 0;
	r = state_definition(m->state, g->uuid, &d, err);
	if (!r)
		r = networks_resolve(m, &d, err);
	for (size_t i = 0; !r && i < d.vifs_len; i++) {
		const struct definition_vif *vif = &d.vifs[i];
		const uint8_t *a = vif->mac;

		gnx_buf_fmt(out, "%d %zu %02x:%02x:%02x:%02x:%02x:%02x %s ", there->domid, i, a[0],
			a[1], a[2], a[3], a[4], a[5], vif->bridge);
		definition_port(vif, out);
		gnx_buf_str(out, "\n");
	}
	return r;
}

/* Whether it is to be told of the guest's definition now. What is being made was told of it before.
 */
static bool is_due(const struct monitor *m, const struct defined *g)
{
	return g->changed && !operate_busy(m, g->uuid);
}

static bool any_due(const struct monitor *m)
{
	for (size_t i = 0; i < m->defined.len; i++)
		if (is_due(m, &m->defined.items[i]))
			return true;
	return false;
}

/* Whether guests may not do yet what their definitions say, or a bridge is not watched yet. */
static bool is_late(const struct monitor *m)
{
	const struct guarding *g = &m->guarding;

	return g->loading || (g->program && g->job == PORTS_only) || any_due(m);
}

/* --- Beside the loop */

static void next(struct monitor *m);

/* The front may have gone while what it asked was begun. */
static void wait_for(struct monitor *m, enum ports_waiter what, uint32_t question)
{
	m->guarding.waiter = m->front.fd < 0 ? PORTS_WAITER_none : what;
	m->guarding.question = question;
}

/* What was asked can be done, with what rearm has told. */
static void answer(struct monitor *m, int code, const char *words, const char *said)
{
	struct guarding *g = &m->guarding;

	g->waiter = PORTS_WAITER_none;
	if (serve_ports(m, g->question, &g->asked, code, words, said))
		wait_for(m, PORTS_WAITER_loaded, g->question);
}

static void loaded(struct monitor *m, int code, const char *words)
{
	struct guarding *g = &m->guarding;
	struct gnx_err err = GNX_ERR_INIT;

	code = guarding_armed(m, code, words, &err);
	if (g->waiter != PORTS_WAITER_loaded)
		return;
	g->waiter = PORTS_WAITER_none;
	serve_later(m, g->question, code, err.msg);
}

/* What lasts is said once. */
static void tell(const struct gnx_buf *said)
{
	static bool told;

	if (said->len && !told)
		fprintf(stderr, "gridnixd: " WHAT ": %s", said->data);
	told |= said->len > 0;
}

static void ended(void *arg, int code, const char *words, const struct gnx_buf *said)
{
	struct monitor *m = arg;
	struct guarding *g = &m->guarding;

	g->program = NULL;
	if (g->job != PORTS_tell)
		tell(said);
	for (size_t i = 0; g->job == PORTS_only && i < m->defined.len; i++)
		m->defined.items[i].changing = false;
	if (g->job == PORTS_tell && g->waiter == PORTS_WAITER_told) {
		answer(m, code, words, said->len ? said->data : "");
	} else if (g->job == PORTS_load) {
		loaded(m, code, words);
	} else if (g->job != PORTS_tell && code < 0) {
		g->left |= g->job == PORTS_all;
		guarding_failed(m, words);
	}
	if (g->waiter == PORTS_WAITER_armed && !is_late(m)) {
		g->waiter = PORTS_WAITER_none;
		serve_later(m, g->question, 0, "");
	}
	next(m);
}

/* Takes all that have changed. */
static int take_changed(struct monitor *m, struct gnx_buf *lines, struct gnx_err *err)
{
	int r = 0;

	for (size_t i = 0; i < m->defined.len; i++) {
		struct defined *g = &m->defined.items[i];

		if (!is_due(m, g))
			continue;
		g->changed = false;
		g->changing = true;
		r = r ? r : add_lines(m, g, lines, err);
	}
	return r;
}

static int add_all(struct monitor *m, struct gnx_buf *lines, struct gnx_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < m->defined.len; i++)
		r = add_lines(m, &m->defined.items[i], lines, err);
	return r;
}

static void start(struct monitor *m, enum ports_job job)
{
	static const char *const hows[] = {[PORTS_tell] = "--tell",
		[PORTS_only] = "--only",
		[PORTS_all] = NULL,
		[PORTS_load] = NULL};
	struct guarding *g = &m->guarding;
	char *argv[] = {(char *)g->rearm, (char *)hows[job], NULL};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf lines = {0};
	struct gnx_err err = GNX_ERR_INIT;
	int r = job == PORTS_only   ? take_changed(m, &lines, &err)
		: job == PORTS_load ? add_all(m, &lines, &err)
				    : 0;

	g->job = job;
	if (job == PORTS_all || job == PORTS_load)
		read_owners(m);
	if (!r && (job != PORTS_only || lines.len))
		r = rules_start(m->base, WHAT, argv, &lines, &(struct program_end){ended, m},
			&g->program, &err);
	if (!g->program)
		ended(m, r, err.msg, &(struct gnx_buf){0});
}

/* To open a bridge nothing needs to be known of its ports. */
static void take_turn(struct monitor *m)
{
	struct guarding *g = &m->guarding;

	g->waiter = PORTS_WAITER_told;
	if (g->asked.act != MSG_GUARD_disable) {
		start(m, PORTS_tell);
		return;
	}
	answer(m, 0, "", "");
	next(m);
}

/* Bridges come first that are open until then, and then whoever waits. */
static void next(struct monitor *m)
{
	struct guarding *g = &m->guarding;

	if (g->program)
		return;
	if (g->loading) {
		start(m, PORTS_load);
	} else if (g->waiter == PORTS_WAITER_turn) {
		take_turn(m);
	} else if (any_due(m)) {
		start(m, PORTS_only);
	} else if (g->due) {
		g->due = false;
		start(m, PORTS_all);
	}
}

/* What it was about is done again, but for what a load does, too. */
static void interrupt(struct monitor *m)
{
	struct guarding *g = &m->guarding;

	if (!g->program)
		return;
	rules_stop(&g->program);
	if (g->waiter == PORTS_WAITER_told)
		g->waiter = PORTS_WAITER_turn;
	for (size_t i = 0; i < m->defined.len; i++) {
		struct defined *d = &m->defined.items[i];

		d->changed |= d->changing;
		d->changing = false;
	}
}

/* --- What is wanted of it */

void ports_load(struct monitor *m)
{
	interrupt(m);
	m->guarding.left = m->guarding.due = false;
	next(m);
}

void ports_look(struct monitor *m)
{
	m->guarding.left = false;
	m->guarding.due = true;
	next(m);
}

void ports_changed(struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	struct defined *g = defined_by_uuid(&m->defined, uuid);

	if (!m->guarding.guard || !g || !(domain_of(m, g) || operate_busy(m, uuid)))
		return;
	g->changed = true;
	next(m);
}

void ports_settle(struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	const struct defined *g = defined_by_uuid(&m->defined, uuid);

	if (g && g->changed)
		next(m);
}

void ports_ask(struct monitor *m, uint32_t question, const struct msg_guard *asked)
{
	wait_for(m, PORTS_WAITER_turn, question);
	m->guarding.asked = *asked;
	next(m);
}

bool ports_await(struct monitor *m, uint32_t question)
{
	if (!is_late(m))
		return false;
	wait_for(m, PORTS_WAITER_armed, question);
	return true;
}

void ports_lost(struct monitor *m)
{
	m->guarding.waiter = PORTS_WAITER_none;
}

void ports_done(struct monitor *m)
{
	rules_stop(&m->guarding.program);
}
