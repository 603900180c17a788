/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests: see guest.h and gridnix.h. */
#include "lib/guest.h"
#include "base/clean.h"
#include "lib/conn.h"
#include "lib/target.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

struct gnx_guests {
	json_t *json;
	char *text;
	const char *next; /* json's, or "" */
	size_t len;
	struct gnx_guest items[];
};

bool guest_parse(json_t *json, struct gnx_guest *out)
{
	*out = (struct gnx_guest){.domid = -1};
	if (json_unpack(json, "{s:s, s:s, s?I, s:I, s:s, s?I, s?I, s?I}", "uuid", &out->uuid,
		    "name", &out->name, "domid", &out->domid, "incarnation", &out->incarnation,
		    "state", &out->state, "memory_kib", &out->memory_kib, "vcpus", &out->vcpus,
		    "cpu_ns", &out->cpu_ns) < 0)
		return false;
	return out->domid >= -1 && out->domid <= INT_MAX && out->incarnation >= 0 &&
		out->memory_kib >= 0 && out->vcpus >= 0 && out->vcpus <= UINT_MAX &&
		out->cpu_ns >= 0;
}

static int bad_answer(struct gnx_conn *c)
{
	return conn_fail(c, -GNX_ERR_PROTOCOL, "%s: the answer is no list of guests", c->path);
}

static int list_parse(struct gnx_conn *c, json_t *json, struct gnx_guests **out)
{
	json_t *array = json_object_get(json, "guests");
	size_t len = json_array_size(array);
	GNX_CLEAN(gnx_free)
	struct gnx_guests *list = calloc(1, sizeof(*list) + len * sizeof(list->items[0]));

	if (!list)
		return conn_fail(c, -ENOMEM, "out of memory");
	list->next = "";
	if (!json_is_array(array) || json_unpack(json, "{s?s}", "next", &list->next) < 0)
		return bad_answer(c);
	for (list->len = 0; list->len < len; list->len++)
		if (!guest_parse(json_array_get(array, list->len), &list->items[list->len]))
			return bad_answer(c);
	*out = STEAL(list);
	return 0;
}

static int ask(struct gnx_conn *conn, const char *target, struct gnx_guests **guests_out)
{
	GNX_CLEAN(conn_json_done)
	json_t *json = NULL;
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	struct gnx_guests *list = NULL;
	const struct demand d = {.method = "GET", .target = target};
	int r = conn_ask_json(conn, &d, &json, &text);

	if (!r)
		r = list_parse(conn, json, &list);
	if (r < 0)
		return r;
	list->json = STEAL(json);
	list->text = STEAL(text);
	*guests_out = list;
	return 0;
}

int gnx_guest_list(struct gnx_conn *conn, struct gnx_guests **guests_out)
{
	return conn && guests_out ? ask(conn, "/v1/guests", guests_out) : -EINVAL;
}

int gnx_guest_list_page(
	struct gnx_conn *conn, const char *after, unsigned limit, struct gnx_guests **guests_out)
{
	struct target t = {0};

	if (!conn || !limit || !guests_out)
		return -EINVAL;
	target_page(&t, "/v1/guests", after, limit);
	return t.full ? -EINVAL : ask(conn, t.text, guests_out);
}

const char *gnx_guests_next(const struct gnx_guests *guests)
{
	return guests ? guests->next : "";
}

void gnx_guests_free(struct gnx_guests *guests)
{
	if (!guests)
		return;
	json_decref(guests->json);
	free(guests->text);
	free(guests);
}

size_t gnx_guests_count(const struct gnx_guests *guests)
{
	return guests ? guests->len : 0;
}

const struct gnx_guest *gnx_guests_at(const struct gnx_guests *guests, size_t i)
{
	return guests && i < guests->len ? &guests->items[i] : NULL;
}

const char *gnx_guests_json(const struct gnx_guests *guests)
{
	return guests ? guests->text : "";
}

const char *gnx_guest_uuid(const struct gnx_guest *guest)
{
	return guest ? guest->uuid : "";
}

const char *gnx_guest_name(const struct gnx_guest *guest)
{
	return guest ? guest->name : "";
}

int gnx_guest_domid(const struct gnx_guest *guest)
{
	return guest ? (int)guest->domid : -1;
}

uint64_t gnx_guest_incarnation(const struct gnx_guest *guest)
{
	return guest ? (uint64_t)guest->incarnation : 0;
}

const char *gnx_guest_state(const struct gnx_guest *guest)
{
	return guest ? guest->state : "";
}

uint64_t gnx_guest_memory_kib(const struct gnx_guest *guest)
{
	return guest ? (uint64_t)guest->memory_kib : 0;
}

unsigned gnx_guest_vcpus(const struct gnx_guest *guest)
{
	return guest ? (unsigned)guest->vcpus : 0;
}

uint64_t gnx_guest_cpu_ns(const struct gnx_guest *guest)
{
	return guest ? (uint64_t)guest->cpu_ns : 0;
}
