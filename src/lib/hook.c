/* SPDX-License-Identifier: BSD-3-Clause */
/* Hooks, and what could not be delivered to them: see gridnix.h. */
#include "base/clean.h"
#include "lib/list.h"

#include <errno.h>
#include <inttypes.h>

struct gnx_hook {
	const char *name, *program, *mode, *kinds, *guest, *user; /* the list's json's */
};

struct gnx_letter {
	json_int_t event, tries;
	const char *kind, *hook, *words, *guest; /* the list's json's */
};

static bool parse_hook(json_t *json, void *item)
{
	struct gnx_hook *h = item;

	return json_unpack(json, "{s:s, s:s, s:s, s:s, s:s, s:s}", "name", &h->name, "program",
		       &h->program, "mode", &h->mode, "kinds", &h->kinds, "guest", &h->guest,
		       "user", &h->user) == 0;
}

static bool parse_letter(json_t *json, void *item)
{
	struct gnx_letter *l = item;

	l->guest = "";
	return json_unpack(json, "{s:I, s:s, s:s, s:I, s:s, s?{s:s}}", "event", &l->event, "kind",
		       &l->kind, "hook", &l->hook, "tries", &l->tries, "words", &l->words, "guest",
		       "name", &l->guest) == 0 &&
		l->event > 0 && l->tries >= 0;
}

static const struct list_kind hooks = {"hooks", sizeof(struct gnx_hook), parse_hook};
static const struct list_kind letters = {"dead", sizeof(struct gnx_letter), parse_letter};
LIST(gnx_hooks, gnx_hook)
LIST(gnx_letters, gnx_letter)

int gnx_hook_list(struct gnx_conn *conn, struct gnx_hooks **list_out)
{
	const struct demand d = {.method = "GET", .target = "/v1/hooks"};

	return conn && list_out ? ask_gnx_hooks(conn, &d, &hooks, list_out) : -EINVAL;
}

int gnx_letter_list(struct gnx_conn *conn, struct gnx_letters **list_out)
{
	const struct demand d = {.method = "GET", .target = "/v1/hooks/dead"};

	return conn && list_out ? ask_gnx_letters(conn, &d, &letters, list_out) : -EINVAL;
}

#define STRING(noun, name)                                                                         \
	const char *gnx_##noun##_##name(const struct gnx_##noun *noun)                             \
	{                                                                                          \
		return noun ? noun->name : "";                                                     \
	}
STRING(hook, name)
STRING(hook, program)
STRING(hook, mode)
STRING(hook, kinds)
STRING(hook, guest)
STRING(hook, user)
STRING(letter, kind)
STRING(letter, hook)
STRING(letter, guest)
STRING(letter, words)

uint64_t gnx_letter_event(const struct gnx_letter *letter)
{
	return letter ? (uint64_t)letter->event : 0;
}

unsigned gnx_letter_tries(const struct gnx_letter *letter)
{
	return letter ? (unsigned)letter->tries : 0;
}

int gnx_letter_replay(struct gnx_conn *conn, uint64_t event, uint64_t *count_out)
{
	char target[64] = "/v1/hooks/dead/replay";
	const struct demand d = {.method = "POST", .target = target};
	GNX_CLEAN(conn_json_done)
	json_t *json = NULL;
	json_int_t count;
	int r;

	if (!conn || event > INT64_MAX)
		return -EINVAL;
	if (event)
		snprintf(target, sizeof(target), "/v1/hooks/dead/%" PRIu64 "/replay", event);
	r = conn_ask_json(conn, &d, &json, NULL);
	if (r < 0)
		return r;
	if (json_unpack(json, "{s:I}", "replayed", &count) < 0 || count < 0)
		return conn_fail(
			conn, -GNX_ERR_PROTOCOL, "%s: the answer is no number", conn->path);
	if (count_out)
		*count_out = (uint64_t)count;
	return 0;
}
