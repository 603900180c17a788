/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls that guests' interfaces can have: see gridnix.h. */
#include "lib/list.h"
#include "lib/named.h"

#include <errno.h>

#define FIREWALLS "/v1/firewalls"

struct gnx_firewall {
	const char *name, *in, *out, *include, *users; /* the json's */
	json_int_t rule_count, guests;
	int replies;
	json_t *rules; /* NULL: they were not told */
};

/* A rule is its JSON object, as figures are. */
static bool is_rule(json_t *json)
{
	json_int_t number;
	const char *text;

	return json_unpack(json, "{s:I, s:s, s:s, s:s, s?s, s?s, s?s, s?s, s?s}", "number", &number,
		       "direction", &text, "action", &text, "protocol", &text, "ports", &text,
		       "source_ports", &text, "from", &text, "to", &text, "state", &text) == 0 &&
		number > 0 && number <= UINT16_MAX;
}

static bool parse_firewall(json_t *json, void *item)
{
	struct gnx_firewall *f = item;

	f->include = f->users = "";
	if (json_unpack(json, "{s:s, s:s, s:s, s:b, s?s, s:I, s?I, s?s, s?o}", "name", &f->name,
		    "in", &f->in, "out", &f->out, "replies", &f->replies, "include", &f->include,
		    "rule_count", &f->rule_count, "guests", &f->guests, "users", &f->users, "rules",
		    &f->rules) < 0)
		return false;
	for (size_t i = 0; i < json_array_size(f->rules); i++)
		if (!is_rule(json_array_get(f->rules, i)))
			return false;
	return f->rule_count >= 0 && f->rule_count <= UINT16_MAX && f->guests >= 0 &&
		f->guests <= UINT32_MAX;
}

static const struct list_kind firewalls = {
	"firewalls", sizeof(struct gnx_firewall), parse_firewall};
LIST(gnx_firewalls, gnx_firewall)

int gnx_firewall_list(struct gnx_conn *conn, struct gnx_firewalls **list_out)
{
	const struct demand d = {.method = "GET", .target = FIREWALLS};

	return conn && list_out ? ask_gnx_firewalls(conn, &d, &firewalls, list_out) : -EINVAL;
}

int gnx_firewall_get(struct gnx_conn *conn, const char *firewall, struct gnx_firewalls **list_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	int r;

	if (!conn || !firewall || !*firewall || !list_out)
		return -EINVAL;
	r = target_named(conn, &t, FIREWALLS "/", firewall, "");
	return r ? r : ask_gnx_firewalls(conn, &d, &firewalls, list_out);
}

int gnx_firewall_definition(struct gnx_conn *conn, const char *firewall, char **text_out)
{
	return named_definition(conn, FIREWALLS "/", firewall, text_out);
}

static int define(struct gnx_conn *conn, enum gnx_form form, const char *text, const char *target,
	struct gnx_firewalls **list_out)
{
	struct demand d;

	return conn && named_demand(&d, form, text, target)
		? ask_gnx_firewalls(conn, &d, &firewalls, list_out)
		: -EINVAL;
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
	return firewall ? (const struct gnx_firewall_rule *)json_array_get(firewall->rules, i)
			: NULL;
}

static json_t *member(const struct gnx_firewall_rule *rule, const char *key)
{
	return json_object_get((const json_t *)rule, key);
}

unsigned gnx_firewall_rule_number(const struct gnx_firewall_rule *rule)
{
	return (unsigned)json_integer_value(member(rule, "number"));
}

#define STRING(name)                                                                               \
	const char *gnx_firewall_rule_##name(const struct gnx_firewall_rule *rule)                 \
	{                                                                                          \
		const char *text = json_string_value(member(rule, #name));                         \
                                                                                                   \
		return text ? text : "";                                                           \
	}
STRING(direction)
STRING(action)
STRING(protocol)
STRING(ports)
STRING(source_ports)
STRING(from)
STRING(to)
STRING(state)
