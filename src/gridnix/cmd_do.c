/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnix start and the other verbs: all guests are asked for first, then each operation is waited
 * for. An operation goes on over a restart of the daemon, and so does the wait for it.
 */
#include "base/clean.h"
#include "base/str.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define RETRY_MS 500
#define RETRIES	 60 /* half a minute: a daemon that is being restarted is back by then */

/* What is done, and how to ask for it. */
struct verb {
	const char *name;
	/* One of these, by whether it takes a value. */
	int (*ask)(struct gnx_conn *conn, const char *guest, struct gnx_operation **out);
	int (*ask_with)(struct gnx_conn *conn, const char *guest, const char *value,
		struct gnx_operation **out);
};

static void operation_done(struct gnx_operation **o)
{
	gnx_operation_free(*o);
}

/* Tells what has begun, or is done. */
static void tell(const struct cmd_args *a, const struct verb *verb, const char *guest,
	const struct gnx_operation *o)
{
	GNX_CLEAN(gnx_free)
	char *name = out_text(guest);

	if (a->json)
		puts(gnx_operation_json(o));
	else if (a->no_wait)
		printf("%s: %s has begun, operation %" PRIu64 "\n", name, verb->name,
			gnx_operation_id(o));
	else
		printf("%s: %s done\n", name, verb->name);
}

/* Tells what came of an operation that has ended. */
static enum cmd_status tell_end(const struct cmd_args *a, const struct verb *verb,
	const char *guest, const struct gnx_operation *o)
{
	const char *state = gnx_operation_state(o);
	bool done = !strcmp(state, "done"), failed = !strcmp(state, "failed");
	GNX_CLEAN(gnx_free)
	char *words = NULL;

	if (a->json || done)
		tell(a, verb, guest, o);
	if (done)
		return CMD_OK;
	words = failed ? gnx_fmt("%s failed: %s", verb->name, gnx_operation_words(o))
		       : gnx_fmt("nobody knows what came of %s, for gridnixd was restarted; "
				 "'gridnix list' has the guest's state",
				 verb->name);
	cmd_complain(guest, words);
	return CMD_FAILED;
}

/* Waits for an operation's end, over restarts of the daemon. */
static int await(struct gnx_conn *conn, uint64_t id, struct gnx_operation **out)
{
	int r, retries = 0;

	while (cmd_passing(r = gnx_operation_wait(conn, id, -1, out)) && retries++ < RETRIES) {
		usleep(RETRY_MS * 1000);
		/* When too many wait already, it is asked for now and then. */
		r = gnx_operation_wait(conn, id, 0, out);
		if (!r)
			break;
		if (r == -ETIMEDOUT)
			retries = 0;
	}
	return r;
}

static enum cmd_status finish(struct gnx_conn *conn, const struct cmd_args *a,
	const struct verb *verb, const char *guest, uint64_t id)
{
	GNX_CLEAN(operation_done)
	struct gnx_operation *o = NULL;
	int r = await(conn, id, &o);

	return r < 0 ? cmd_fail_at(conn, r, guest) : tell_end(a, verb, guest, o);
}

/* Asks for it: *id_out is its number. */
static enum cmd_status begin(struct gnx_conn *conn, const struct cmd_args *a,
	const struct verb *verb, const char *guest, uint64_t *id_out)
{
	GNX_CLEAN(operation_done)
	struct gnx_operation *o = NULL;
	int r = verb->ask ? verb->ask(conn, guest, &o)
			  : verb->ask_with(conn, guest, a->operands[1], &o);

	if (r < 0)
		return cmd_fail_at(conn, r, guest);
	*id_out = gnx_operation_id(o);
	if (a->no_wait)
		tell(a, verb, guest, o);
	return CMD_OK;
}

static enum cmd_status do_all(
	struct gnx_conn *conn, const struct cmd_args *a, const struct verb *verb)
{
	enum cmd_status status = CMD_OK, s;
	size_t guests = verb->ask ? a->operands_len : 1;
	GNX_CLEAN(gnx_free)
	uint64_t *ids = gnx_alloc(guests * sizeof(*ids)); /* 0: not begun */

	setvbuf(stdout, NULL, _IOLBF, 0); /* in order with standard error */
	for (size_t i = 0; i < guests && status != CMD_UNREACHABLE; i++) {
		s = begin(conn, a, verb, a->operands[i], &ids[i]);
		status = s ? s : status;
	}
	for (size_t i = 0; i < guests && !a->no_wait; i++) {
		s = ids[i] ? finish(conn, a, verb, a->operands[i], ids[i]) : CMD_OK;
		status = s ? s : status;
	}
	return status;
}

/* Which of both the library has, the value's word tells. */
#define ASK(id, value)                                                                             \
	__builtin_choose_expr(sizeof(value) == 1, (void *)gnx_guest_##id, (void *)NULL),           \
		__builtin_choose_expr(sizeof(value) == 1, (void *)NULL, (void *)gnx_guest_##id)
#define X(id, name, value, key, doc)                                                               \
	enum cmd_status cmd_##id(struct gnx_conn *conn, const struct cmd_args *a)                  \
	{                                                                                          \
		return do_all(conn, a, &(struct verb){name, ASK(id, value)});                      \
	}
#include "model/verb.def"
#undef X
