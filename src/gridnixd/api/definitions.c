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

/* What is asked of one kind of definitions, and what of the answer. */
struct kind {
	enum msg define, delete, tell;
	int (*item)(void *arg, const void *item);
	void (*got)(void *arg, struct client *c, const char *body, size_t len);
};

static const struct kind kinds[];

struct inquiry {
	const struct kind *kind;
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
	bool made = q->ask.type == q->kind->define;

	if (q->kind->item == firewall_item && q->body.len && !q->ini)
		gnx_buf_str(&q->body, "]}");
	if (code == 0 && q->ask.type == q->kind->delete)
		gnx_buf_str(&q->body, "{}");
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

static struct inquiry *begin(struct link *link, struct client *c, const struct kind *kind,
	enum msg type, const char *name)
{
	struct inquiry *q = gnx_alloc(sizeof(*q));

	q->kind = kind;
	q->client = c;
	q->link = link;
	strcpy(q->name, name);
	q->ask = (struct ask){.type = type,
		.guest = q->name,
		.definition = &q->definition,
		.network = &q->network,
		.item = kind->item,
		.end = end,
		.arg = q};
	client_keep(c, q, gone, NULL);
	return q;
}

static bool is_json(const struct client *c)
{
	return !strcasecmp(client_request(c)->type, "application/json");
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

static void on_guest(void *arg, struct client *c, const char *body, size_t len)
{
	struct inquiry *q = begin(arg, c, &kinds[DEFINED_guest], MSG_ASK_DEFINE, "");
	struct gnx_err err = GNX_ERR_INIT;
	int code = is_json(c) ? definition_from_json(&q->definition, body, len, &err)
			      : definition_parse(&q->definition, body, len, "definition", &err);

	ask_define(q, code, &err);
}

static void on_network(void *arg, struct client *c, const char *body, size_t len)
{
	struct inquiry *q = begin(arg, c, &kinds[DEFINED_network], MSG_ASK_NETWORK_DEFINE, "");
	struct gnx_err err = GNX_ERR_INIT;
	int code = is_json(c) ? network_from_json(&q->network, body, len, &err)
			      : network_parse(&q->network, body, len, "definition", &err);

	ask_define(q, code, &err);
}

static void on_firewall(void *arg, struct client *c, const char *body, size_t len)
{
	struct inquiry *q = begin(arg, c, &kinds[DEFINED_firewall], MSG_ASK_FIREWALL_DEFINE, "");
	struct gnx_err err = GNX_ERR_INIT;
	int code;

	q->firewall = gnx_alloc(sizeof(*q->firewall));
	q->ask.firewall = q->firewall;
	code = is_json(c) ? firewall_from_json(q->firewall, body, len, &err)
			  : firewall_parse(q->firewall, body, len, "definition", &err);
	ask_define(q, code, &err);
}

static const struct kind kinds[] = {
	[DEFINED_guest] = {MSG_ASK_DEFINE, MSG_ASK_UNDEFINE, MSG_ASK_DEFINITION, definition_item,
		on_guest},
	[DEFINED_network] = {MSG_ASK_NETWORK_DEFINE, MSG_ASK_NETWORK_DELETE, MSG_ASK_NETWORKS,
		network_item, on_network},
	[DEFINED_firewall] = {MSG_ASK_FIREWALL_DEFINE, MSG_ASK_FIREWALL_DELETE, MSG_ASK_FIREWALLS,
		firewall_item, on_firewall},
};

void definitions_define(struct link *link, struct client *c, enum defined kind)
{
	if (is_json(c) || !strcasecmp(client_request(c)->type, "text/plain"))
		client_body(c, kinds[kind].got, link);
	else
		client_error(c, 415,
			"Content-Type is neither text/plain, for INI text, nor application/json");
}

void definitions_delete(struct link *link, struct client *c, enum defined kind, const char *name)
{
	const struct kind *k = &kinds[kind];

	link_ask(link, &begin(link, c, k, k->delete, name)->ask);
}

void definitions_tell(struct link *link, struct client *c, enum defined kind, const char *name)
{
	const struct kind *k = &kinds[kind];
	struct inquiry *q = begin(link, c, k, k->tell, name);
	const char *form = request_param(client_request(c), "form");

	q->ini = form && !strcmp(form, "ini");
	if (form && !q->ini && strcmp(form, "json"))
		client_error(c, 400, "form: is neither ini nor json");
	else
		link_ask(link, &q->ask);
}
