/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses of networks, and which guests have them: see gridnix.h. */
#include "lib/list.h"
#include "lib/target.h"

#include <errno.h>

struct gnx_lease {
	const char *guest, *network, *address; /* the json's */
	json_int_t vif;
	int given;
};

static bool parse_lease(json_t *json, void *item)
{
	struct gnx_lease *l = item;

	return json_unpack(json, "{s:s, s:I, s:s, s:s, s:b}", "guest", &l->guest, "vif", &l->vif,
		       "network", &l->network, "address", &l->address, "given", &l->given) == 0 &&
		l->vif >= 0 && l->vif <= UINT16_MAX;
}

static const struct list_kind leases = {"leases", sizeof(struct gnx_lease), parse_lease};
LIST(gnx_leases, gnx_lease)

int gnx_lease_list(struct gnx_conn *conn, const char *guest, struct gnx_leases **list_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	int r = 0;

	if (!conn || (guest && !*guest) || !list_out)
		return -EINVAL;
	if (guest)
		r = target_guest(conn, &t, guest, "/leases");
	else
		target_put(&t, "/v1/leases", "");
	return r ? r : ask_gnx_leases(conn, &d, &leases, list_out);
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
