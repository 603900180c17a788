/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' interfaces: see ports.h. xenstore is written by the program rearm alone. */
#include "gridnixd/monitor/ports.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/rules.h"

#include <stdio.h>
#include <string.h>

/* Adds a line for each interface of a guest of ours that runs. */
static int add_lines(
	const struct monitor *m, const struct defined *g, struct gnx_buf *out, struct gnx_err *err)
{
	const struct guest *there = monitor_guest(m, g->uuid);
	struct definition d;
	int r;

	if (g->want == STATE_WANT_off || g->want == STATE_WANT_adopt || !there || there->domid < 0)
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

/* lines: for it. said: what it prints, NULL: nothing. */
static int run(struct monitor *m, const char *how, const struct gnx_buf *lines,
	struct gnx_buf *said, struct gnx_err *err)
{
	char *argv[] = {(char *)m->guarding.rearm, (char *)how, NULL};

	return rules_run("the guard's ports", argv, lines, said, err);
}

int ports_rearm(struct monitor *m, bool all, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf lines = {0};
	int r = 0;

	/* Armed ports that are gone are forgotten by it: whose they were is read before. That
	 * there are no rules is said of the guard. */
	traffic_read(m, NULL);
	for (size_t i = 0; !r && all && i < m->defined.len; i++)
		r = add_lines(m, &m->defined.items[i], &lines, err);
	if (!r)
		r = run(m, NULL, &lines, NULL, err);
	m->guarding.left = m->guarding.left && r < 0;
	return r;
}

void ports_changed(struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	struct defined *g = defined_by_uuid(&m->defined, uuid);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf lines = {0};
	struct gnx_err err = GNX_ERR_INIT;
	int r;

	if (!m->guarding.guard || !g)
		return;
	/* What is being made was told of the definition before. */
	g->changed = operate_busy(m, uuid);
	if (g->changed)
		return;
	r = add_lines(m, g, &lines, &err);
	if (!r && lines.len)
		r = run(m, "--only", &lines, NULL, &err);
	if (r < 0)
		guarding_failed(m, err.msg);
}

void ports_settle(struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	const struct defined *g = defined_by_uuid(&m->defined, uuid);

	if (g && g->changed)
		ports_changed(m, uuid);
}

int ports_tell(struct monitor *m, struct gnx_strv *lines, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf said = {0};
	int r = run(m, "--tell", &(struct gnx_buf){0}, &said, err);

	if (!r && said.len)
		gnx_strv_split(lines, said.data, "\n");
	return r;
}
