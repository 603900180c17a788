/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls for operations: see operations.h. */
#include "gridnixd/api/operations.h"

#include "base/clean.h"
#include "gridnixd/json.h"
#include "gridnixd/api/refuse.h"
#include "model/change.h"

#include <assert.h>
#include <string.h>

struct pursuit {
	TAILQ_ENTRY(pursuit) next;
	struct operations *operations;
	struct client *client;
	struct ask ask;
	char guest[GUEST_NAME_MAX + 1]; /* of the question; so below */
	char value[MSG_VALUE_MAX + 1];
	bool may_wait;		    /* it was asked to */
	int seconds;		    /* so long */
	bool waits;		    /* it does */
	struct operation operation; /* id 0: not told yet */
};

struct operations {
	struct link *link;
	TAILQ_HEAD(, pursuit) pursuits;
};

static void answer(struct pursuit *p)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf body = {0};
	bool begun = p->ask.type == MSG_ASK_DO && !p->may_wait;

	show_operation(&p->operation, &body);
	client_reply(p->client, begun ? 202 : 200, HTTP_JSON, &body);
}

static void over(void *arg)
{
	answer(arg);
}

static int item(void *arg, const void *operation)
{
	struct pursuit *p = arg;

	if (p->operation.id)
		return -GNX_E_SYNTAX;
	p->operation = *(const struct operation *)operation;
	return 0;
}

static void end(void *arg, int code, const char *words)
{
	struct pursuit *p = arg;

	if (code == 0 && !p->operation.id)
		code = -ENODATA;
	if (code < 0) {
		refuse(p->client, code, words);
	} else if (!p->seconds || p->operation.state != OPERATION_running) {
		answer(p);
	} else {
		p->waits = true;
		client_wait(p->client, p->seconds, over);
	}
}

static void gone(void *arg)
{
	struct pursuit *p = arg;

	link_cancel(p->operations->link, &p->ask);
	TAILQ_REMOVE(&p->operations->pursuits, p, next);
	free(p);
}

void operations_done(struct operations *ops, const struct operation *o)
{
	struct pursuit *p, *next;

	for (p = TAILQ_FIRST(&ops->pursuits); p; p = next) {
		next = TAILQ_NEXT(p, next);
		if (p->operation.id != o->id)
			continue;
		/* Those that do not wait yet are at the answer's end. */
		p->operation = *o;
		if (p->waits)
			answer(p);
	}
}

static int parse_wait(struct pursuit *p, struct gnx_err *err)
{
	const char *value = request_param(client_request(p->client), "wait");
	uint64_t n = 0;

	if (value && gnx_parse_u64(value, HTTP_WAIT_MAX, &n) < 0)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"wait: is not a number of seconds, at most %d", HTTP_WAIT_MAX);
	p->may_wait = value;
	p->seconds = (int)n;
	return 0;
}

/* What the verb is told: the parameter of its key, checked as a definition's. The monitor does so
 * again. */
static int parse_value(struct pursuit *p, struct gnx_err *err)
{
	const char *key = p->ask.type == MSG_ASK_DO ? verb_key(p->ask.verb) : NULL;
	const char *value = key ? request_param(client_request(p->client), key) : NULL;

	if (!key)
		return 0;
	if (!value || !*value || strlen(value) > MSG_VALUE_MAX)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: the parameter %s", key,
			value && *value ? "is too long" : "is missing");
	strcpy(p->value, value);
	p->ask.value = p->value;
	return change_check(p->ask.verb, value, err);
}

/* Begins what the question says. */
static void begin(struct operations *ops, struct client *c, const struct ask *ask)
{
	struct pursuit *p = gnx_alloc(sizeof(*p));
	struct gnx_err err = GNX_ERR_INIT;

	p->operations = ops;
	p->client = c;
	p->ask = *ask;
	p->ask.item = item;
	p->ask.end = end;
	p->ask.arg = p;
	if (ask->guest) {
		strcpy(p->guest, ask->guest);
		p->ask.guest = p->guest;
	}
	TAILQ_INSERT_TAIL(&ops->pursuits, p, next);
	client_keep(c, p, gone, NULL);
	if (parse_wait(p, &err) < 0 || parse_value(p, &err) < 0)
		client_error(c, 400, "%s", err.msg);
	/* The place is taken before anything is begun. */
	else if (!p->seconds || client_place(c) == 0)
		link_ask(ops->link, &p->ask);
}

void operations_do(struct operations *ops, struct client *c, enum verb verb, const char *guest)
{
	begin(ops, c, &(struct ask){.type = MSG_ASK_DO, .verb = verb, .guest = guest});
}

void operations_tell(struct operations *ops, struct client *c, uint64_t id)
{
	begin(ops, c, &(struct ask){.type = MSG_ASK_OPERATION, .id = id});
}

void operations_free(struct operations **ops)
{
	if (!*ops)
		return;
	assert(TAILQ_EMPTY(&(*ops)->pursuits));
	free(*ops);
	*ops = NULL;
}

struct operations *operations_new(struct link *link)
{
	struct operations *ops = gnx_alloc(sizeof(*ops));

	ops->link = link;
	TAILQ_INIT(&ops->pursuits);
	return ops;
}
