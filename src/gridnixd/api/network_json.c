/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks as JSON: see network_json.h. */
#include "gridnixd/api/network_json.h"

#include "base/clean.h"
#include "gridnixd/api/json_value.h"
#include "gridnixd/json.h"

#include <assert.h>

static int set_key(struct network *n, const char *key, const json_t *v, struct gnx_err *err)
{
	int form = network_form(key);
	char number[24];
	const char *text = json_value_text(v, form, number);

	if (!text && form >= 0)
		return gnx_fail(
			err, -EINVAL, "[network] %s: is not %s", key, json_value_wanted(form));
	return network_set(n, key, text ? text : "", err);
}

int network_from_json(struct network *n, const char *text, size_t len, struct gnx_err *err)
{
	struct network read;
	GNX_CLEAN(json_value_done)
	json_t *root = NULL;
	const char *key;
	json_t *value;
	int r = json_value_object(text, len, &root, err);

	if (r < 0)
		return r;
	network_init(&read);
	json_object_foreach(root, key, value)
	{
		r = set_key(&read, key, value, err);
		if (r < 0)
			return r;
	}
	r = network_check(&read, err);
	if (!r)
		*n = read;
	return r;
}

static void add_key(void *arg, const char *key, const char *value)
{
	if (*value)
		json_object_set_new(arg, key, json_value_of(network_form(key), value));
}

static void show(const json_t *o, struct gnx_buf *out)
{
	GNX_CLEAN(gnx_free)
	char *text = json_dumps(o, JSON_COMPACT);

	assert(text); /* all that is in it was made here */
	gnx_buf_str(out, text);
}

void show_network(const struct msg_network *n, struct gnx_buf *out)
{
	GNX_CLEAN(json_value_done)
	json_t *root = json_object();
	GNX_CLEAN(gnx_free)
	char *words = show_utf8(n->words);

	network_each(&n->network, add_key, root);
	json_object_set_new(root, "state", json_string(*words ? "down" : "up"));
	if (*words)
		json_object_set_new(root, "words", json_string(words));
	show(root, out);
}

static void add_text(json_t *o, const char *key, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *shown = show_utf8(text);

	if (*shown)
		json_object_set_new(o, key, json_string(shown));
}

void show_port(const struct msg_port *p, struct gnx_buf *out)
{
	GNX_CLEAN(json_value_done)
	json_t *root = json_object();
	char uuid[GUEST_UUID_TEXT];

	add_text(root, "bridge", p->bridge);
	add_text(root, "network", p->network);
	json_object_set_new(root, "guarded", json_boolean(p->guarded));
	if (*p->name) {
		add_text(root, "port", p->name);
		add_text(root, "state", guarded_state_name(p->state));
		json_object_set_new(root, "blocked", json_integer((json_int_t)p->blocked));
	}
	if (*p->guest) {
		guest_uuid_text(p->uuid, uuid);
		add_text(root, "guest", p->guest);
		add_text(root, "uuid", uuid);
		json_object_set_new(root, "vif", json_integer(p->number));
	}
	add_text(root, "may", p->words);
	add_text(root, "why", p->why);
	show(root, out);
}
