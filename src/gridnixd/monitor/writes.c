/* SPDX-License-Identifier: BSD-3-Clause */
/* Samples of what is written to xenstore: see writes.h. */
#include "gridnixd/monitor/writes.h"

#include "gridnixd/monitor/monitor.h"

#include <stdio.h>

#define WINDOW_MS 10000 /* from one look at the store's processor time to the next */
#define SAMPLE_MS 200

/* What a guest has written in each of two samples at least: one that is being made, or boots, or
 * does something once, does not go on for so long. */
static uint64_t rate_of(const struct sampling *s, int domid)
{
	uint64_t now = writes_rate(&s->now, domid), last = writes_rate(&s->last, domid);

	return now < last ? now : last;
}

/* Tells how much each guest writes, if that may matter. */
static void judge_all(struct monitor *m)
{
	const struct sampling *s = &m->sampling;
	const struct guest *guests;
	size_t n = guests_list(m->guests, &guests);
	struct quota q;

	quota_init(&q);
	q.max[QUOTA_writes] = m->settings.xenstore_writes;
	for (size_t i = 0; i < n; i++) {
		const struct writes_guest *w =
			guests[i].domid > 0 ? writes_of(&s->now, guests[i].domid) : NULL;

		q.used[QUOTA_writes] = w ? rate_of(s, w->domid) : 0;
		if (guests[i].domid > 0 && (w || m->floods.len))
			flood_judge(m, &guests[i], &q, w ? w->path : NULL);
	}
}

void writes_end(struct monitor *m)
{
	struct sampling *s = &m->sampling;

	if (s->event) {
		event_free(s->event);
		m->host.ops->sample_end(m->host.self);
	}
	s->event = NULL;
	writes_done(&s->now);
	writes_done(&s->last);
}

/* Another window begins, in which the next sample may be taken. */
static void finish(struct monitor *m)
{
	struct sampling *s = &m->sampling;
	struct writes now;

	judge_all(m);
	now = s->now;
	s->now = (struct writes){0};
	writes_end(m);
	s->last = now;
}

static void take(void *arg, const char *path)
{
	writes_take(arg, path);
}

/* Something was written, or nothing for long enough. */
static void on_sample(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	struct sampling *s = &m->sampling;
	struct gnx_err err = GNX_ERR_INIT;
	int r = m->host.ops->sample(m->host.self, take, &s->now, &err);

	(void)fd, (void)what;
	/* Since before the store was asked: rather too little is found than too much. */
	s->now.took_ms = monitor_ms() - s->began_ms;
	if (r < 0) {
		fprintf(stderr, "gridnixd: %s\n", err.msg);
		writes_end(m);
	} else if (s->now.took_ms >= SAMPLE_MS || s->now.total >= WRITES_MAX) {
		finish(m);
	}
}

static void begin(struct monitor *m)
{
	static const struct timeval quiet = {0, SAMPLE_MS * 1000};
	struct sampling *s = &m->sampling;
	struct gnx_err err = GNX_ERR_INIT;
	int fd;

	s->began_ms = monitor_ms();
	fd = m->host.ops->sample_begin(m->host.self, &err);
	if (fd < 0) {
		fprintf(stderr, "gridnixd: %s\n", err.msg);
		m->host.ops->sample_end(m->host.self);
		writes_end(m);
		return;
	}
	s->event = event_new(m->base, fd, EV_READ | EV_PERSIST, on_sample, m);
	event_add(s->event, &quiet);
}

/* Whether it has used that much of a processor; -errno: that is not known. */
static int is_busy(struct monitor *m, int64_t now_ms)
{
	struct sampling *s = &m->sampling;
	int64_t was = s->cpu_ms, took = now_ms - s->cpu_at_ms;
	bool known = s->cpu_at_ms && was >= 0;

	s->cpu_at_ms = now_ms;
	s->cpu_ms = m->host.ops->store_cpu(m->host.self);
	if (s->cpu_ms < 0)
		return (int)s->cpu_ms;
	return known ? (s->cpu_ms - was) * 100 >= took * m->settings.xenstore_busy : -EAGAIN;
}

void writes_look(struct monitor *m)
{
	const struct settings *set = &m->settings;
	int64_t now = monitor_ms(), window = set->xenstore_patience * INT64_C(1000);
	int busy;

	if (window > WINDOW_MS)
		window = WINDOW_MS;
	if (!set->xenstore_writes || (!set->xenstore_soft && !set->xenstore_hard) ||
		m->sampling.event || now - m->sampling.cpu_at_ms < window)
		return;
	busy = is_busy(m, now);
	if (busy == 1) {
		begin(m);
		return;
	}
	/* Nobody writes much to a store that does little. */
	if (busy == 0)
		judge_all(m);
	writes_end(m);
}
