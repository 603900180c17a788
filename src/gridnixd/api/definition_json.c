/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' definitions as JSON: see definition_json.h. */
#include "gridnixd/api/definition_json.h"

#include "base/clean.h"
#include "gridnixd/api/json_value.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

/* --- Reading */

static int set_key(struct definition *d, const char *section, const char *key, const json_t *v,
	struct gnx_err *err)
{
	int form = definition_form(section, key);
	char number[24];
	const char *text = json_value_text(v, form, number);

	if (!text && form >= 0)
		return gnx_fail(
			err, -EINVAL, "[%s] %s: is not %s", section, key, json_value_wanted(form));
	/* Of a key that there is not this tells, whatever its value. */
	return definition_set(d, section, key, text ? text : "", err);
}

/* The keys of one object, but not the one that names it. */
static int set_keys(struct definition *d, const char *section, json_t *object, const char *but,
	struct gnx_err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		int r = strcmp(key, but) ? set_key(d, section, key, value, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int set_disk(struct definition *d, json_t *disk, size_t i, struct gnx_err *err)
{
	const char *target = json_string_value(json_object_get(disk, "target"));
	GNX_CLEAN(gnx_free)
	char *section = gnx_fmt("disk %s", target ? target : "");
	int r;

	if (!target)
		return gnx_fail(err, -EINVAL,
			"disks: number %zu is not an object with a text \"target\", such as "
			"\"xvda\"",
			i);
	r = definition_add(d, section, err);
	if (r < 0)
		return r;
	if (!r)
		return gnx_fail(err, -EINVAL, "[%s]: given twice", section);
	return set_keys(d, section, disk, "target", err);
}

static int set_vif(struct definition *d, json_t *vif, size_t i, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *section = gnx_fmt("vif %zu", i);
	int r;

	if (!json_is_object(vif))
		return gnx_fail(err, -EINVAL, "vifs: number %zu is not an object", i);
	r = definition_add(d, section, err);
	return r < 0 ? r : set_keys(d, section, vif, "", err);
}

static int set_list(struct definition *d, const char *key, json_t *list,
	int (*set)(struct definition *d, json_t *item, size_t i, struct gnx_err *err),
	struct gnx_err *err)
{
	int r = 0;

	if (!json_is_array(list))
		return gnx_fail(err, -EINVAL, "%s: is not a list", key);
	for (size_t i = 0; !r && i < json_array_size(list); i++)
		r = set(d, json_array_get(list, i), i, err);
	return r;
}

static int set_all(struct definition *d, json_t *root, struct gnx_err *err)
{
	const char *key;
	json_t *value;
	int r = 0;

	json_object_foreach(root, key, value)
	{
		if (!strcmp(key, "disks"))
			r = set_list(d, key, value, set_disk, err);
		else if (!strcmp(key, "vifs"))
			r = set_list(d, key, value, set_vif, err);
		else
			r = set_key(d, "guest", key, value, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int definition_from_json(struct definition *d, const char *text, size_t len, struct gnx_err *err)
{
	struct definition read;
	GNX_CLEAN(json_value_done)
	json_t *root = NULL;
	int r = json_value_object(text, len, &root, err);

	if (r < 0)
		return r;
	definition_init(&read);
	r = set_all(&read, root, err);
	if (!r)
		r = definition_check(&read, err);
	if (!r)
		*d = read;
	return r;
}

/* --- Showing */

/* What is being put together. */
struct show {
	json_t *root, *disks, *vifs;
	json_t *now;	  /* the object of the section last told; borrowed */
	char section[32]; /* its name */
};

static void begin_section(struct show *s, const char *section)
{
	bool disk = gnx_starts(section, "disk ");

	s->section[0] = '\0';
	strncat(s->section, section, sizeof(s->section) - 1);
	s->now = s->root;
	if (!strcmp(section, "guest"))
		return;
	s->now = json_object();
	json_array_append_new(disk ? s->disks : s->vifs, s->now);
	if (disk)
		json_object_set_new(s->now, "target", json_string(section + strlen("disk ")));
}

static void add_key(void *arg, const char *section, const char *key, const char *value)
{
	struct show *s = arg;

	if (strcmp(section, s->section))
		begin_section(s, section);
	if (*value)
		json_object_set_new(
			s->now, key, json_value_of(definition_form(section, key), value));
}

void show_definition(const struct definition *d, struct gnx_buf *out)
{
	GNX_CLEAN(json_value_done)
	json_t *root = json_object();
	struct show s = {.root = root, .disks = json_array(), .vifs = json_array()};
	GNX_CLEAN(gnx_free)
	char *text = NULL;

	definition_each(d, add_key, &s);
	json_object_set_new(root, "disks", s.disks);
	json_object_set_new(root, "vifs", s.vifs);
	text = json_dumps(root, JSON_COMPACT);
	assert(text); /* all that is in it was made here */
	gnx_buf_str(out, text);
}
