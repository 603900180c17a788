/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' definitions as JSON: see definition_json.h. */
#include "gridnixd/api/definition_json.h"

#include "base/clean.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

static void drop(json_t **j)
{
	json_decref(*j);
}

/* --- Reading */

static int set_key(struct definition *d, const char *section, const char *key, const json_t *v,
	struct gnx_err *err)
{
	static const char *const wanted[] = {
		[DEFINITION_text] = "a text",
		[DEFINITION_number] = "a whole number",
		[DEFINITION_yesno] = "true or false",
	};
	int form = definition_form(section, key);
	const char *text = NULL;
	char number[24];

	if (json_is_string(v)) {
		text = json_string_value(v);
	} else if (json_is_integer(v)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		text = number;
	} else if (json_is_boolean(v) && form == DEFINITION_yesno) {
		text = json_is_true(v) ? "yes" : "no";
	}
	if (!text && form >= 0)
		return gnx_fail(err, -EINVAL, "[%s] %s: is not %s", section, key, wanted[form]);
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
	json_error_t why;
	GNX_CLEAN(drop)
	json_t *root = NULL;
	int r;

	if (len > DEFINITION_TEXT_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "a definition of more than %d bytes",
			DEFINITION_TEXT_MAX);
	/* Nesting ends at jansson's own limit, 2048. */
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return gnx_fail(err, -GNX_E_SYNTAX, "line %d, column %d: %s", why.line, why.column,
			why.text);
	if (!json_is_object(root))
		return gnx_fail(err, -EINVAL, "a definition is a JSON object");
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

static json_t *value_of(const char *section, const char *key, const char *value)
{
	switch (definition_form(section, key)) {
	case DEFINITION_number:
		return json_integer(atoll(value));
	case DEFINITION_yesno:
		return json_boolean(!strcmp(value, "yes"));
	default:
		return json_string(value);
	}
}

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
		json_object_set_new(s->now, key, value_of(section, key, value));
}

void show_definition(const struct definition *d, struct gnx_buf *out)
{
	GNX_CLEAN(drop)
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
