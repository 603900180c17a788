/* SPDX-License-Identifier: BSD-3-Clause */
/* Hooks that are asked before an operation: see hooks.h. */
#include "gridnixd/hooks/hooks.h"

#include "base/clean.h"
#include "gridnixd/json.h"

#include <stdio.h>
#include <string.h>

static void answer(struct hooks *h, struct asked *a, const char *words)
{
	struct wire *w = &h->message;

	wire_begin(w, MSG_VERDICT);
	wire_put_u64(w, a->operation.id);
	wire_put_str(w, words);
	if (wire_send(MSG_FD, w) < 0)
		hooks_quit(h, "gridnixd takes no answer");
	TAILQ_REMOVE(&h->asked, a, next);
	h->asked_len--;
	free(a);
}

/* The next hook, by name, that is to be asked. */
static const struct hook *next_hook(const struct hooks *h, const struct asked *a)
{
	for (size_t i = 0; i < h->config->len; i++) {
		const struct hook *hook = &h->config->items[i];

		if (strcmp(hook->name, a->last) > 0 &&
			hook_asked(hook, a->operation.verb, &a->guest))
			return hook;
	}
	return NULL;
}

static void start(struct hooks *h, struct asked *a, const struct hook *hook)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf json = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv env = {0};
	struct run *run = run_slot(h);
	char kind[64];

	snprintf(kind, sizeof(kind), "before-%s", verb_name(a->operation.verb));
	show_before(&a->operation, &a->guest, &json);
	gnx_buf_str(&json, "\n");
	run_env(&env, hook, kind, 1, a->operation.id, &a->guest);
	memcpy(a->last, hook->name, sizeof(a->last));
	a->running = true;
	*run = (struct run){.asked = a};
	run_start(h, run, hook, &json, &env);
}

void ask_next(struct hooks *h)
{
	struct asked *a, *next;
	size_t running = 0;

	TAILQ_FOREACH(a, &h->asked, next)
		running += a->running;
	for (a = TAILQ_FIRST(&h->asked); a && running < HOOKS_BEFORE_MAX; a = next) {
		const struct hook *hook;

		next = TAILQ_NEXT(a, next);
		if (a->running)
			continue;
		hook = next_hook(h, a);
		if (!hook) {
			answer(h, a, "");
			continue;
		}
		start(h, a, hook);
		running++;
	}
}

void ask_ran(struct hooks *h, struct run *run, enum ran how, uint32_t status, const char *line)
{
	struct asked *a = run->asked;
	char words[HOOK_WORDS_MAX + 1], whole[OPERATION_WORDS_MAX + 1];

	run_words(run, how, status, line, words);
	run->phase = FREE;
	a->running = false;
	if (*words) {
		/* What it said itself is said to whoever asked. */
		snprintf(whole, sizeof(whole), "%s: %.*s", a->last,
			OPERATION_WORDS_MAX - HOOK_NAME_MAX - 2,
			how == RAN_exit && *line ? line : words);
		answer(h, a, whole);
	}
	ask_next(h);
}

int ask_take(struct hooks *h)
{
	struct wire *w = &h->message;
	struct asked *a, *known;

	if (h->asked_len == HOOKS_ASKED_MAX)
		return -GNX_E_TOO_BIG;
	a = gnx_alloc(sizeof(*a));
	msg_get_operation(w, &a->operation);
	msg_get_guest(w, &a->guest);
	if (wire_end(w) < 0) {
		free(a);
		return -GNX_E_SYNTAX;
	}
	TAILQ_FOREACH(known, &h->asked, next) {
		if (known->operation.id == a->operation.id) {
			free(a);
			return 0;
		}
	}
	TAILQ_INSERT_TAIL(&h->asked, a, next);
	h->asked_len++;
	hooks_read(h);
	ask_next(h);
	return 0;
}
