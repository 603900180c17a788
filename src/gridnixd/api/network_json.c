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

void show_network(const struct msg_network *n, struct gnx_buf *out)
{
	GNX_CLEAN(json_value_done)
	json_t *root = json_object();
	GNX_CLEAN(gnx_free)
	char *words = show_utf8(n->words);
	GNX_CLEAN(gnx_free)
	char *text = NULL;

	network_each(&n->network, add_key, root);
	json_object_set_new(root, "state", json_string(*words ? "down" : "up"));
	if (*words)
		json_object_set_new(root, "words", json_string(words));
	text = json_dumps(root, JSON_COMPACT);
	assert(text); /* all that is in it was made here */
	gnx_buf_str(out, text);
}
