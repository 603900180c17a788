/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports of bridges, and guarded bridges: see gridnix.h. */
#include "base/clean.h"
#include "lib/conn.h"
#include "lib/target.h"

#include <errno.h>

#define GUARD "/v1/guard"

struct gnx_port {
	const char *bridge, *network, *name, *state, *guest, *may, *why; /* the json's */
	json_int_t vif, blocked;
	int guarded;
};

struct gnx_ports {
	json_t *json;
	char *text;
	size_t len;
	struct gnx_port items[];
};

static bool parse_port(json_t *json, struct gnx_port *p)
{
	p->network = p->name = p->state = p->guest = p->may = p->why = "";
	return json_unpack(json, "{s:s, s?s, s:b, s?s, s?s, s?s, s?I, s?s, s?s, s?I}", "bridge",
		       &p->bridge, "network", &p->network, "guarded", &p->guarded, "port", &p->name,
		       "state", &p->state, "guest", &p->guest, "vif", &p->vif, "may", &p->may,
		       "why", &p->why, "blocked", &p->blocked) == 0 &&
		p->vif >= 0 && p->vif <= UINT16_MAX && p->blocked >= 0;
}

static int target(
	struct gnx_conn *conn, struct target *t, const char *bridge, const char *uplinks, int force)
{
	target_put(t, bridge ? GUARD "/" : GUARD, bridge ? bridge : "");
	if (uplinks && *uplinks)
		target_put(t, "?uplinks=", uplinks);
	if (force)
		target_put(t, uplinks && *uplinks ? "&force=" : "?force=", "yes");
	return t->full ? conn_fail(conn, -EINVAL, "the names are too long") : 0;
}

int gnx_guard_list(
	struct gnx_conn *conn, const char *bridge, const char *uplinks, struct gnx_ports **list_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	GNX_CLEAN(conn_json_done)
	json_t *json = NULL;
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	GNX_CLEAN(gnx_free)
	struct gnx_ports *list = NULL;
	json_t *array;
	int r;

	if (!conn || (bridge && !*bridge) || !list_out)
		return -EINVAL;
	r = target(conn, &t, bridge, uplinks, 0);
	if (!r)
		r = conn_ask_json(conn, &d, &json, &text);
	if (r < 0)
		return r;
	array = json_object_get(json, "ports");
	list = calloc(1, sizeof(*list) + json_array_size(array) * sizeof(list->items[0]));
	if (!list)
		return conn_fail(conn, -ENOMEM, "out of memory");
	for (; list->len < json_array_size(array); list->len++)
		if (!parse_port(json_array_get(array, list->len), &list->items[list->len]))
			return conn_fail(conn, -GNX_ERR_PROTOCOL,
				"%s: the answer is no list of ports", conn->path);
	list->json = STEAL(json);
	list->text = STEAL(text);
	*list_out = STEAL(list);
	return 0;
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

void gnx_ports_free(struct gnx_ports *list)
{
	if (!list)
		return;
	json_decref(list->json);
	free(list->text);
	free(list);
}

size_t gnx_ports_count(const struct gnx_ports *list)
{
	return list ? list->len : 0;
}

const struct gnx_port *gnx_ports_at(const struct gnx_ports *list, size_t i)
{
	return list && i < list->len ? &list->items[i] : NULL;
}

const char *gnx_ports_json(const struct gnx_ports *list)
{
	return list ? list->text : "";
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
