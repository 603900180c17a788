/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls for guests' consoles: see consoles.h. */
#include "gridnixd/api/consoles.h"

#include "base/clean.h"
#include "gridnixd/api/refuse.h"

#include <string.h>

struct passing {
	struct client *client;
	struct link *link;
	struct ask ask;
	struct msg_console want;
	char guest[GUEST_NAME_MAX + 1];
};

static void gone(void *arg)
{
	struct passing *p = arg;

	link_cancel(p->link, &p->ask);
	free(p);
}

static int item(void *arg, const void *item)
{
	(void)arg, (void)item;
	return -GNX_E_SYNTAX;
}

static void end(void *arg, int code, const char *words)
{
	struct passing *p = arg;

	if (code < 0)
		refuse(p->client, code, words);
	else
		client_passed(p->client);
}

static int parse_flag(const struct request *r, const char *name, bool *out, struct gnx_err *err)
{
	const char *value = request_param(r, name);

	if (value && gnx_parse_bool(value, out) < 0)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: is neither yes nor no", name);
	return 0;
}

static int parse_number(
	const struct request *r, const char *name, uint64_t *out, struct gnx_err *err)
{
	const char *value = request_param(r, name);

	if (value && gnx_parse_u64(value, INT64_MAX, out) < 0)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: is not a number", name);
	return 0;
}

static int parse(const struct request *r, struct msg_console *w, struct gnx_err *err)
{
	int code = parse_flag(r, "follow", &w->follow, err);

	if (!code)
		code = parse_flag(r, "write", &w->write, err);
	if (!code)
		code = parse_flag(r, "steal", &w->steal, err);
	if (!code)
		code = parse_number(r, "lines", &w->lines, err);
	if (!code)
		code = parse_number(r, "since", &w->since, err);
	w->placed = request_param(r, "since");
	if (!code && w->placed && request_param(r, "lines"))
		code = gnx_fail(err, -GNX_E_BAD_VALUE, "since: not together with lines");
	if (!code && w->stream && !r->upgrades)
		code = gnx_fail(err, -GNX_E_BAD_VALUE,
			"this is no HTTP: the request has to say Upgrade: gridnix-console");
	return code;
}

void consoles_pass(struct link *link, struct client *c, const char *guest, bool stream)
{
	struct passing *p = gnx_alloc(sizeof(*p));
	struct gnx_err err = GNX_ERR_INIT;

	/* A stream shows what comes, a log all that is there. */
	*p = (struct passing){.client = c,
		.link = link,
		.want = {.stream = stream, .follow = stream, .lines = stream ? 0 : UINT64_MAX}};
	strcpy(p->guest, guest);
	p->ask = (struct ask){.type = MSG_ASK_CONSOLE,
		.guest = p->guest,
		.console = &p->want,
		.item = item,
		.end = end,
		.arg = p};
	client_keep(c, p, gone, NULL);
	if (parse(client_request(c), &p->want, &err) < 0) {
		client_error(c, 400, "%s", err.msg);
		return;
	}
	p->ask.client = client_pass(c);
	link_ask(link, &p->ask);
}
