/* SPDX-License-Identifier: BSD-3-Clause */
/* What is done to guests, and what comes of it: see gridnix.h. */
#include "base/clean.h"
#include "lib/conn.h"
#include "lib/target.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define WAIT_MAX 3600 /* seconds that the daemon lets anybody wait */

struct gnx_operation {
	json_t *json;
	char *text;
	json_int_t id;
	const char *verb, *guest, *state, *began, *ended, *words; /* json's */
};

static bool parse(json_t *json, struct gnx_operation *o)
{
	o->ended = o->words = "";
	return json_unpack(json, "{s:I, s:s, s:s, s:s, s:s, s?s, s?s}", "id", &o->id, "verb",
		       &o->verb, "guest", &o->guest, "state", &o->state, "began", &o->began,
		       "ended", &o->ended, "words", &o->words) == 0 &&
		o->id > 0;
}

/* Asks for one. */
static int ask(struct gnx_conn *c, const struct demand *d, struct gnx_operation **out)
{
	struct gnx_operation *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return conn_fail(c, -ENOMEM, "out of memory");
	r = conn_ask_json(c, d, &o->json, &o->text);
	if (!r && !parse(o->json, o))
		r = conn_fail(c, -GNX_ERR_PROTOCOL, "%s: the answer is no operation", c->path);
	if (r < 0)
		gnx_operation_free(o);
	else
		*out = o;
	return r;
}

/* verb: its path, and the value's parameter; value: "" for none. */
static int guest_do(struct gnx_conn *c, const char *guest, const char *verb, const char *value,
	struct gnx_operation **out)
{
	struct target t = {0};
	const struct demand d = {.method = "POST", .target = t.text};
	int r;

	if (!c || !guest || !*guest || !value || !out)
		return -EINVAL;
	target_guest(c, &t, guest, verb);
	target_put(&t, "", value);
	r = target_end(c, &t);
	return r ? r : ask(c, &d, out);
}

#define VERB(name)                                                                                 \
	int gnx_guest_##name(                                                                      \
		struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out)    \
	{                                                                                          \
		return guest_do(conn, guest, "/" #name, "", operation_out);                        \
	}
VERB(start)
VERB(shutdown)
VERB(reboot)
VERB(destroy)
VERB(pause)
VERB(unpause)
VERB(save)
VERB(restore)
VERB(dump)
VERB(adopt)

#define VERB_WITH(name, path)                                                                      \
	int gnx_guest_##name(struct gnx_conn *conn, const char *guest, const char *value,          \
		struct gnx_operation **operation_out)                                              \
	{                                                                                          \
		return guest_do(conn, guest, path, value, operation_out);                          \
	}
VERB_WITH(rename, "/rename?name=")
VERB_WITH(set_memory, "/set-memory?memory=")
VERB_WITH(set_vcpus, "/set-vcpus?vcpus=")
VERB_WITH(attach_disk, "/attach-disk?disk=")
VERB_WITH(detach_disk, "/detach-disk?disk=")
VERB_WITH(attach_vif, "/attach-vif?vif=")
VERB_WITH(detach_vif, "/detach-vif?vif=")

/* Asks how far one is, and lets the daemon wait for its end before it answers. */
static int ask_for(struct gnx_conn *c, uint64_t id, int wait_s, struct gnx_operation **out)
{
	struct demand d = {.method = "GET", .wait_ms = wait_s * 1000};
	char target[128];

	snprintf(target, sizeof(target), "/v1/operations/%" PRIu64 "?wait=%d", id, wait_s);
	d.target = target;
	return ask(c, &d, out);
}

int gnx_operation_get(struct gnx_conn *conn, uint64_t id, struct gnx_operation **operation_out)
{
	return conn && operation_out ? ask_for(conn, id, 0, operation_out) : -EINVAL;
}

/* Whole seconds until then, as many as the daemon takes. */
static int seconds_until(int64_t deadline)
{
	int64_t left = deadline < 0 ? INT64_MAX / 2 : deadline - conn_deadline(0);

	if (left > WAIT_MAX * 1000)
		return WAIT_MAX;
	return left > 0 ? (int)((left + 999) / 1000) : 0;
}

int gnx_operation_wait(
	struct gnx_conn *conn, uint64_t id, int timeout_ms, struct gnx_operation **operation_out)
{
	int64_t deadline = conn_deadline(timeout_ms);
	struct gnx_operation *o;

	if (!conn || !operation_out || timeout_ms < -1)
		return -EINVAL;
	for (;;) {
		int wait_s = seconds_until(deadline);
		int r = ask_for(conn, id, wait_s, &o);

		if (r < 0)
			return r;
		if (strcmp(o->state, "running") != 0)
			break;
		gnx_operation_free(o);
		if (!wait_s || (deadline >= 0 && conn_deadline(0) >= deadline))
			return conn_fail(
				conn, -ETIMEDOUT, "operation %" PRIu64 " has not ended yet", id);
	}
	*operation_out = o;
	return 0;
}

void gnx_operation_free(struct gnx_operation *operation)
{
	if (!operation)
		return;
	json_decref(operation->json);
	free(operation->text);
	free(operation);
}

uint64_t gnx_operation_id(const struct gnx_operation *operation)
{
	return operation ? (uint64_t)operation->id : 0;
}

const char *gnx_operation_verb(const struct gnx_operation *operation)
{
	return operation ? operation->verb : "";
}

const char *gnx_operation_guest(const struct gnx_operation *operation)
{
	return operation ? operation->guest : "";
}

const char *gnx_operation_state(const struct gnx_operation *operation)
{
	return operation ? operation->state : "";
}

const char *gnx_operation_began(const struct gnx_operation *operation)
{
	return operation ? operation->began : "";
}

const char *gnx_operation_ended(const struct gnx_operation *operation)
{
	return operation ? operation->ended : "";
}

const char *gnx_operation_words(const struct gnx_operation *operation)
{
	return operation ? operation->words : "";
}

const char *gnx_operation_json(const struct gnx_operation *operation)
{
	return operation ? operation->text : "";
}
