/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports of bridges, and guarded bridges: see gridnix.h. */
#include "base/clean.h"
#include "lib/list.h"
#include "lib/target.h"

#include <errno.h>

#define GUARD "/v1/guard"

struct gnx_port {
	const char *bridge, *network, *name, *state, *guest, *may, *why; /* the json's */
	json_int_t vif, blocked;
	int guarded;
};

static bool parse_port(json_t *json, void *item)
{
	struct gnx_port *p = item;

	p->network = p->name = p->state = p->guest = p->may = p->why = "";
	return json_unpack(json, "{s:s, s?s, s:b, s?s, s?s, s?s, s?I, s?s, s?s, s?I}", "bridge",
		       &p->bridge, "network", &p->network, "guarded", &p->guarded, "port", &p->name,
		       "state", &p->state, "guest", &p->guest, "vif", &p->vif, "may", &p->may,
		       "why", &p->why, "blocked", &p->blocked) == 0 &&
		p->vif >= 0 && p->vif <= UINT16_MAX && p->blocked >= 0;
}

static const struct list_kind ports = {"ports", sizeof(struct gnx_port), parse_port};
LIST(gnx_ports, gnx_port)

static int target(
	struct gnx_conn *conn, struct target *t, const char *bridge, const char *uplinks, int force)
{
	target_put(t, bridge ? GUARD "/" : GUARD, bridge ? bridge : "");
	if (uplinks && *uplinks)
		target_put(t, "?uplinks=", uplinks);
	if (force)
		target_put(t, uplinks && *uplinks ? "&force=" : "?force=", "yes");
	return target_end(conn, t);
}

int gnx_guard_list(
	struct gnx_conn *conn, const char *bridge, const char *uplinks, struct gnx_ports **list_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	int r;

	if (!conn || (bridge && !*bridge) || !list_out)
		return -EINVAL;
	r = target(conn, &t, bridge, uplinks, 0);
	return r ? r : ask_gnx_ports(conn, &d, &ports, list_out);
}

static int change(struct gnx_conn *conn, const char *method, const char *bridge,
	const char *uplinks, int force)
{
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	struct target t = {0};
	const struct demand d = {.method = method, .target = t.text};
	int r;

	if (!conn || !bridge || !*bridge)
		return -EINVAL;
	r = target(conn, &t, bridge, uplinks, force);
	return r ? r : conn_ask(conn, &d, &text);
}

int gnx_guard_enable(struct gnx_conn *conn, const char *bridge, const char *uplinks, int force)
{
	return change(conn, "POST", bridge, uplinks, force);
}

int gnx_guard_disable(struct gnx_conn *conn, const char *bridge)
{
	return change(conn, "DELETE", bridge, NULL, 0);
}

#define STRING(name)                                                                               \
	const char *gnx_port_##name(const struct gnx_port *port)                                   \
	{                                                                                          \
		return port ? port->name : "";                                                     \
	}
STRING(bridge)
STRING(network)
STRING(name)
STRING(state)
STRING(guest)
STRING(may)
STRING(why)

int gnx_port_guarded(const struct gnx_port *port)
{
	return port ? port->guarded : 0;
}

unsigned gnx_port_vif(const struct gnx_port *port)
{
	return port ? (unsigned)port->vif : 0;
}

uint64_t gnx_port_blocked(const struct gnx_port *port)
{
	return port ? (uint64_t)port->blocked : 0;
}
