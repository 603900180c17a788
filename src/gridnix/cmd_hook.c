/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix hook: the hooks that there are, and what could not be delivered to them. */
#include "base/clean.h"
#include "base/str.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void hooks_done(struct gnx_hooks **list)
{
	gnx_hooks_free(*list);
}

static void letters_done(struct gnx_letters **list)
{
	gnx_letters_free(*list);
}

static enum cmd_status list(struct gnx_conn *conn, const struct cmd_args *a, const char *none)
{
	static const struct out_column columns[] = {{"HOOK", false}, {"MODE", false},
		{"KINDS", false}, {"GUEST", false}, {"USER", false}, {"PROGRAM", false}};
	GNX_CLEAN(hooks_done)
	struct gnx_hooks *hooks = NULL;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};
	int r = gnx_hook_list(conn, &hooks);

	(void)none;
	if (r < 0)
		return cmd_fail(conn, r);
	if (a->json) {
		puts(gnx_hooks_json(hooks));
		return CMD_OK;
	}
	for (size_t i = 0; i < gnx_hooks_count(hooks); i++) {
		const struct gnx_hook *h = gnx_hooks_at(hooks, i);

		gnx_strv_add(&cells, gnx_hook_name(h));
		gnx_strv_add(&cells, gnx_hook_mode(h));
		gnx_strv_add(&cells, *gnx_hook_kinds(h) ? gnx_hook_kinds(h) : "all");
		gnx_strv_add(&cells, gnx_hook_guest(h));
		gnx_strv_add(&cells, gnx_hook_user(h));
		gnx_strv_add(&cells, gnx_hook_program(h));
	}
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
	return CMD_OK;
}

static enum cmd_status dead(struct gnx_conn *conn, const struct cmd_args *a, const char *none)
{
	static const struct out_column columns[] = {{"HOOK", false}, {"EVENT", true},
		{"KIND", false}, {"GUEST", false}, {"TRIES", true}, {"WORDS", false}};
	GNX_CLEAN(letters_done)
	struct gnx_letters *letters = NULL;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};
	int r = gnx_letter_list(conn, &letters);

	(void)none;
	if (r < 0)
		return cmd_fail(conn, r);
	if (a->json) {
		puts(gnx_letters_json(letters));
		return CMD_OK;
	}
	for (size_t i = 0; i < gnx_letters_count(letters); i++) {
		const struct gnx_letter *l = gnx_letters_at(letters, i);

		gnx_strv_add(&cells, gnx_letter_hook(l));
		gnx_strv_fmt(&cells, "%" PRIu64, gnx_letter_event(l));
		gnx_strv_add(&cells, gnx_letter_kind(l));
		gnx_strv_add(&cells, out_or_dash(gnx_letter_guest(l)));
		gnx_strv_fmt(&cells, "%u", gnx_letter_tries(l));
		gnx_strv_add(&cells, gnx_letter_words(l));
	}
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
	return CMD_OK;
}

static enum cmd_status replay(struct gnx_conn *conn, const struct cmd_args *a, const char *word)
{
	uint64_t event = 0, count;
	int r;

	if (word && (gnx_parse_u64(word, INT64_MAX, &event) < 0 || !event)) {
		cmd_complain(word, "not the number of an event");
		return CMD_USAGE;
	}
	r = gnx_letter_replay(conn, event, &count);
	if (r < 0)
		return cmd_fail(conn, r);
	if (a->json)
		printf("{\"replayed\":%" PRIu64 "}\n", count);
	else
		printf("%" PRIu64 " to be tried again\n", count);
	return CMD_OK;
}

enum cmd_status cmd_hook(struct gnx_conn *conn, const struct cmd_args *a)
{
	static const struct cmd_action actions[] = {{"list", CMD_NO_NAME, list},
		{"dead", CMD_NO_NAME, dead}, {"replay", CMD_ANY_NAMES, replay}};
	const char *what = a->operands[0];
	bool replays = !strcmp(what, "replay");

	if (replays ? (a->operands_len > 1) == a->all : a->all) {
		cmd_complain(
			what, replays ? "either numbers of events, or --all" : "--all is too many");
		return CMD_USAGE;
	}
	return cmd_act(conn, a, actions, GNX_LEN(actions));
}
