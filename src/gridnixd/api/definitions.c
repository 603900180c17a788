/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls for guests' definitions: see definitions.h. */
#include "gridnixd/api/definitions.h"

#include "base/clean.h"
#include "gridnixd/api/definition_json.h"
#include "gridnixd/api/refuse.h"

#include <string.h>
#include <strings.h>

struct inquiry {
	struct client *client;
	struct link *link;
	struct ask ask;
	char guest[GUEST_NAME_MAX + 1]; /* of the question; so below */
	struct definition definition;
	bool ini; /* the answer is INI text */
	struct gnx_buf body;
};

static int item(void *arg, const void *definition)
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
	int status = q->ask.type == MSG_ASK_DEFINE ? 201 : 200;

	if (code == 0 && q->ask.type == MSG_ASK_UNDEFINE)
		gnx_buf_str(&q->body, "{}");
	if (code == 0 && !q->body.len)
		code = -ENODATA;
	if (code < 0)
		refuse(q->client, code, words);
	else
		client_reply(q->client, status, q->ini ? HTTP_TEXT : HTTP_JSON, &q->body);
}

static void gone(void *arg)
{
	struct inquiry *q = arg;

	link_cancel(q->link, &q->ask);
	gnx_buf_done(&q->body);
	free(q);
}

static struct inquiry *begin(struct link *link, struct client *c, enum msg type, const char *guest)
{
	struct inquiry *q = gnx_alloc(sizeof(*q));

	q->client = c;
	q->link = link;
	strcpy(q->guest, guest);
	q->ask = (struct ask){.type = type,
		.guest = q->guest,
		.definition = &q->definition,
		.item = item,
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

void definitions_define(struct link *link, struct client *c)
{
	if (!is_json(c) && strcasecmp(client_request(c)->type, "text/plain"))
		client_error(c, 415,
			"Content-Type is neither text/plain, for INI text, "
			"nor application/json");
	else
		client_body(c, on_body, link);
}

void definitions_undefine(struct link *link, struct client *c, const char *guest)
{
	struct inquiry *q = begin(link, c, MSG_ASK_UNDEFINE, guest);

	link_ask(link, &q->ask);
}

void definitions_tell(struct link *link, struct client *c, const char *guest)
{
	struct inquiry *q = begin(link, c, MSG_ASK_DEFINITION, guest);
	const char *form = request_param(client_request(c), "form");

	q->ini = form && !strcmp(form, "ini");
	if (form && !q->ini && strcmp(form, "json"))
		client_error(c, 400, "form: is neither ini nor json");
	else
		link_ask(link, &q->ask);
}
