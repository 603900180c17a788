/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls as JSON: see firewall_json.h. */
#include "gridnixd/api/firewall_json.h"

#include "base/clean.h"
#include "gridnixd/api/json_value.h"
#include "gridnixd/json.h"

#include <assert.h>
#include <string.h>

/* --- Reading */

static int set_key(struct firewall *f, const char *section, const char *key, const json_t *v,
	struct gnx_err *err)
{
	int form = firewall_form(section, key);
	char number[24];
	const char *text = json_value_text(v, form, number);

	if (!text && form >= 0)
		return gnx_fail(
			err, -EINVAL, "[%s] %s: is not %s", section, key, json_value_wanted(form));
	return firewall_set(f, section, key, text ? text : "", err);
}

/* One of a list: a set, which is named by its "name", or a rule, by its "number". */
static int set_item(
	struct firewall *f, const char *what, const char *id, json_t *item, struct gnx_err *err)
{
	char number[24];
	const char *name = json_value_text(json_object_get(item, id), DEFINITION_number, number);
	GNX_CLEAN(gnx_free)
	char *section = gnx_fmt("%s %s", what, name ? name : "");
	const char *key;
	json_t *value;
	int r = firewall_add(f, section, err);

	if (!r)
		r = gnx_fail(err, -EINVAL, "[%s]: given twice", section);
	if (r < 0)
		return r;
	json_object_foreach(item, key, value)
	{
		r = strcmp(key, id) ? set_key(f, section, key, value, err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int set_list(struct firewall *f, const char *key, const char *what, const char *id,
	json_t *list, struct gnx_err *err)
{
	int r = json_is_array(list) ? 0 : gnx_fail(err, -EINVAL, "%s: is not a list", key);

	for (size_t i = 0; !r && i < json_array_size(list); i++)
		r = set_item(f, what, id, json_array_get(list, i), err);
	return r;
}

static int set_all(struct firewall *f, json_t *root, struct gnx_err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(root, key, value)
	{
		int r;

		if (!strcmp(key, "sets"))
			r = set_list(f, key, "set", "name", value, err);
		else if (!strcmp(key, "rules"))
			r = set_list(f, key, "rule", "number", value, err);
		else
			r = set_key(f, "firewall", key, value, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int firewall_from_json(struct firewall *f, const char *text, size_t len, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct firewall *read = gnx_alloc(sizeof(*read));
	GNX_CLEAN(json_value_done)
	json_t *root = NULL;
	int r = json_value_object(text, len, &root, err);

	if (r < 0)
		return r;
	firewall_init(read);
	r = set_all(read, root, err);
	if (!r)
		r = firewall_check(read, err);
	if (!r)
		*f = *read;
	return r;
}

/* --- Showing */

/* What is being put together. */
struct show {
	json_t *root, *sets, *rules;
	json_t *now; /* the object of the section last told; borrowed */
	char section[8 + FIREWALL_SET_NAME_MAX];
};

static void begin_section(struct show *s, const char *section)
{
	const char *id = strchr(section, ' ');
	bool set = gnx_starts(section, "set ");

	strcpy(s->section, section);
	s->now = s->root;
	if (!id)
		return;
	s->now = json_object();
	json_array_append_new(set ? s->sets : s->rules, s->now);
	if (set)
		json_object_set_new(s->now, "name", json_string(id + 1));
	else
		json_object_set_new(s->now, "number", json_value_of(DEFINITION_number, id + 1));
}

static void add_key(void *arg, const char *section, const char *key, const char *value)
{
	struct show *s = arg;

	if (strcmp(section, s->section) != 0)
		begin_section(s, section);
	if (*value)
		json_object_set_new(s->now, key, json_value_of(firewall_form(section, key), value));
}

void show_firewall(const struct msg_firewall *f, bool whole, struct gnx_buf *out)
{
	GNX_CLEAN(json_value_done)
	json_t *root = json_object();
	struct show s = {.root = root, .sets = json_array(), .rules = json_array()};
	GNX_CLEAN(gnx_free)
	char *text = NULL;

	firewall_each(&f->firewall, add_key, &s);
	json_object_set_new(root, "rule_count", json_integer(f->rules));
	if (whole) {
		json_object_set(root, "sets", s.sets);
		json_object_set(root, "rules", s.rules);
	}
	json_decref(s.sets);
	json_decref(s.rules);
	if (f->guests) {
		GNX_CLEAN(gnx_free)
		char *users = show_utf8(f->users);

		json_object_set_new(root, "guests", json_integer(f->guests));
		json_object_set_new(root, "users", json_string(users));
	}
	text = json_dumps(root, JSON_COMPACT);
	assert(text); /* all that is in it was made here */
	gnx_buf_str(out, text);
}
