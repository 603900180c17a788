/* SPDX-License-Identifier: BSD-3-Clause */
/* Hooks, and what could not be delivered to them: see gridnix.h. */
#include "base/clean.h"
#include "lib/conn.h"

#include <errno.h>
#include <inttypes.h>

struct gnx_hook {
	const char *name, *program, *mode, *kinds, *guest, *user; /* the list's json's */
};

struct gnx_hooks {
	json_t *json;
	char *text;
	size_t len;
	struct gnx_hook items[];
};

struct gnx_letter {
	json_int_t event, tries;
	const char *kind, *hook, *words, *guest; /* the list's json's */
};

struct gnx_letters {
	json_t *json;
	char *text;
	size_t len;
	struct gnx_letter items[];
};

static bool parse_hook(json_t *json, struct gnx_hook *h)
{
	return json_unpack(json, "{s:s, s:s, s:s, s:s, s:s, s:s}", "name", &h->name, "program",
		       &h->program, "mode", &h->mode, "kinds", &h->kinds, "guest", &h->guest,
		       "user", &h->user) == 0;
}

static bool parse_letter(json_t *json, struct gnx_letter *l)
{
	l->guest = "";
	return json_unpack(json, "{s:I, s:s, s:s, s:I, s:s, s?{s:s}}", "event", &l->event, "kind",
		       &l->kind, "hook", &l->hook, "tries", &l->tries, "words", &l->words, "guest",
		       "name", &l->guest) == 0 &&
		l->event > 0 && l->tries >= 0;
}

/* Asks for a list: the array in it, borrowed from *json_out. */
static int ask_list(struct gnx_conn *c, const char *target, const char *name, json_t **json_out,
	char **text_out, json_t **array_out)
{
	const struct demand d = {.method = "GET", .target = target};
	int r = conn_ask_json(c, &d, json_out, text_out);

	if (r < 0)
		return r;
	*array_out = json_object_get(*json_out, name);
	return json_is_array(*array_out)
		? 0
		: conn_fail(c, -GNX_ERR_PROTOCOL, "%s: the answer is no list", c->path);
}

#define LIST(type, item, target, name, parse, call, free_call)                                     \
	int call(struct gnx_conn *conn, struct type **list_out)                                    \
	{                                                                                          \
		GNX_CLEAN(conn_json_done)                                                          \
		json_t *json = NULL;                                                               \
		GNX_CLEAN(gnx_free)                                                                \
		char *text = NULL;                                                                 \
		GNX_CLEAN(gnx_free)                                                                \
		struct type *list = NULL;                                                          \
		json_t *array;                                                                     \
		int r;                                                                             \
                                                                                                   \
		if (!conn || !list_out)                                                            \
			return -EINVAL;                                                            \
		r = ask_list(conn, target, name, &json, &text, &array);                            \
		if (r < 0)                                                                         \
			return r;                                                                  \
		list = calloc(1, sizeof(*list) + json_array_size(array) * sizeof(list->items[0])); \
		if (!list)                                                                         \
			return conn_fail(conn, -ENOMEM, "out of memory");                          \
		for (; list->len < json_array_size(array); list->len++)                            \
			if (!parse(json_array_get(array, list->len), &list->items[list->len]))     \
				return conn_fail(conn, -GNX_ERR_PROTOCOL,                          \
					"%s: the answer is no such list", conn->path);             \
		list->json = STEAL(json);                                                          \
		list->text = STEAL(text);                                                          \
		*list_out = STEAL(list);                                                           \
		return 0;                                                                          \
	}                                                                                          \
                                                                                                   \
	void free_call(struct type *list)                                                          \
	{                                                                                          \
		if (!list)                                                                         \
			return;                                                                    \
		json_decref(list->json);                                                           \
		free(list->text);                                                                  \
		free(list);                                                                        \
	}                                                                                          \
                                                                                                   \
	size_t type##_count(const struct type *list)                                               \
	{                                                                                          \
		return list ? list->len : 0;                                                       \
	}                                                                                          \
                                                                                                   \
	const struct item *type##_at(const struct type *list, size_t i)                            \
	{                                                                                          \
		return list && i < list->len ? &list->items[i] : NULL;                             \
	}                                                                                          \
                                                                                                   \
	const char *type##_json(const struct type *list)                                           \
	{                                                                                          \
		return list ? list->text : "";                                                     \
	}

LIST(gnx_hooks, gnx_hook, "/v1/hooks", "hooks", parse_hook, gnx_hook_list, gnx_hooks_free)
LIST(gnx_letters, gnx_letter, "/v1/hooks/dead", "dead", parse_letter, gnx_letter_list,
	gnx_letters_free)

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
