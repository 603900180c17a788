/* SPDX-License-Identifier: BSD-3-Clause */
/* What verbs change of definitions: see change.h. */
#include "model/change.h"

#include "base/clean.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static size_t find_disk(const struct definition *d, const char *target)
{
	size_t i = 0;

	while (i < d->disks_len && strcmp(d->disks[i].target, target) != 0)
		i++;
	return i;
}

/* Sets the keys of a section from words such as path=/dev/x, first on. */
static int set_keys(struct definition *d, const char *section, const struct gnx_strv *words,
	size_t first, struct gnx_err *err)
{
	int r = definition_add(d, section, err);

	for (size_t i = first; r >= 0 && i < words->len; i++) {
		char *value = strchr(words->items[i], '=');

		if (!value)
			return gnx_fail(err, -EINVAL,
				"[%s]: write KEY=VALUE, with commas between, such as path=/dev/x",
				section);
		*value++ = '\0';
		r = definition_set(d, section, words->items[i], value, err);
	}
	return r < 0 ? r : 0;
}

static int attach_disk(struct definition *d, const char *value, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	GNX_CLEAN(gnx_free)
	char *section = NULL;

	gnx_strv_split(&words, value, ",");
	section = gnx_fmt("disk %s", words.len ? words.items[0] : "");
	if (words.len && find_disk(d, words.items[0]) < d->disks_len)
		return gnx_fail(err, -EEXIST, "[%s]: is there already", section);
	return set_keys(d, section, &words, 1, err);
}

static int detach_disk(struct definition *d, const char *value, struct gnx_err *err)
{
	size_t i = find_disk(d, value);

	if (i == d->disks_len)
		return gnx_fail(err, -ENOENT, "it has no such disk in its definition");
	d->disks_len--;
	memmove(&d->disks[i], &d->disks[i + 1], (d->disks_len - i) * sizeof(*d->disks));
	return 0;
}

static int attach_vif(struct definition *d, const char *value, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	char section[16];

	gnx_strv_split(&words, value, ",");
	snprintf(section, sizeof(section), "vif %zu", d->vifs_len);
	return set_keys(d, section, &words, 0, err);
}

/* Interfaces have no holes, and their own addresses depend on their numbers. */
static int detach_vif(struct definition *d, const char *value, struct gnx_err *err)
{
	uint64_t n;

	if (gnx_parse_u64(value, DEFINITION_VIFS_MAX - 1, &n) < 0)
		return gnx_fail(err, -EINVAL, "an interface is named by its number, 0 and up");
	if (n >= d->vifs_len)
		return gnx_fail(err, -ENOENT, "it has no such interface in its definition");
	if (n != d->vifs_len - 1)
		return gnx_fail(err, -EINVAL, "interfaces are taken away from the last one on");
	d->vifs_len--;
	return 0;
}

int change_apply(struct definition *d, enum verb verb, const char *value, struct gnx_err *err)
{
	switch (verb) {
	case VERB_attach_disk:
		return attach_disk(d, value, err);
	case VERB_detach_disk:
		return detach_disk(d, value, err);
	case VERB_attach_vif:
		return attach_vif(d, value, err);
	case VERB_detach_vif:
		return detach_vif(d, value, err);
	default:
		return definition_set(d, "guest", verb_key(verb), value, err);
	}
}

int change_check(enum verb verb, const char *value, struct gnx_err *err)
{
	struct definition scratch;
	int r;

	definition_init(&scratch);
	r = change_apply(&scratch, verb, value, err);
	return r == -ENOENT ? 0 : r;
}
