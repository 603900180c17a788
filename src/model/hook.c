/* SPDX-License-Identifier: BSD-3-Clause */
/* Hooks: see hook.h. */
#include "model/hook.h"

#include "base/clean.h"
#include "base/ini.h"
#include "base/str.h"

#include <assert.h>
#include <ctype.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DELAY_MAX_MS 300000

static_assert(EVENT_COUNT <= 64 && VERB_COUNT <= 64, "they are bits of a mask");

static const char *const modes[] = {[HOOK_after] = "after", [HOOK_before] = "before"};

const char *hook_mode_name(enum hook_mode mode)
{
	assert(mode < HOOK_MODE_COUNT);
	return modes[mode];
}

int hook_mode_by_name(const char *name)
{
	for (size_t i = 0; i < GNX_LEN(modes); i++)
		if (!strcmp(modes[i], name))
			return (int)i;
	return -EINVAL;
}

/* Values' kinds: each puts a text into the field, or fails without words of its own. */
static int put_text(char *field, const char *value, size_t max)
{
	size_t len = strlen(value);

	if (len > max)
		return -GNX_E_BAD_VALUE;
	memcpy(field, value, len + 1);
	return 0;
}

static int put_number(uint32_t *field, const char *value, uint64_t max)
{
	uint64_t n;

	if (gnx_parse_u64(value, max, &n) < 0 || !n)
		return -GNX_E_BAD_VALUE;
	*field = (uint32_t)n;
	return 0;
}

static int put_PATH(void *field, const char *value)
{
	return *value == '/' ? put_text(field, value, HOOK_PATH_MAX) : -GNX_E_BAD_VALUE;
}

static int put_MODE(void *field, const char *value)
{
	int mode = hook_mode_by_name(value);

	if (mode < 0)
		return -GNX_E_BAD_VALUE;
	*(enum hook_mode *)field = (enum hook_mode)mode;
	return 0;
}

static int put_WORDS(void *field, const char *value)
{
	return put_text(field, value, HOOK_KINDS_MAX);
}

static int put_GLOB(void *field, const char *value)
{
	return *value ? put_text(field, value, GUEST_NAME_MAX) : -GNX_E_BAD_VALUE;
}

static int put_USER(void *field, const char *value)
{
	return *value ? put_text(field, value, HOOK_USER_MAX) : -GNX_E_BAD_VALUE;
}

static int put_SECONDS(void *field, const char *value)
{
	return put_number(field, value, 3600);
}

static int put_TRIES(void *field, const char *value)
{
	return put_number(field, value, 20);
}

static int put_PARALLEL(void *field, const char *value)
{
	return put_number(field, value, 16);
}

static const struct key {
	const char *name, *def;
	int (*put)(void *field, const char *value);
	size_t at;
} keys[] = {
#define X(section, key, kind, def, doc) {#key, def, put_##kind, offsetof(struct hook, key)},
#include "model/hook.def"
#undef X
};

void hook_init(struct hook *h, const char *name)
{
	*h = (struct hook){0};
	snprintf(h->name, sizeof(h->name), "%s", name);
	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		int r = keys[i].def ? keys[i].put((char *)h + keys[i].at, keys[i].def) : 0;

		assert(r == 0); /* a default is good */
	}
}

static int set(
	void *arg, const char *section, const char *key, const char *value, struct gnx_err *err)
{
	struct hook *h = arg;

	if (strcmp(section, "hook") != 0)
		return gnx_fail(err, -GNX_E_UNKNOWN_KEY, "there is only the section [hook]");
	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		if (strcmp(keys[i].name, key) != 0)
			continue;
		if (!strcmp(key, "user"))
			h->names_user = true;
		return keys[i].put((char *)h + keys[i].at, value) < 0
			? gnx_fail(err, -GNX_E_BAD_VALUE, "%s: no value for it", key)
			: 0;
	}
	return gnx_fail(err, -GNX_E_UNKNOWN_KEY, "there is no such key");
}

static int read_section(void *arg, const char *section, struct gnx_err *err)
{
	(void)arg;
	return !strcmp(section, "hook")
		? 0
		: gnx_fail(err, -GNX_E_UNKNOWN_KEY, "there is only the section [hook]");
}

int hook_parse(struct hook *h, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	struct gnx_ini_sink sink = {.section = read_section, .set = set, .arg = h};
	int r = len > HOOK_TEXT_MAX
		? gnx_fail(err, -GNX_E_TOO_BIG, "%s: longer than %d bytes", path, HOOK_TEXT_MAX)
		: gnx_ini_parse(text, len, path, &sink, err);

	if (r < 0)
		return r;
	r = hook_check(h, err);
	if (r < 0)
		gnx_err_prefix(err, "%s", path);
	return r;
}

int hook_check(struct hook *h, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	uint64_t mask = 0;

	if (*h->program != '/')
		return gnx_fail(err, -GNX_E_MISSING, "program: is missing");
	if (h->mode == HOOK_before && h->timeout > HOOK_BEFORE_MAX)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "timeout: with mode = before at most %d",
			HOOK_BEFORE_MAX);
	gnx_strv_split(&words, h->kinds, " \t");
	for (size_t i = 0; i < words.len; i++) {
		int bit = h->mode == HOOK_before ? verb_by_name(words.items[i])
						 : event_kind_by_name(words.items[i]);

		if (bit < 0)
			return gnx_fail(err, -GNX_E_BAD_VALUE, "kinds: there is no such %s",
				h->mode == HOOK_before ? "verb" : "kind of event");
		mask |= UINT64_C(1) << bit;
	}
	h->mask = words.len ? mask : UINT64_MAX;
	return 0;
}

bool hook_good_name(const char *name)
{
	if (!isalnum((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	return true;
}

static bool wants_guest(const struct hook *h, const struct guest *g)
{
	uint8_t uuid[GUEST_UUID];

	return guest_uuid_parse(h->guest, uuid) == 0 ? !memcmp(uuid, g->uuid, GUEST_UUID)
						     : fnmatch(h->guest, g->name, 0) == 0;
}

bool hook_wants(const struct hook *h, enum event_kind kind, bool of_guest, const struct guest *g)
{
	/* What a gap stands for may have happened to any guest. */
	return h->mode == HOOK_after && h->mask >> kind & 1 &&
		(of_guest ? wants_guest(h, g) : kind == EVENT_gap || !strcmp(h->guest, "*"));
}

bool hook_asked(const struct hook *h, enum verb verb, const struct guest *g)
{
	return h->mode == HOOK_before && h->mask >> verb & 1 && wants_guest(h, g);
}

int64_t delivery_delay_ms(uint32_t tries)
{
	int64_t delay = 1000;

	while (tries-- > 1 && delay < DELAY_MAX_MS)
		delay *= 2;
	return delay < DELAY_MAX_MS ? delay : DELAY_MAX_MS;
}
