/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls for definitions, of guests, networks and firewalls: see definitions.h. */
#include "gridnixd/api/definitions.h"

#include "base/clean.h"
#include "gridnixd/api/definition_json.h"
#include "gridnixd/api/firewall_json.h"
#include "gridnixd/api/network_json.h"
#include "gridnixd/api/refuse.h"

#include <string.h>
#include <strings.h>

struct inquiry {
	struct client *client;
	struct link *link;
	struct ask ask;
	char name[GUEST_NAME_MAX + 1]; /* of the question; so below */
	struct definition definition;
	struct network network;
	struct firewall *firewall; /* NULL, but of _FIREWALL_DEFINE */
	bool ini;		   /* the answer is INI text */
	struct gnx_buf body;
};

static int network_item(void *arg, const void *item)
{
	const struct msg_network *n = item;
	struct inquiry *q = arg;

	if (q->body.len)
		return -GNX_E_SYNTAX;
	if (q->ini)
		network_write(&n->network, &q->body);
	else
		show_network(n, &q->body);
	return 0;
}

/* The first one is what was asked for; those behind it are the ones whose rules count for it. */
static int firewall_item(void *arg, const void *item)
{
	const struct msg_firewall *f = item;
	struct inquiry *q = arg;
	bool first = !q->body.len;

	if (q->ini && first)
		firewall_write(&f->firewall, &q->body);
	if (q->ini)
		return 0;
	if (!first && q->body.data[q->body.len - 1] != '[')
		gnx_buf_str(&q->body, ",");
	show_firewall(f, true, &q->body);
	if (first) {
		q->body.len--; /* the object goes on */
		gnx_buf_str(&q->body, ",\"included\":[");
	}
	return 0;
}

static int definition_item(void *arg, const void *definition)
{
	struct inquiry *q = arg;

	if (q->body.len)
		return -GNX_E_SYNTAX;
	if (q->ini)
		definition_write(definition, &q->body);
	else
		show_definition(definition, &q->body);
	return 0;
}

static void end(void *arg, int code, const char *words)
{
	struct inquiry *q = arg;
	enum msg type = q->ask.type;
	bool made = type == MSG_ASK_DEFINE || type == MSG_ASK_NETWORK_DEFINE ||
		type == MSG_ASK_FIREWALL_DEFINE;

	if (code == 0 &&
		(type == MSG_ASK_UNDEFINE || type == MSG_ASK_NETWORK_DELETE ||
			type == MSG_ASK_FIREWALL_DELETE))
		gnx_buf_str(&q->body, "{}");
	if (q->ask.item == firewall_item && q->body.len && !q->ini &&
		type != MSG_ASK_FIREWALL_DELETE)
		gnx_buf_str(&q->body, "]}");
	if (code == 0 && !q->body.len)
		code = -ENODATA;
	if (code < 0)
		refuse(q->client, code, words);
	else
		client_reply(q->client, made ? 201 : 200, q->ini ? HTTP_TEXT : HTTP_JSON, &q->body);
}

static void gone(void *arg)
{
	struct inquiry *q = arg;

	link_cancel(q->link, &q->ask);
	gnx_buf_done(&q->body);
	free(q->firewall);
	free(q);
}

static struct inquiry *begin(struct link *link, struct client *c, enum msg type, const char *name)
{
	struct inquiry *q = gnx_alloc(sizeof(*q));

	q->client = c;
	q->link = link;
	strcpy(q->name, name);
	q->ask = (struct ask){.type = type,
		.guest = q->name,
		.definition = &q->definition,
		.network = &q->network,
		.item = type >= MSG_ASK_FIREWALL_DEFINE	 ? firewall_item
			: type >= MSG_ASK_NETWORK_DEFINE ? network_item
							 : definition_item,
		.end = end,
		.arg = q};
	client_keep(c, q, gone, NULL);
	return q;
}

static bool is_json(const struct client *c)
{
	return !strcasecmp(client_request(c)->type, "application/json");
}

static void on_body(void *arg, struct client *c, const char *body, size_t len)
{
	struct inquiry *q = begin(arg, c, MSG_ASK_DEFINE, "");
	struct gnx_err err = GNX_ERR_INIT;
	int code = is_json(c) ? definition_from_json(&q->definition, body, len, &err)
			      : definition_parse(&q->definition, body, len, "definition", &err);

	if (code < 0)
		client_error(c, 400, "%s", err.msg);
	else
		link_ask(q->link, &q->ask);
}

/* Whether the body is in a form that is known; else the client is told so. */
static bool takes_body(struct client *c)
{
	if (is_json(c) || !strcasecmp(client_request(c)->type, "text/plain"))
		return true;
	client_error(
		c, 415, "Content-Type is neither text/plain, for INI text, nor application/json");
	return false;
}

void definitions_define(struct link *link, struct client *c)
{
	if (takes_body(c))
		client_body(c, on_body, link);
}

void definitions_undefine(struct link *link, struct client *c, const char *guest)
{
	struct inquiry *q = begin(link, c, MSG_ASK_UNDEFINE, guest);

	link_ask(link, &q->ask);
}

/* Asks, and tells in the form that the client wants. */
static void tell(struct link *link, struct client *c, enum msg type, const char *name)
{
	struct inquiry *q = begin(link, c, type, name);
	const char *form = request_param(client_request(c), "form");

	q->ini = form && !strcmp(form, "ini");
	if (form && !q->ini && strcmp(form, "json"))
		client_error(c, 400, "form: is neither ini nor json");
	else
		link_ask(link, &q->ask);
}

void definitions_tell(struct link *link, struct client *c, const char *guest)
{
	tell(link, c, MSG_ASK_DEFINITION, guest);
}

/* Has one defined that may replace another, unless code says that it was not read. */
static void ask_define(struct inquiry *q, int code, struct gnx_err *err)
{
	const char *replace = request_param(client_request(q->client), "replace");

	q->ask.replace = true;
	if (!code && replace && gnx_parse_bool(replace, &q->ask.replace) < 0)
		code = gnx_fail(err, -EINVAL, "replace: is neither yes nor no");
	if (code < 0)
		client_error(q->client, 400, "%s", err->msg);
	else
		link_ask(q->link, &q->ask);
}

static void on_network(void *arg, struct client *c, const char *body, size_t len)
{
	struct inquiry *q = begin(arg, c, MSG_ASK_NETWORK_DEFINE, "");
	struct gnx_err err = GNX_ERR_INIT;
	int code = is_json(c) ? network_from_json(&q->network, body, len, &err)
			      : network_parse(&q->network, body, len, "definition", &err);

	ask_define(q, code, &err);
}

void definitions_network(struct link *link, struct client *c)
{
	if (takes_body(c))
		client_body(c, on_network, link);
}

void definitions_delete_network(struct link *link, struct client *c, const char *name)
{
	struct inquiry *q = begin(link, c, MSG_ASK_NETWORK_DELETE, name);

	link_ask(link, &q->ask);
}

void definitions_tell_network(struct link *link, struct client *c, const char *name)
{
	tell(link, c, MSG_ASK_NETWORKS, name);
}

static void on_firewall(void *arg, struct client *c, const char *body, size_t len)
{
	struct inquiry *q = begin(arg, c, MSG_ASK_FIREWALL_DEFINE, "");
	struct gnx_err err = GNX_ERR_INIT;
	int code;

	q->firewall = gnx_alloc(sizeof(*q->firewall));
	q->ask.firewall = q->firewall;
	code = is_json(c) ? firewall_from_json(q->firewall, body, len, &err)
			  : firewall_parse(q->firewall, body, len, "definition", &err);
	ask_define(q, code, &err);
}

void definitions_firewall(struct link *link, struct client *c)
{
	if (takes_body(c))
		client_body(c, on_firewall, link);
}

void definitions_delete_firewall(struct link *link, struct client *c, const char *name)
{
	struct inquiry *q = begin(link, c, MSG_ASK_FIREWALL_DELETE, name);

	link_ask(link, &q->ask);
}

void definitions_tell_firewall(struct link *link, struct client *c, const char *name)
{
	tell(link, c, MSG_ASK_FIREWALLS, name);
}
