/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls' definitions, their sections and keys, and as a text: see firewall.h. */
#include "model/firewall.h"

#include "base/clean.h"
#include "model/definition_table.h"
#include "model/firewall_part.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const verdicts[] = {
	[FIREWALL_NO_VERDICT] = "",
	[FIREWALL_accept] = "accept",
	[FIREWALL_drop] = "drop",
};

static const char *const directions[] = {
	[FIREWALL_NO_DIRECTION] = "",
	[FIREWALL_in] = "in",
	[FIREWALL_out] = "out",
};

const char *firewall_verdict_name(enum firewall_verdict verdict)
{
	assert(verdict < FIREWALL_VERDICT_COUNT);
	return verdicts[verdict];
}

int firewall_verdict_by_name(const char *name)
{
	return definition_by_name(verdicts, GNX_LEN(verdicts), name);
}

const char *firewall_direction_name(enum firewall_direction direction)
{
	assert(direction < FIREWALL_DIRECTION_COUNT);
	return directions[direction];
}

int firewall_direction_by_name(const char *name)
{
	return definition_by_name(directions, GNX_LEN(directions), name);
}

#define STRUCT_firewall struct firewall
#define STRUCT_set	struct firewall_set
#define STRUCT_rule	struct firewall_rule

static const struct definition_key keys[] = {
#define X(...) DEFINITION_KEY(__VA_ARGS__),
#include "model/firewall.def"
#undef X
};

static int find_key(enum definition_section section, const char *name)
{
	return definition_key_among(keys, GNX_LEN(keys), section, name);
}

/* --- Sections */

static int find_set(
	const struct firewall *f, const char *name, size_t *index_out, struct gnx_err *err)
{
	const char *fault = firewall_set_name_fault(name);
	size_t i = 0;

	if (fault)
		return gnx_fail(err, -EINVAL, "[set %s]: the set's name %s",
			definition_show(name).text, fault);
	while (i < f->sets_len && strcmp(f->sets[i].name, name) != 0)
		i++;
	if (i == FIREWALL_SETS_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "[set %s]: a firewall has at most %d sets",
			name, FIREWALL_SETS_MAX);
	*index_out = i;
	return 0;
}

static int find_rule(
	const struct firewall *f, const char *number, size_t *index_out, struct gnx_err *err)
{
	size_t i = 0;
	uint64_t n;

	/* Without a zero in front, so that a rule has one name. */
	if (*number == '0' || gnx_parse_u64(number, FIREWALL_NUMBER_MAX, &n) < 0)
		return gnx_fail(err, -EINVAL,
			"[rule %s]: the rule's name is its number, 1 to " NUMBER(
				FIREWALL_NUMBER_MAX),
			definition_show(number).text);
	while (i < f->rules_len && f->rules[i].number != n)
		i++;
	if (i == FIREWALL_RULES_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "[rule %s]: a firewall has at most %d rules",
			number, FIREWALL_RULES_MAX);
	*index_out = i;
	return 0;
}

static int find(const struct firewall *f, const char *section, struct definition_place *place_out,
	struct gnx_err *err)
{
	struct definition_place place = {SECTION_firewall, 0};
	int r = 0;

	if (gnx_starts(section, "set ")) {
		place.section = SECTION_set;
		r = find_set(f, section + strlen("set "), &place.index, err);
	} else if (gnx_starts(section, "rule ")) {
		place.section = SECTION_rule;
		r = find_rule(f, section + strlen("rule "), &place.index, err);
	} else if (strcmp(section, "firewall") != 0) {
		return gnx_fail(err, -EINVAL,
			"there is no section [%s]; there are [firewall], [set office] and the "
			"like, [rule 10] and the like",
			definition_show(section).text);
	}
	if (!r)
		*place_out = place;
	return r;
}

/* What the offsets of its keys are in. */
static void *base_of(struct firewall *f, struct definition_place place)
{
	switch (place.section) {
	case SECTION_set:
		return &f->sets[place.index];
	case SECTION_rule:
		return &f->rules[place.index];
	default:
		return f;
	}
}

/* How many sets there are, or rules. */
static size_t *count_of(struct firewall *f, enum definition_section section)
{
	return section == SECTION_set ? &f->sets_len : &f->rules_len;
}

/* Whether it was not there. */
static bool add(struct firewall *f, struct definition_place place, const char *section)
{
	size_t *count = count_of(f, place.section);
	uint64_t number = 0;

	if (place.section == SECTION_firewall || place.index < *count)
		return false;
	if (place.section == SECTION_set) {
		f->sets[place.index] = (struct firewall_set){0};
		strcpy(f->sets[place.index].name, section + strlen("set "));
	} else {
		gnx_parse_u64(section + strlen("rule "), FIREWALL_NUMBER_MAX, &number);
		f->rules[place.index] = (struct firewall_rule){.number = (uint32_t)number};
	}
	definition_defaults(base_of(f, place), keys, GNX_LEN(keys), place.section);
	*count = place.index + 1;
	return true;
}

int firewall_add(struct firewall *f, const char *section, struct gnx_err *err)
{
	struct definition_place place;
	int r = find(f, section, &place, err);

	return r < 0 ? r : add(f, place, section);
}

void firewall_init(struct firewall *f)
{
	memset(f, 0, sizeof(*f));
	definition_defaults(f, keys, GNX_LEN(keys), SECTION_firewall);
}

/* --- Keys */

int firewall_set(struct firewall *f, const char *section, const char *key, const char *value,
	struct gnx_err *err)
{
	struct definition_place place;
	int k, r = find(f, section, &place, err);
	size_t count;

	if (r < 0)
		return r;
	k = find_key(place.section, key);
	if (k < 0)
		return gnx_fail(err, -EINVAL, "[%s]: there is no key \"%s\"", section,
			definition_show(key).text);
	count = *count_of(f, place.section);
	add(f, place, section);
	r = definition_put(base_of(f, place), &keys[k], section, value, err);
	if (r < 0)
		*count_of(f, place.section) = count;
	return r;
}

int firewall_form(const char *section, const char *key)
{
	static const char *const sections[] = {"firewall", "set", "rule"};
	size_t n = strcspn(section, " ");

	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		const char *name = sections[keys[i].section - SECTION_firewall];

		if (strlen(name) == n && !memcmp(name, section, n) && !strcmp(keys[i].name, key))
			return (int)definition_kinds[keys[i].kind].form;
	}
	return -EINVAL;
}

/* Those of one section. */
static void tell_section(const struct firewall *f, struct definition_place place,
	void (*tell)(void *arg, const char *section, const char *key, const char *value), void *arg)
{
	char section[8 + FIREWALL_SET_NAME_MAX] = "firewall", value[DEFINITION_LINE_MAX + 1];
	/* Only read; base_of() has no const. */
	const char *base = base_of((struct firewall *)f, place);

	if (place.section == SECTION_set)
		snprintf(section, sizeof(section), "set %s", f->sets[place.index].name);
	if (place.section == SECTION_rule)
		snprintf(section, sizeof(section), "rule %u", f->rules[place.index].number);
	for (size_t i = 0; i < GNX_LEN(keys); i++)
		if (keys[i].section == place.section) {
			definition_kinds[keys[i].kind].get(base + keys[i].offset, value);
			tell(arg, section, keys[i].name, value);
		}
}

void firewall_each(const struct firewall *f,
	void (*tell)(void *arg, const char *section, const char *key, const char *value), void *arg)
{
	tell_section(f, (struct definition_place){SECTION_firewall, 0}, tell, arg);
	for (size_t i = 0; i < f->sets_len; i++)
		tell_section(f, (struct definition_place){SECTION_set, i}, tell, arg);
	for (size_t i = 0; i < f->rules_len; i++)
		tell_section(f, (struct definition_place){SECTION_rule, i}, tell, arg);
}

/* --- As a text */

static int add_section(
	void *it, const char *section, struct definition_place *place_out, struct gnx_err *err)
{
	int r = find(it, section, place_out, err);

	return r < 0 ? r : add(it, *place_out, section);
}

static int set_key(
	void *it, const char *section, const char *key, const char *value, struct gnx_err *err)
{
	return firewall_set(it, section, key, value, err);
}

int firewall_parse(
	struct firewall *f, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct firewall *read = gnx_alloc(sizeof(*read));
	const struct definition_reader to = {read, add_section, find_key, set_key};
	int r;

	firewall_init(read);
	r = definition_read(&to, text, len, path, err);
	if (r < 0)
		return r;
	r = firewall_check(read, err);
	if (r < 0)
		gnx_err_prefix(err, "%s", path);
	else
		*f = *read;
	return r;
}

/* Where it is written, and the section that was begun last. */
struct writer {
	struct gnx_buf *out;
	char section[8 + FIREWALL_SET_NAME_MAX];
};

static void write_key(void *arg, const char *section, const char *key, const char *value)
{
	struct writer *w = arg;
	const char *fallback = NULL;

	/* Not gnx_buf_fmt(): with sanitizers gcc 12 takes section for NULL there. */
	if (strcmp(section, w->section) != 0) {
		gnx_buf_str(w->out, *w->section ? "\n[" : "[");
		gnx_buf_str(w->out, section);
		gnx_buf_str(w->out, "]\n");
	}
	strcpy(w->section, section);
	for (size_t i = 0; i < GNX_LEN(keys); i++)
		if (!strcmp(keys[i].name, key))
			fallback = keys[i].fallback;
	if (!fallback || strcmp(value, fallback) != 0)
		gnx_buf_fmt(w->out, "%s = %s\n", key, value);
}

void firewall_write(const struct firewall *f, struct gnx_buf *out)
{
	struct writer w = {.out = out};

	firewall_each(f, write_key, &w);
}
