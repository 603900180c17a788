/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest's definition as INI text, read and written. See definition.h. */
#include "model/definition_part.h"

#include "base/clean.h"
#include "base/ini.h"
#include "model/firewall.h"

#include <string.h>

/* One text being read. */
struct reader {
	const struct definition_reader *to;
	struct gnx_ini_sink sink;
	struct definition_place place;	  /* of the section that it is in */
	struct gnx_buf value;		  /* of the key that was set last */
	uint64_t keys;			  /* of this section that were set */
	uint64_t sections[SECTION_COUNT]; /* that were there, by their places */
};

/* Whether the bit was set; sets it. */
static bool seen(uint64_t *bits, size_t n)
{
	bool was = *bits >> n & 1;

	*bits |= UINT64_C(1) << n;
	return was;
}

_Static_assert(DEFINITION_DISKS_MAX <= 64 && FIREWALL_RULES_MAX <= 64, "a bit for each");

static int take_section(void *arg, const char *section, struct gnx_err *err)
{
	struct reader *r = arg;
	int result = r->to->add(r->to->it, section, &r->place, err);

	if (result < 0)
		return result;
	if (seen(&r->sections[r->place.section], r->place.index))
		return gnx_fail(err, -EINVAL, "[%s]: given twice", section);
	r->keys = 0;
	return 0;
}

static int take_key(
	void *arg, const char *section, const char *key, const char *value, struct gnx_err *err)
{
	struct reader *r = arg;
	int k;

	if (!*section)
		return gnx_fail(err, -EINVAL, "a key in front of the first section");
	if (r->sink.more)
		gnx_buf_str(&r->value, " ");
	else
		r->value.len = 0;
	gnx_buf_str(&r->value, value);
	k = r->to->find(r->place.section, key);
	if (k >= 0 && seen(&r->keys, (size_t)k) && !r->sink.more)
		return gnx_fail(err, -EINVAL, "[%s] %s: given twice", section, key);
	return r->to->set(r->to->it, section, key, r->value.data, err);
}

int definition_read(const struct definition_reader *to, const char *text, size_t len,
	const char *path, struct gnx_err *err)
{
	struct reader r = {.to = to, .sink = {.section = take_section, .set = take_key}};
	int result;

	if (len > DEFINITION_TEXT_MAX)
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "%s: longer than %d bytes", path, DEFINITION_TEXT_MAX);
	r.sink.arg = &r;
	result = gnx_ini_parse(text, len, path, &r.sink, err);
	gnx_buf_done(&r.value);
	return result;
}

static int add_section(
	void *it, const char *section, struct definition_place *place_out, struct gnx_err *err)
{
	int r = definition_find(it, section, place_out, err);

	return r < 0 ? r : definition_add(it, section, err);
}

static int set_key(
	void *it, const char *section, const char *key, const char *value, struct gnx_err *err)
{
	return definition_set(it, section, key, value, err);
}

int definition_parse(
	struct definition *d, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	struct definition read;
	const struct definition_reader to = {&read, add_section, definition_key_find, set_key};
	int result;

	definition_init(&read);
	result = definition_read(&to, text, len, path, err);
	if (result < 0)
		return result;
	result = definition_check(&read, err);
	if (result < 0)
		gnx_err_prefix(err, "%s", path);
	else
		*d = read;
	return result;
}

void definition_write(const struct definition *d, struct gnx_buf *out)
{
	struct definition bare = *d;
	struct definition_cursor c = {0};
	char last[sizeof(c.section)] = "";

	definition_bare(&bare);
	while (definition_next(&bare, &c)) {
		if (strcmp(c.section, last))
			gnx_buf_fmt(out, "%s[%s]\n", *last ? "\n" : "", c.section);
		memcpy(last, c.section, sizeof(last));
		if (!c.key->fallback || strcmp(c.value, c.key->fallback))
			gnx_buf_fmt(out, "%s = %s\n", c.key->name, c.value);
	}
}
