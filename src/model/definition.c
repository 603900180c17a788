/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' definitions, their sections and keys: see definition.h. */
#include "model/definition_table.h"

#include "base/clean.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- Names of values */

static const char *const types[] = {
	[DEFINITION_auto] = "auto",
	[DEFINITION_pvh] = "pvh",
	[DEFINITION_pv] = "pv",
};

static const char *const actions[] = {
	[DEFINITION_destroy] = "destroy",
	[DEFINITION_restart] = "restart",
	[DEFINITION_preserve] = "preserve",
	[DEFINITION_dump] = "dump",
};

const char *definition_type_name(enum definition_type type)
{
	assert(type < DEFINITION_TYPE_COUNT);
	return types[type];
}

int definition_type_by_name(const char *name)
{
	return definition_by_name(types, GNX_LEN(types), name);
}

const char *definition_action_name(enum definition_action action)
{
	assert(action < DEFINITION_ACTION_COUNT);
	return actions[action];
}

int definition_action_by_name(const char *name)
{
	return definition_by_name(actions, GNX_LEN(actions), name);
}

/* --- The table */

#define STRUCT_guest struct definition
#define STRUCT_disk  struct definition_disk
#define STRUCT_vif   struct definition_vif

static const struct definition_key keys[] = {
#define X(...) DEFINITION_KEY(__VA_ARGS__),
#include "model/guest.def"
#undef X
};

static const char *const sections[] = {
	[SECTION_guest] = "guest",
	[SECTION_disk] = "disk",
	[SECTION_vif] = "vif",
};

_Static_assert(GNX_LEN(keys) <= 32, "definition_text.c has a bit for each");

int definition_key_find(enum definition_section section, const char *name)
{
	return definition_key_among(keys, GNX_LEN(keys), section, name);
}

/* --- Sections */

static int find_disk(
	const struct definition *d, const char *target, size_t *index_out, struct gnx_err *err)
{
	const char *fault = definition_target_fault(target);
	size_t i = 0;

	if (fault)
		return gnx_fail(err, -EINVAL, "[disk %s]: the disk's name %s",
			definition_show(target).text, fault);
	while (i < d->disks_len && strcmp(d->disks[i].target, target))
		i++;
	if (i == DEFINITION_DISKS_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "[disk %s]: a guest has at most %d disks",
			target, DEFINITION_DISKS_MAX);
	*index_out = i;
	return 0;
}

static int find_vif(const char *number, size_t *index_out, struct gnx_err *err)
{
	uint64_t n = 0;
	int r = gnx_parse_u64(number, DEFINITION_VIFS_MAX - 1, &n);

	if (r == -ERANGE)
		return gnx_fail(err, -GNX_E_TOO_BIG,
			"[vif %s]: a guest has at most %d interfaces, 0 to %d",
			definition_show(number).text, DEFINITION_VIFS_MAX, DEFINITION_VIFS_MAX - 1);
	_Static_assert(DEFINITION_VIFS_MAX <= 10, "one digit");
	if (r < 0 || number[1])
		return gnx_fail(err, -EINVAL,
			"[vif %s]: the interface's name is its number, 0 and up",
			definition_show(number).text);
	*index_out = n;
	return 0;
}

int definition_find(const struct definition *d, const char *section,
	struct definition_place *place_out, struct gnx_err *err)
{
	struct definition_place place = {SECTION_guest, 0};
	int r = 0;

	if (gnx_starts(section, "disk ")) {
		place.section = SECTION_disk;
		r = find_disk(d, section + strlen("disk "), &place.index, err);
	} else if (gnx_starts(section, "vif ")) {
		place.section = SECTION_vif;
		r = find_vif(section + strlen("vif "), &place.index, err);
	} else if (strcmp(section, "guest")) {
		return gnx_fail(err, -EINVAL,
			"there is no section [%s]; there are [guest], [disk xvda] and the like, "
			"[vif 0] and the like",
			definition_show(section).text);
	}
	if (!r)
		*place_out = place;
	return r;
}

/* How many disks there are, or interfaces. */
static size_t *count_of(struct definition *d, enum definition_section section)
{
	return section == SECTION_disk ? &d->disks_len : &d->vifs_len;
}

/* What the offsets of its keys are in. */
static void *base_of(struct definition *d, struct definition_place place)
{
	switch (place.section) {
	case SECTION_disk:
		return &d->disks[place.index];
	case SECTION_vif:
		return &d->vifs[place.index];
	default:
		return d;
	}
}

/* Whether it was not there. */
static bool add(struct definition *d, struct definition_place place, const char *section)
{
	size_t *count = count_of(d, place.section);

	if (place.section == SECTION_guest || place.index < *count)
		return false;
	for (size_t i = *count; i <= place.index; i++) {
		struct definition_place next = {place.section, i};

		if (place.section == SECTION_disk)
			d->disks[i] = (struct definition_disk){0};
		else
			d->vifs[i] = (struct definition_vif){0};
		definition_defaults(base_of(d, next), keys, GNX_LEN(keys), place.section);
	}
	if (place.section == SECTION_disk)
		strcpy(d->disks[place.index].target, section + strlen("disk "));
	*count = place.index + 1;
	return true;
}

int definition_add(struct definition *d, const char *section, struct gnx_err *err)
{
	struct definition_place place;
	int r = definition_find(d, section, &place, err);

	return r < 0 ? r : add(d, place, section);
}

void definition_init(struct definition *d)
{
	memset(d, 0, sizeof(*d));
	definition_defaults(d, keys, GNX_LEN(keys), SECTION_guest);
}

/* --- Keys */

int definition_set(struct definition *d, const char *section, const char *key, const char *value,
	struct gnx_err *err)
{
	struct definition_place place;
	int k, r = definition_find(d, section, &place, err);
	size_t count;

	if (r < 0)
		return r;
	k = definition_key_find(place.section, key);
	if (k < 0)
		return gnx_fail(err, -EINVAL, "[%s]: there is no key \"%s\"", section,
			definition_show(key).text);
	count = *count_of(d, place.section);
	add(d, place, section);
	r = definition_put(base_of(d, place), &keys[k], section, value, err);
	if (r < 0)
		*count_of(d, place.section) = count;
	return r;
}

int definition_form(const char *section, const char *key)
{
	size_t n = strcspn(section, " ");

	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		const char *name = sections[keys[i].section];

		if (strlen(name) == n && !memcmp(name, section, n) && !strcmp(keys[i].name, key))
			return (int)definition_kinds[keys[i].kind].form;
	}
	return -EINVAL;
}

/* Finds the next key of the sections from the cursor's on; false behind the last one. */
static bool move_on(const struct definition *d, struct definition_cursor *c)
{
	const size_t counts[] = {1, d->disks_len, d->vifs_len};

	while (c->place.section < GNX_LEN(counts)) {
		if (c->place.index == counts[c->place.section]) {
			c->place.section++;
			c->place.index = 0;
			continue;
		}
		for (; c->next < GNX_LEN(keys); c->next++)
			if (keys[c->next].section == c->place.section)
				return true;
		c->place.index++;
		c->next = 0;
	}
	return false;
}

static void name_section(const struct definition *d, struct definition_cursor *c)
{
	const char *name = sections[c->place.section];

	if (c->place.section == SECTION_guest)
		snprintf(c->section, sizeof(c->section), "%s", name);
	else if (c->place.section == SECTION_disk)
		snprintf(c->section, sizeof(c->section), "%s %s", name,
			d->disks[c->place.index].target);
	else
		snprintf(c->section, sizeof(c->section), "%s %zu", name, c->place.index);
}

bool definition_next(const struct definition *d, struct definition_cursor *c)
{
	if (!move_on(d, c))
		return false;
	c->key = &keys[c->next++];
	name_section(d, c);
	/* Only read; base_of() has no const. */
	definition_kinds[c->key->kind].get(
		(char *)base_of((struct definition *)d, c->place) + c->key->offset, c->value);
	return true;
}

void definition_each(const struct definition *d,
	void (*tell)(void *arg, const char *section, const char *key, const char *value), void *arg)
{
	struct definition_cursor c = {0};

	while (definition_next(d, &c))
		tell(arg, c.section, c.key->name, c.value);
}
