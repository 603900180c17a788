/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd's configuration: see settings.h. */
#include "model/settings.h"

#include "base/clean.h"
#include "base/ini.h"
#include "base/str.h"
#include "model/address.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NETWORKS_MAX 100

/* A kind's functions put a text into a field: NULL, or what is wrong with it. */
struct key {
	const char *section, *name, *fallback;
	const char *(*set)(const struct key *k, void *field, const char *text);
	size_t offset, size;
	uint32_t min, max;
	bool restart;
};

static const char *set_text(const struct key *k, void *field, const char *text)
{
	if (strlen(text) >= k->size)
		return "is too long";
	memset(field, 0, k->size);
	memcpy(field, text, strlen(text));
	return NULL;
}

static const char *set_PATH(const struct key *k, void *field, const char *text)
{
	return *text == '/' ? set_text(k, field, text) : "does not begin with \"/\"";
}

static const char *set_NO_PATH(const struct key *k, void *field, const char *text)
{
	return *text ? set_PATH(k, field, text) : set_text(k, field, text);
}

static const char *set_NUMBER(const struct key *k, void *field, const char *text)
{
	uint64_t n;

	if (gnx_parse_u64(text, k->max, &n) < 0 || n < k->min)
		return "is out of range";
	*(uint32_t *)field = (uint32_t)n;
	return NULL;
}

static const char *set_BOOL(const struct key *k, void *field, const char *text)
{
	(void)k;
	return gnx_parse_bool(text, field) < 0 ? "is neither yes nor no" : NULL;
}

static const char *set_GROUP(const struct key *k, void *field, const char *text)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_.-";

	return text[strspn(text, known)] ? "is no group's name" : set_text(k, field, text);
}

/* Nobody else than those who may connect: no bits but those for reading and writing. */
static const char *set_MODE(const struct key *k, void *field, const char *text)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	(void)k;
	if (strspn(text, "01234567") != strlen(text) || end == text || mode & ~0666UL)
		return "is no mode such as 0660, of bits for reading and writing";
	*(uint32_t *)field = (uint32_t)mode;
	return NULL;
}

static const char *set_ANSWER(const struct key *k, void *field, const char *text)
{
	int answer = quota_answer_by_name(text);

	(void)k;
	if (answer < 0)
		return "is none of event, quota, pause and destroy";
	*(enum quota_answer *)field = (enum quota_answer)answer;
	return NULL;
}

/* There are some more that are always inside. */
static const char *set_NETWORKS(const struct key *k, void *field, const char *text)
{
	struct addresses networks;
	const char *fault = addresses_take(text, &networks);

	if (!fault && networks.len > NETWORKS_MAX)
		fault = "holds more than 100 networks";
	return fault ? fault : set_text(k, field, text);
}

#define WHEN_RELOAD  false
#define WHEN_RESTART true

static const struct key keys[] = {
#define X(section, key, kind, min, max, fallback, when, doc)                                       \
	{#section, #key, fallback, set_##kind, offsetof(struct settings, section##_##key),         \
		sizeof(((struct settings *)NULL)->section##_##key), min, max, WHEN_##when},
#include "model/settings.def"
#undef X
};

_Static_assert(GNX_LEN(keys) <= 32, "struct reader has a bit for each");

static void *field_of(struct settings *s, const struct key *k)
{
	return (char *)s + k->offset;
}

void settings_init(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		const char *fault = keys[i].set(&keys[i], field_of(s, &keys[i]), keys[i].fallback);

		assert(!fault);
	}
}

/* One text being read. */
struct reader {
	struct settings settings;
	uint32_t seen; /* keys, by their places in the table */
	struct gnx_ini_sink sink;
};

static int take_section(void *arg, const char *section, struct gnx_err *err)
{
	(void)arg;
	for (size_t i = 0; i < GNX_LEN(keys); i++)
		if (!strcmp(keys[i].section, section))
			return 0;
	return gnx_fail(err, -EINVAL, "there is no section [%s]", section);
}

static const struct key *find(const char *section, const char *name, struct gnx_err *err)
{
	for (size_t i = 0; i < GNX_LEN(keys); i++)
		if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name))
			return &keys[i];
	gnx_fail(err, -EINVAL, "[%s]: there is no key \"%s\"", section, name);
	return NULL;
}

static int set(struct settings *s, const struct key *k, const char *text, struct gnx_err *err)
{
	const char *fault = k->set(k, field_of(s, k), text);

	if (fault && k->max)
		return gnx_fail(err, -EINVAL, "[%s] %s: \"%s\" is no number from %u to %u",
			k->section, k->name, text, k->min, k->max);
	return fault
		? gnx_fail(err, -EINVAL, "[%s] %s: \"%s\" %s", k->section, k->name, text, fault)
		: 0;
}

int settings_set(struct settings *s, const char *section, const char *key, const char *text,
	struct gnx_err *err)
{
	const struct key *k = find(section, key, err);

	return k ? set(s, k, text, err) : -EINVAL;
}

static int take_key(
	void *arg, const char *section, const char *key, const char *value, struct gnx_err *err)
{
	struct reader *r = arg;
	const struct key *k = find(section, key, err);
	uint32_t bit = k ? UINT32_C(1) << (k - keys) : 0;

	if (!k)
		return -EINVAL;
	if (r->seen & bit)
		return gnx_fail(err, -EINVAL, "[%s] %s: %s", section, key,
			r->sink.more ? "goes on in a second line" : "given twice");
	r->seen |= bit;
	return set(&r->settings, k, value, err);
}

int settings_parse(
	struct settings *s, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	struct reader r = {.settings = *s, .sink = {.section = take_section, .set = take_key}};
	int result;

	r.sink.arg = &r;
	result = gnx_ini_parse(text, len, path, &r.sink, err);
	if (!result)
		*s = r.settings;
	return result;
}

void settings_reload(struct settings *s, const struct settings *now,
	void (*waits)(const char *section, const char *key))
{
	struct settings next = *now;

	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		void *old = field_of(s, &keys[i]), *new = field_of(&next, &keys[i]);

		if (!keys[i].restart || !memcmp(old, new, keys[i].size))
			continue;
		waits(keys[i].section, keys[i].name);
		memcpy(new, old, keys[i].size);
	}
	*s = next;
}
