/* SPDX-License-Identifier: BSD-3-Clause */
/* One key of a definition, found in its table and set in its field: see definition_part.h. */
#include "model/definition_part.h"

#include <assert.h>
#include <string.h>

int definition_key_among(const struct definition_key *keys, size_t len,
	enum definition_section section, const char *name)
{
	for (size_t i = 0; i < len; i++)
		if (keys[i].section == section && !strcmp(keys[i].name, name))
			return (int)i;
	return -EINVAL;
}

int definition_by_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -EINVAL;
}

struct definition_shown definition_show(const char *text)
{
	struct definition_shown s = {""};
	size_t n = strlen(text), max = sizeof(s.text) - 4;

	for (size_t i = 0; i < n && i < max; i++)
		s.text[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	if (n > max)
		strcpy(s.text + max, "...");
	return s;
}

void definition_defaults(
	void *base, const struct definition_key *keys, size_t len, enum definition_section section)
{
	for (size_t i = 0; i < len; i++) {
		const struct definition_key *k = &keys[i];
		const char *fault = NULL;

		if (k->section == section && k->fallback && *k->fallback)
			fault = definition_kinds[k->kind].set(
				(char *)base + k->offset, k->size, k->fallback);
		assert(!fault);
	}
}

int definition_put(void *base, const struct definition_key *key, const char *section,
	const char *value, struct gnx_err *err)
{
	char *field = (char *)base + key->offset;
	const char *fault = NULL;

	if (*value)
		fault = definition_kinds[key->kind].set(field, key->size, value);
	else if (key->fallback && !*key->fallback)
		memset(field, 0, key->size);
	else
		return gnx_fail(err, -EINVAL, "[%s] %s: needs a value", section, key->name);
	if (fault)
		return gnx_fail(err, -EINVAL, "[%s] %s: \"%s\" %s", section, key->name,
			definition_show(value).text, fault);
	return 0;
}
