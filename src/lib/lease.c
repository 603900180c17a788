/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses of networks, and which guests have them: see gridnix.h. */
#include "base/clean.h"
#include "lib/conn.h"
#include "lib/target.h"

#include <errno.h>

struct gnx_lease {
	const char *guest, *network, *address; /* the json's */
	json_int_t vif;
	int given;
};

struct gnx_leases {
	json_t *json;
	char *text;
	size_t len;
	struct gnx_lease items[];
};

static bool parse_lease(json_t *json, struct gnx_lease *l)
{
	return json_unpack(json, "{s:s, s:I, s:s, s:s, s:b}", "guest", &l->guest, "vif", &l->vif,
		       "network", &l->network, "address", &l->address, "given", &l->given) == 0 &&
		l->vif >= 0 && l->vif <= UINT16_MAX;
}

int gnx_lease_list(struct gnx_conn *conn, const char *guest, struct gnx_leases **list_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	GNX_CLEAN(conn_json_done)
	json_t *json = NULL;
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	GNX_CLEAN(gnx_free)
	struct gnx_leases *list = NULL;
	json_t *array;
	int r = 0;

	if (!conn || (guest && !*guest) || !list_out)
		return -EINVAL;
	if (guest)
		r = target_guest(conn, &t, guest, "/leases");
	else
		target_put(&t, "/v1/leases", "");
	if (!r)
		r = conn_ask_json(conn, &d, &json, &text);
	if (r < 0)
		return r;
	array = json_object_get(json, "leases");
	list = calloc(1, sizeof(*list) + json_array_size(array) * sizeof(list->items[0]));
	if (!list)
		return conn_fail(conn, -ENOMEM, "out of memory");
	for (; list->len < json_array_size(array); list->len++)
		if (!parse_lease(json_array_get(array, list->len), &list->items[list->len]))
			return conn_fail(conn, -GNX_ERR_PROTOCOL,
				"%s: the answer is no list of leases", conn->path);
	list->json = STEAL(json);
	list->text = STEAL(text);
	*list_out = STEAL(list);
	return 0;
}

void gnx_leases_free(struct gnx_leases *list)
{
	if (!list)
		return;
	json_decref(list->json);
	free(list->text);
	free(list);
}

size_t gnx_leases_count(const struct gnx_leases *list)
{
	return list ? list->len : 0;
}

const struct gnx_lease *gnx_leases_at(const struct gnx_leases *list, size_t i)
{
	return list && i < list->len ? &list->items[i] : NULL;
}

const char *gnx_leases_json(const struct gnx_leases *list)
{
	return list ? list->text : "";
}

const char *gnx_lease_guest(const struct gnx_lease *lease)
{
	return lease ? lease->guest : "";
}

unsigned gnx_lease_vif(const struct gnx_lease *lease)
{
	return lease ? (unsigned)lease->vif : 0;
}

const char *gnx_lease_network(const struct gnx_lease *lease)
{
	return lease ? lease->network : "";
}

const char *gnx_lease_address(const struct gnx_lease *lease)
{
	return lease ? lease->address : "";
}

int gnx_lease_given(const struct gnx_lease *lease)
{
	return lease ? lease->given : 0;
}
