/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs, as the deciding half sees them: see hooks.h. */
#include "gridnixd/hooks/hooks.h"

#include "base/clean.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct run *run_slot(struct hooks *h)
{
	for (size_t i = 0; i < GNX_LEN(h->runs); i++)
		if (h->runs[i].phase == FREE)
			return &h->runs[i];
	return NULL;
}

void run_env(struct gnx_strv *env, const struct hook *hook, const char *kind, uint32_t try,
	uint64_t operation, const struct guest *guest)
{
	char uuid[GUEST_UUID_TEXT];

	gnx_strv_fmt(env, "GRIDNIX_HOOK=%s", hook->name);
	gnx_strv_fmt(env, "GRIDNIX_MODE=%s", hook_mode_name(hook->mode));
	gnx_strv_fmt(env, "GRIDNIX_KIND=%s", kind);
	gnx_strv_fmt(env, "GRIDNIX_TRY=%" PRIu32, try);
	if (operation)
		gnx_strv_fmt(env, "GRIDNIX_OPERATION=%" PRIu64, operation);
	if (!guest)
		return;
	guest_uuid_text(guest->uuid, uuid);
	gnx_strv_fmt(env, "GRIDNIX_GUEST_UUID=%s", uuid);
	gnx_strv_fmt(env, "GRIDNIX_GUEST_NAME=%s", guest->name);
	gnx_strv_fmt(env, "GRIDNIX_GUEST_STATE=%s", guest_state_name(guest->state));
	if (guest->domid >= 0)
		gnx_strv_fmt(env, "GRIDNIX_GUEST_DOMID=%d", guest->domid);
}

void run_start(struct hooks *h, struct run *run, const struct hook *hook,
	const struct gnx_buf *json, const struct gnx_strv *env)
{
	struct wire *w = &h->message;

	run->phase = RUNNING;
	run->timeout = hook->timeout;
	wire_begin(w, MSG_RUN);
	wire_put_u32(w, (uint32_t)(run - h->runs));
	wire_put_str(w, hook->name);
	wire_put_str(w, json->data);
	wire_put_u32(w, (uint32_t)env->len);
	for (size_t i = 0; i < env->len; i++)
		wire_put_str(w, env->items[i]);
	if (wire_send(h->starter_fd, w) < 0)
		hooks_quit(h, "the half that starts programs has gone");
}

void run_words(const struct run *run, enum ran how, uint32_t status, const char *line,
	char out[HOOK_WORDS_MAX + 1])
{
	static const char *const ends[] = {
		[RAN_exit] = "exit status %" PRIu32,
		[RAN_signal] = "killed by signal %" PRIu32,
		[RAN_timeout] = "not done within %" PRIu32 " seconds",
		[RAN_gone] = "there is no such hook any more",
		[RAN_lost] = "whoever watched over it was killed",
	};
	uint32_t number = how == RAN_timeout ? run->timeout : status;
	int len;

	*out = '\0';
	if (how == RAN_exit && !status)
		return;
	len = snprintf(out, HOOK_WORDS_MAX + 1, ends[how], number);
	if (*line)
		snprintf(out + len, HOOK_WORDS_MAX + 1 - (size_t)len, ": %s", line);
}
