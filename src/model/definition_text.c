/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest's definition as INI text, read and written. See definition.h. */
#include "model/definition_part.h"

#include "base/clean.h"
#include "base/ini.h"

#include <string.h>

/* One text being read. */
struct reader {
	struct definition *d;
	struct gnx_ini_sink sink;
	struct gnx_buf value;		    /* of the key that was set last */
	uint32_t keys;			    /* of this section that were set */
	uint32_t sections[SECTION_vif + 1]; /* that were there, by their places */
};

/* Whether the bit was set; sets it. */
static bool seen(uint32_t *bits, size_t n)
{
	bool was = *bits >> n & 1;

	*bits |= UINT32_C(1) << n;
	return was;
}

_Static_assert(DEFINITION_DISKS_MAX <= 32 && DEFINITION_VIFS_MAX <= 32, "a bit for each");

static int take_section(void *arg, const char *section, struct gnx_err *err)
{
	struct reader *r = arg;
	struct definition_place place;
	int result = definition_find(r->d, section, &place, err);

	if (result < 0)
		return result;
	if (seen(&r->sections[place.section], place.index))
		return gnx_fail(err, -EINVAL, "[%s]: given twice", section);
	r->keys = 0;
	definition_add(r->d, section, NULL);
	return 0;
}

static int take_key(
	void *arg, const char *section, const char *key, const char *value, struct gnx_err *err)
{
	struct reader *r = arg;
	struct definition_place place = {0};
	int k;

	if (!*section)
		return gnx_fail(
			err, -EINVAL, "a key in front of the first section, such as [guest]");
	if (r->sink.more)
		gnx_buf_str(&r->value, " ");
	else
		r->value.len = 0;
	gnx_buf_str(&r->value, value);
	definition_find(r->d, section, &place, NULL);
	k = definition_key_find(place.section, key);
	if (k >= 0 && seen(&r->keys, (size_t)k) && !r->sink.more)
		return gnx_fail(err, -EINVAL, "[%s] %s: given twice", section, key);
	return definition_set(r->d, section, key, r->value.data, err);
}

int definition_parse(
	struct definition *d, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	struct definition read;
	struct reader r = {.d = &read, .sink = {.section = take_section, .set = take_key}};
	int result;

	if (len > DEFINITION_TEXT_MAX)
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "%s: longer than %d bytes", path, DEFINITION_TEXT_MAX);
	definition_init(&read);
	r.sink.arg = &r;
	result = gnx_ini_parse(text, len, path, &r.sink, err);
	gnx_buf_done(&r.value);
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
