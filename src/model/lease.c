/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose addresses are: see lease.h. */
#include "model/lease.h"

#include "base/clean.h"
#include "model/address.h"

#include <arpa/inet.h>
#include <string.h>

void leases_done(struct leases *l)
{
	free(l->items);
	*l = (struct leases){0};
}

static int compare(const struct lease *a, const struct lease *b)
{
	int order = strcmp(a->network, b->network);

	if (!order)
		order = a->family - b->family;
	return order ? order : memcmp(a->address, b->address, sizeof(a->address));
}

/* Where an address is, or would be. */
static size_t place(const struct leases *l, const struct lease *lease)
{
	size_t low = 0, high = l->len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(&l->items[middle], lease) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Who has it, or NULL. */
static const struct lease *holder(const struct leases *l, const struct lease *lease)
{
	size_t at = place(l, lease);

	return at < l->len && !compare(&l->items[at], lease) ? &l->items[at] : NULL;
}

bool leases_add(struct leases *l, const struct lease *lease)
{
	size_t at = place(l, lease);

	if (at < l->len && !compare(&l->items[at], lease))
		return false;
	l->items = gnx_room(l->items, l->len, sizeof(*l->items));
	memmove(&l->items[at + 1], &l->items[at], (l->len++ - at) * sizeof(*l->items));
	l->items[at] = *lease;
	return true;
}

void leases_replace(struct leases *l, const uint8_t uuid[GUEST_UUID], const struct leases *with)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->len; i++)
		if (memcmp(l->items[i].uuid, uuid, GUEST_UUID) != 0)
			l->items[kept++] = l->items[i];
	l->len = kept;
	for (size_t i = 0; i < with->len; i++)
		leases_add(l, &with->items[i]);
}

void lease_text(const struct lease *lease, char out[LEASE_TEXT])
{
	inet_ntop(lease->family, lease->address, out, LEASE_TEXT);
}

/* Whether it is a router's of the network. */
static bool is_gateway(const struct network_range *r, size_t len, const struct lease *lease)
{
	for (size_t i = 0; i < len; i++)
		if (r[i].routed && r[i].family == lease->family &&
			!memcmp(r[i].gateway, lease->address, sizeof(r[i].gateway)))
			return true;
	return false;
}

/* --- What a guest is to have */

/* An interface that a plan is at. */
struct plan {
	const struct leases *all;
	struct leases *out;
	const struct network *network;
	struct lease blank; /* with what all of its leases have */
};

/* A guest can be the router of a network that dom0 is not the router of, if it says so. */
static bool may_route(const struct plan *p, const struct definition_vif *vif)
{
	return p->network->kind == NETWORK_bridged && vif->policy == PORT_router;
}

static int take_one(const struct plan *p, const struct definition_vif *vif,
	const struct lease *lease, struct gnx_err *err)
{
	struct network_range r[NETWORK_RANGES_MAX];
	size_t len = network_ranges(p->network, r);
	const struct lease *has = holder(p->all, lease);
	char word[LEASE_TEXT];

	lease_text(lease, word);
	if (is_gateway(r, len, lease) && !may_route(p, vif))
		return gnx_fail(err, -EEXIST, "[vif %u] address: %s is a gateway of the network %s",
			lease->vif, word, lease->network);
	if ((has && memcmp(has->uuid, lease->uuid, GUEST_UUID) != 0) || !leases_add(p->out, lease))
		return gnx_fail(err, -EEXIST,
			"[vif %u] address: %s is another interface's on the network %s", lease->vif,
			word, lease->network);
	return 0;
}

/* Those that stand in the definition; networks among them are not told apart from the guest's own.
 */
static int take_own(const struct plan *p, const struct definition_vif *vif, struct gnx_err *err)
{
	struct addresses own;
	int r = 0;

	if (addresses_take(vif->address, &own))
		return gnx_fail(err, -EINVAL, "[vif %u] address: is none", p->blank.vif);
	for (size_t i = 0; !r && i < own.len; i++) {
		const struct address *a = &own.items[i];
		struct lease lease = p->blank;

		if (a->prefix != a->len * 8)
			continue;
		lease.family = a->len == 16 ? AF_INET6 : AF_INET;
		memcpy(lease.address, a->bytes, sizeof(lease.address));
		r = take_one(p, vif, &lease, err);
	}
	return r;
}

static void next(const struct network_range *r, uint8_t address[16])
{
	size_t i = r->family == AF_INET ? 4 : 16;

	while (i-- && !++address[i])
		;
}

/* The first one in a range that nobody has. */
static bool pick(const struct plan *p, const struct network_range *r, struct lease *lease)
{
	size_t at;

	lease->family = r->family;
	memcpy(lease->address, r->address, sizeof(lease->address));
	at = place(p->all, lease);
	for (; network_range_has(r, r->family, lease->address); next(r, lease->address)) {
		bool taken = at < p->all->len && !compare(&p->all->items[at], lease);

		at += taken;
		if (!taken && network_ranges_give(r, 1, r->family, lease->address) &&
			leases_add(p->out, lease))
			return true;
	}
	return false;
}

/* What it has been given before. */
static bool keep(const struct plan *p, const struct network_range *r, size_t len, int family)
{
	for (size_t i = 0; i < p->all->len; i++) {
		const struct lease *has = &p->all->items[i];

		if (has->given && has->family == family && has->vif == p->blank.vif &&
			!memcmp(has->uuid, p->blank.uuid, GUEST_UUID) &&
			!strcmp(has->network, p->blank.network) &&
			network_ranges_give(r, len, has->family, has->address))
			return leases_add(p->out, has);
	}
	return false;
}

static int give(const struct plan *p, int family, struct gnx_err *err)
{
	struct network_range r[NETWORK_RANGES_MAX];
	size_t len = network_ranges(p->network, r);
	struct lease lease = p->blank;
	bool some = false;

	if (keep(p, r, len, family))
		return 0;
	lease.given = true;
	for (size_t i = 0; i < len; i++) {
		if (r[i].family != family)
			continue;
		some = true;
		if (pick(p, &r[i], &lease))
			return 0;
	}
	return some ? gnx_fail(err, -GNX_E_STATE,
			      "[vif %u] network: all IPv%d addresses of the network %s are given",
			      lease.vif, family == AF_INET ? 4 : 6, lease.network)
		    : 0;
}

/* Who names a bridge in place of its network is given nothing. */
static int plan_vif(const struct plan *p, const struct definition_vif *vif, struct gnx_err *err)
{
	int r;

	if (*vif->address)
		return take_own(p, vif, err);
	if (!*vif->network)
		return 0;
	r = give(p, AF_INET, err);
	return r ? r : give(p, AF_INET6, err);
}

int leases_plan(const struct leases *l, const struct definition *d,
	const struct network *(*network)(const void *arg, const struct definition_vif *vif),
	const void *arg, struct leases *out, struct gnx_err *err)
{
	GNX_CLEAN(leases_done)
	struct leases planned = {0};
	int r = 0;

	for (size_t i = 0; !r && i < d->vifs_len; i++) {
		struct plan p = {l, &planned, network(arg, &d->vifs[i]), {.vif = (uint32_t)i}};

		if (!p.network)
			continue;
		memcpy(p.blank.network, p.network->name, sizeof(p.blank.network));
		memcpy(p.blank.uuid, d->uuid, GUEST_UUID);
		r = plan_vif(&p, &d->vifs[i], err);
	}
	if (r < 0)
		return r;
	*out = planned;
	planned = (struct leases){0};
	return 0;
}

/* Whether it goes with what the network is to be. On a bridged one gateways are others', also a
 * guest's. */
static bool fits(const struct lease *lease, const struct network *n, const struct network_range *r,
	size_t len)
{
	if (lease->given)
		return network_ranges_give(r, len, lease->family, lease->address);
	return n->kind == NETWORK_bridged || !is_gateway(r, len, lease);
}

int leases_fit(const struct leases *l, const struct network *n, struct gnx_err *err)
{
	struct network_range r[NETWORK_RANGES_MAX];
	size_t len = network_ranges(n, r);
	char text[LEASE_TEXT];

	for (size_t i = 0; i < l->len; i++) {
		const struct lease *lease = &l->items[i];

		if (strcmp(lease->network, n->name) != 0 || fits(lease, n, r, len))
			continue;
		lease_text(lease, text);
		return gnx_fail(err, -EBUSY,
			lease->given
				? "%s: %s is given to a guest, and would be in none of the "
				  "ranges, or a gateway's"
				: "%s: %s is in a guest's definition, and would be a gateway's",
			n->name, text);
	}
	return 0;
}
