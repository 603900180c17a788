/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of things: see list.h. */
#include "lib/list.h"
#include "base/clean.h"

#include <errno.h>

static json_t *item(json_t *json, const json_t *array, size_t i)
{
	if (array)
		return json_array_get(array, i);
	return i ? json_array_get(json_object_get(json, "included"), i - 1) : json;
}

static void list_done(struct list **l)
{
	list_free(*l);
}

/* Reads what the answer says; false: it is no such list. */
static bool parse(struct list *l, const struct list_kind *kind, const json_t *array, size_t len)
{
	l->next = "";
	if ((array && !json_is_array(array)) || json_unpack(l->json, "{s?s}", "next", &l->next) < 0)
		return false;
	for (; l->len < len; l->len++)
		if (!kind->parse(item(l->json, array, l->len), l->items + l->len * l->size))
			return false;
	return true;
}

int list_ask(struct gnx_conn *c, const struct demand *d, const struct list_kind *kind,
	struct list **list_out)
{
	GNX_CLEAN(list_done)
	struct list *l = calloc(1, sizeof(*l));
	const json_t *array;
	size_t len;
	int r;

	if (!l)
		return conn_fail(c, -ENOMEM, "out of memory");
	r = conn_ask_json(c, d, &l->json, &l->text);
	if (r < 0)
		return r;
	array = json_object_get(l->json, kind->name);
	len = json_array_size(array ? array : json_object_get(l->json, "included")) + !array;
	l->size = kind->size;
	l->items = calloc(len + 1, l->size);
	if (!l->items)
		return conn_fail(c, -ENOMEM, "out of memory");
	if (!parse(l, kind, array, len))
		return conn_fail(c, -GNX_ERR_PROTOCOL, "%s: the answer is no list of %s", c->path,
			kind->name);
	*list_out = STEAL(l);
	return 0;
}

void list_free(struct list *l)
{
	if (!l)
		return;
	json_decref(l->json);
	free(l->items);
	free(l->text);
	free(l);
}

const void *list_at(const struct list *l, size_t i)
{
	return l && i < l->len ? l->items + i * l->size : NULL;
}
