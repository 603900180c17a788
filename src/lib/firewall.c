/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls that guests' interfaces can have: see gridnix.h. */
#include "base/clean.h"
#include "lib/conn.h"
#include "lib/named.h"

#include <errno.h>

#define FIREWALLS "/v1/firewalls"

struct gnx_firewall_rule {
	const char *direction, *action, *protocol, *ports, *source_ports, *from, *to, *state;
	json_int_t number;
};

struct gnx_firewall {
	const char *name, *in, *out, *include, *users; /* the json's */
	json_int_t rule_count, guests;
	int replies;
	struct gnx_firewall_rule *rules;
	size_t rules_len;
};

struct gnx_firewalls {
	json_t *json;
	char *text;
	size_t len;
	struct gnx_firewall items[];
};

static bool parse_rule(json_t *json, struct gnx_firewall_rule *r)
{
	*r = (struct gnx_firewall_rule){
		.ports = "", .source_ports = "", .from = "", .to = "", .state = ""};
	return json_unpack(json, "{s:I, s:s, s:s, s:s, s?s, s?s, s?s, s?s, s?s}", "number",
		       &r->number, "direction", &r->direction, "action", &r->action, "protocol",
		       &r->protocol, "ports", &r->ports, "source_ports", &r->source_ports, "from",
		       &r->from, "to", &r->to, "state", &r->state) == 0 &&
		r->number > 0 && r->number <= UINT16_MAX;
}

static bool parse_firewall(json_t *json, struct gnx_firewall *f)
{
	json_t *rules = NULL;

	f->include = f->users = "";
	if (json_unpack(json, "{s:s, s:s, s:s, s:b, s?s, s:I, s?I, s?s, s?o}", "name", &f->name,
		    "in", &f->in, "out", &f->out, "replies", &f->replies, "include", &f->include,
		    "rule_count", &f->rule_count, "guests", &f->guests, "users", &f->users, "rules",
		    &rules) < 0 ||
		f->rule_count < 0 || f->rule_count > UINT16_MAX || f->guests < 0 ||
		f->guests > UINT32_MAX)
		return false;
	f->rules = calloc(json_array_size(rules) + 1, sizeof(*f->rules));
	for (; f->rules && f->rules_len < json_array_size(rules); f->rules_len++)
		if (!parse_rule(json_array_get(rules, f->rules_len), &f->rules[f->rules_len]))
			return false;
	return f->rules;
}

/* The firewalls of an answer: a list of them, or one and those whose rules count for it. */
static json_t *item(json_t *json, size_t i)
{
	json_t *list = json_object_get(json, "firewalls");

	if (list)
		return json_array_get(list, i);
	return i ? json_array_get(json_object_get(json, "included"), i - 1) : json;
}

static size_t count(const json_t *json)
{
	const json_t *list = json_object_get(json, "firewalls");

	return list ? json_array_size(list)
		    : 1 + json_array_size(json_object_get(json, "included"));
}

static void list_done(struct gnx_firewalls **list)
{
	gnx_firewalls_free(*list);
}

static int ask(struct gnx_conn *conn, const struct demand *d, struct gnx_firewalls **list_out)
{
	GNX_CLEAN(conn_json_done)
	json_t *json = NULL;
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	GNX_CLEAN(list_done)
	struct gnx_firewalls *list = NULL;
	int r = conn_ask_json(conn, d, &json, &text);

	if (r < 0)
		return r;
	list = calloc(1, sizeof(*list) + count(json) * sizeof(list->items[0]));
	if (!list)
		return conn_fail(conn, -ENOMEM, "out of memory");
	list->len = count(json);
	for (size_t i = 0; i < list->len; i++)
		if (!parse_firewall(item(json, i), &list->items[i]))
			return conn_fail(conn, -GNX_ERR_PROTOCOL, "%s: the answer is no firewall",
				conn->path);
	list->json = STEAL(json);
	list->text = STEAL(text);
	if (list_out)
		*list_out = STEAL(list);
	return 0;
}

int gnx_firewall_list(struct gnx_conn *conn, struct gnx_firewalls **list_out)
{
	const struct demand d = {.method = "GET", .target = FIREWALLS};

	return conn && list_out ? ask(conn, &d, list_out) : -EINVAL;
}

int gnx_firewall_get(struct gnx_conn *conn, const char *firewall, struct gnx_firewalls **list_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	int r;

	if (!conn || !firewall || !*firewall || !list_out)
		return -EINVAL;
	r = target_named(conn, &t, FIREWALLS "/", firewall, "");
	return r ? r : ask(conn, &d, list_out);
}

int gnx_firewall_definition(struct gnx_conn *conn, const char *firewall, char **text_out)
{
	return named_definition(conn, FIREWALLS "/", firewall, text_out);
}

static int define(struct gnx_conn *conn, enum gnx_form form, const char *text, const char *target,
	struct gnx_firewalls **list_out)
{
	struct demand d;

	return conn && named_demand(&d, form, text, target) ? ask(conn, &d, list_out) : -EINVAL;
}

int gnx_firewall_create(struct gnx_conn *conn, enum gnx_form form, const char *text,
	struct gnx_firewalls **list_out)
{
	return define(conn, form, text, FIREWALLS "?replace=no", list_out);
}

int gnx_firewall_define(struct gnx_conn *conn, enum gnx_form form, const char *text,
	struct gnx_firewalls **list_out)
{
	return define(conn, form, text, FIREWALLS, list_out);
}

int gnx_firewall_delete(struct gnx_conn *conn, const char *firewall)
{
	return named_delete(conn, FIREWALLS "/", firewall);
}

void gnx_firewalls_free(struct gnx_firewalls *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->len; i++)
		free(list->items[i].rules);
	json_decref(list->json);
	free(list->text);
	free(list);
}

size_t gnx_firewalls_count(const struct gnx_firewalls *list)
{
	return list ? list->len : 0;
}

const struct gnx_firewall *gnx_firewalls_at(const struct gnx_firewalls *list, size_t i)
{
	return list && i < list->len ? &list->items[i] : NULL;
}

const char *gnx_firewalls_json(const struct gnx_firewalls *list)
{
	return list ? list->text : "";
}

#define STRING(name)                                                                               \
	const char *gnx_firewall_##name(const struct gnx_firewall *firewall)                       \
	{                                                                                          \
		return firewall ? firewall->name : "";                                             \
	}
STRING(name)
STRING(in)
STRING(out)
STRING(include)
STRING(users)
#undef STRING

int gnx_firewall_replies(const struct gnx_firewall *firewall)
{
	return firewall ? firewall->replies : 0;
}

unsigned gnx_firewall_rule_count(const struct gnx_firewall *firewall)
{
	return firewall ? (unsigned)firewall->rule_count : 0;
}

unsigned gnx_firewall_guests(const struct gnx_firewall *firewall)
{
	return firewall ? (unsigned)firewall->guests : 0;
}

const struct gnx_firewall_rule *gnx_firewall_rule_at(const struct gnx_firewall *firewall, size_t i)
{
	return firewall && i < firewall->rules_len ? &firewall->rules[i] : NULL;
}

unsigned gnx_firewall_rule_number(const struct gnx_firewall_rule *rule)
{
	return rule ? (unsigned)rule->number : 0;
}

#define STRING(name)                                                                               \
	const char *gnx_firewall_rule_##name(const struct gnx_firewall_rule *rule)                 \
	{                                                                                          \
		return rule ? rule->name : "";                                                     \
	}
STRING(direction)
STRING(action)
STRING(protocol)
STRING(ports)
STRING(source_ports)
STRING(from)
STRING(to)
STRING(state)
