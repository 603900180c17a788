/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests: see guest.h and gridnix.h. */
#include "lib/guest.h"
#include "lib/list.h"
#include "lib/target.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

bool guest_parse(json_t *json, struct gnx_guest *out)
{
	*out = (struct gnx_guest){.domid = -1};
	if (json_unpack(json, "{s:s, s:s, s?I, s:I, s:s, s?b, s?I, s?I, s?I}", "uuid", &out->uuid,
		    "name", &out->name, "domid", &out->domid, "incarnation", &out->incarnation,
		    "state", &out->state, "foreign", &out->foreign, "memory_kib", &out->memory_kib,
		    "vcpus", &out->vcpus, "cpu_ns", &out->cpu_ns) < 0)
		return false;
	return out->domid >= -1 && out->domid <= INT_MAX && out->incarnation >= 0 &&
		out->memory_kib >= 0 && out->vcpus >= 0 && out->vcpus <= UINT_MAX &&
		out->cpu_ns >= 0;
}

static bool parse(json_t *json, void *item)
{
	return guest_parse(json, item);
}

static const struct list_kind guests = {"guests", sizeof(struct gnx_guest), parse};
LIST(gnx_guests, gnx_guest)

int gnx_guest_list(struct gnx_conn *conn, struct gnx_guests **guests_out)
{
	const struct demand d = {.method = "GET", .target = "/v1/guests"};

	return conn && guests_out ? ask_gnx_guests(conn, &d, &guests, guests_out) : -EINVAL;
}

int gnx_guest_list_page(
	struct gnx_conn *conn, const char *after, unsigned limit, struct gnx_guests **guests_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	int r;

	if (!conn || !limit || !guests_out)
		return -EINVAL;
	target_page(&t, "/v1/guests", after, limit);
	r = target_end(conn, &t);
	return r ? r : ask_gnx_guests(conn, &d, &guests, guests_out);
}

const char *gnx_guests_next(const struct gnx_guests *list)
{
	return list ? list->list.next : "";
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

int gnx_guest_foreign(const struct gnx_guest *guest)
{
	return guest && guest->foreign;
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
