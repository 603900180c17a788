/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks and their bridges: see networks.h. */
#include "gridnixd/monitor/networks.h"

#include "base/clean.h"
#include "base/file.h"
#include "gridnixd/monitor/monitor.h"
#include "net/bridge.h"

#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

void networks_done(struct networks *l)
{
	nl_close(&l->nl);
	leases_done(&l->leases);
	free(l->items);
	*l = (struct networks){0};
}

static struct msg_network *find(const struct networks *l, const char *name)
{
	for (size_t i = 0; i < l->len; i++)
		if (!strcmp(l->items[i].network.name, name))
			return &l->items[i];
	return NULL;
}

const struct network *networks_find(const struct networks *l, const char *name)
{
	const struct msg_network *at = find(l, name);

	return at ? &at->network : NULL;
}

const struct network *networks_on_bridge(const struct networks *l, const char *bridge)
{
	for (size_t i = 0; i < l->len; i++)
		if (!strcmp(l->items[i].network.bridge, bridge))
			return &l->items[i].network;
	return NULL;
}

static void put(struct networks *l, const struct network *n)
{
	struct msg_network *at = find(l, n->name);

	if (!at) {
		l->items = gnx_room(l->items, l->len, sizeof(*at));
		for (at = &l->items[l->len++];
			at > l->items && strcmp(at[-1].network.name, n->name) > 0; at--)
			*at = at[-1];
	}
	*at = (struct msg_network){.network = *n};
}

static void drop(struct networks *l, struct msg_network *at)
{
	l->len--;
	memmove(at, at + 1, (size_t)(l->items + l->len - at) * sizeof(*at));
}

/* --- Bridges */

int networks_netlink(struct monitor *m, struct gnx_err *err)
{
	struct nl *nl = &m->networks.nl;

	return nl->socket ? 0 : nl_open(NETLINK_ROUTE, nl, err);
}

/* The conversation ends with a failure, which may be its own. */
static int with_bridges(struct monitor *m, const struct network *n,
	int (*run)(struct nl *nl, const struct network *n, struct gnx_err *err),
	struct gnx_err *err)
{
	int r;

	if (!m->networks.bridges)
		return 0;
	r = networks_netlink(m, err);
	if (!r)
		r = run(&m->networks.nl, n, err);
	if (r < 0)
		nl_close(&m->networks.nl);
	return r;
}

/* The host is degraded by the first one that is not there. */
static void tell_degraded(struct monitor *m)
{
	GNX_CLEAN(gnx_free)
	char *words = NULL;

	for (size_t i = 0; i < m->networks.len && !words; i++) {
		const struct msg_network *at = &m->networks.items[i];

		if (*at->words)
			words = gnx_fmt("%s: %s", at->network.name, at->words);
	}
	degraded_set(m, DEGRADED_network, words ? words : m->routing.words);
}

/* Sees to it that the bridge is there. */
static void keep_bridge(struct monitor *m, struct msg_network *at)
{
	struct gnx_err err = GNX_ERR_INIT;
	int r = with_bridges(m, &at->network, bridge_make, &err);
	const char *more = network_routed(&at->network) && *m->routing.words
		? m->routing.words
		: serving_words(&m->serving, at->network.name);
	char words[sizeof(at->words)];

	snprintf(words, sizeof(words), "%.*s", MSG_BRIDGE_WORDS_MAX, r < 0 ? err.msg : more);
	if (!strcmp(words, at->words))
		return;
	memcpy(at->words, words, sizeof(words));
	fprintf(stderr, "gridnixd: network %s: %s\n", at->network.name,
		*words ? words : "its bridge is there again");
	routing_news(m);
	tell_degraded(m);
}

/* At once, and not only at the next look. */
static void keep_routing(struct monitor *m)
{
	serving_news(m);
	routing_news(m);
	if (routing_look(m))
		tell_degraded(m);
}

void networks_look(struct monitor *m)
{
	struct networks *l = &m->networks;

	if (l->len && l->bridges) {
		l->next %= l->len;
		keep_bridge(m, &l->items[l->next++]);
	}
	if (routing_look(m))
		tell_degraded(m);
	serving_look(m);
}

static void loaded(void *arg, const struct network *n)
{
	put(arg, n);
}

int networks_load(struct monitor *m, struct gnx_err *err)
{
	int r = state_networks(m->state, loaded, &m->networks, err);

	if (!r)
		r = state_leases(m->state, &m->networks.leases, err);
	for (size_t i = 0; !r && i < m->networks.len; i++)
		keep_bridge(m, &m->networks.items[i]);
	if (!r)
		keep_routing(m);
	return r;
}

/* --- What clients want */

static struct event_record event(
	const struct monitor *m, enum event_kind kind, const struct network *n)
{
	struct event_record e = {.kind = kind};

	snprintf(e.detail, sizeof(e.detail), "{\"network\":\"%s\"}", n->name);
	monitor_stamp(m, &e);
	return e;
}

static int check_apart(const struct networks *l, const struct network *n, struct gnx_err *err)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct network *other = &l->items[i].network;
		const char *key =
			strcmp(n->name, other->name) != 0 ? network_clash(n, other) : NULL;

		if (key)
			return gnx_fail(err, -EEXIST,
				"%s: [network] %s: the network %s has that, too", n->name, key,
				other->name);
	}
	return 0;
}

/* What a network that is there can't become. */
static int check_same(const struct network *was, const struct network *n, struct gnx_err *err)
{
	if (was->kind == n->kind && !strcmp(was->bridge, n->bridge) &&
		!strcmp(was->uplink, n->uplink) && was->vlan == n->vlan)
		return 0;
	return gnx_fail(err, -GNX_E_STATE,
		"%s: its kind, bridge, uplink and vlan can't be changed: gridnix network delete %s "
		"comes first",
		n->name, n->name);
}

static int check_place(
	const struct monitor *m, const struct network *n, bool replace, struct gnx_err *err)
{
	const struct networks *l = &m->networks;
	const struct msg_network *was = find(l, n->name);
	int r = 0;

	if (was && !replace)
		return gnx_fail(
			err, -EEXIST, "%s: there is a network of this name already", n->name);
	if (was)
		r = check_same(&was->network, n, err);
	if (was && !r)
		r = leases_fit(&l->leases, n, err);
	if (!was && l->len == NETWORKS_MAX)
		return gnx_fail(err, -EBUSY, "%s: there are %d networks, which is the most",
			n->name, NETWORKS_MAX);
	return r ? r : check_apart(l, n, err);
}

/* The bridge as it was: there is nobody left to tell a further failure to but the log. */
static void undo(struct monitor *m, const struct network *n)
{
	struct msg_network *was = find(&m->networks, n->name);
	struct gnx_err err = GNX_ERR_INIT;

	if (was)
		keep_bridge(m, was);
	else if (with_bridges(m, n, bridge_remove, &err) < 0)
		fprintf(stderr, "gridnixd: network %s: %s\n", n->name, err.msg);
}

/* later: when its uplink is there, if it isn't yet. */
static int make_bridge(struct monitor *m, const struct network *n, bool later, struct gnx_err *err)
{
	int r = with_bridges(m, n, bridge_make, err);

	return later && r == -GNX_E_STATE ? 0 : r;
}

static int define(
	struct monitor *m, struct network *n, bool replace, bool later, struct gnx_err *err)
{
	struct event_record e;
	int r = network_check(n, err); /* what the front sent has passed no check of ours */

	if (!r)
		r = check_place(m, n, replace, err);
	if (!r)
		r = monitor_journal(m, err);
	if (!r)
		r = make_bridge(m, n, later, err);
	if (r < 0)
		return r;
	e = event(m, EVENT_network_defined, n);
	r = state_network_put(m->state, n, &e, err);
	if (r < 0) {
		undo(m, n);
		return r;
	}
	put(&m->networks, n);
	guarding_bridges(m);
	firewalls_networks(m);
	keep_routing(m);
	keep_bridge(m, find(&m->networks, n->name)); /* whose words may be of the rules */
	peers_news(m);
	return 0;
}

int network_define(struct monitor *m, struct network *n, bool replace, struct gnx_err *err)
{
	return define(m, n, replace, false, err);
}

int network_file(struct monitor *m, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	const struct network *was;
	struct network n;
	int r = gnx_file_read(path, DEFINITION_TEXT_MAX, &text, err);

	if (!r)
		r = network_parse(&n, text.data, text.len, path, err);
	if (r < 0)
		return r;
	was = networks_find(&m->networks, n.name);
	if (was && !memcmp(was, &n, sizeof(n)))
		return 0;
	r = define(m, &n, true, !was, err);
	if (r < 0)
		gnx_err_prefix(err, "%s", path);
	return r;
}

/* Who is on a network. */
struct user {
	const struct network *network;
	char name[GUEST_NAME_MAX + 1]; /* "": nobody */
};

static void look_for_user(void *arg, const struct definition *d, enum state_want want)
{
	struct user *u = arg;

	(void)want;
	for (size_t i = 0; i < d->vifs_len; i++)
		if (!strcmp(d->vifs[i].network, u->network->name) ||
			!strcmp(d->vifs[i].bridge, u->network->bridge))
			memcpy(u->name, d->name, sizeof(u->name));
}

int network_delete(struct monitor *m, const char *name, struct gnx_err *err)
{
	struct msg_network *at = find(&m->networks, name);
	struct user user = {0};
	struct event_record e;
	int r;

	if (!at)
		return gnx_fail(err, -ENOENT, "%s: there is no such network", name);
	user.network = &at->network;
	r = state_definitions(m->state, look_for_user, &user, err);
	if (!r && *user.name)
		r = gnx_fail(err, -EBUSY, "%s: the guest %s is on it", name, user.name);
	if (!r)
		r = monitor_journal(m, err);
	if (!r)
		r = with_bridges(m, &at->network, bridge_remove, err);
	if (r < 0)
		return r;
	e = event(m, EVENT_network_deleted, &at->network);
	r = state_network_drop(m->state, name, &e, err);
	if (r < 0) {
		keep_bridge(m, at);
		return r;
	}
	drop(&m->networks, at);
	keep_routing(m);
	tell_degraded(m);
	peers_news(m);
	return 0;
}

int networks_tell(struct monitor *m, const char *name,
	void (*tell)(void *arg, const struct msg_network *n), void *arg, struct gnx_err *err)
{
	const struct msg_network *one = find(&m->networks, name);

	if (*name && !one)
		return gnx_fail(err, -ENOENT, "%s: there is no such network", name);
	if (one)
		tell(arg, one);
	for (size_t i = 0; !one && i < m->networks.len; i++)
		tell(arg, &m->networks.items[i]);
	return 0;
}

/* --- What guests have of them */

static int check_there(const struct networks *l, const struct definition *d, struct gnx_err *err)
{
	for (size_t i = 0; i < d->vifs_len; i++)
		if (*d->vifs[i].network && !find(l, d->vifs[i].network))
			return gnx_fail(err, -EINVAL, "[vif %zu] network: there is no network %s",
				i, d->vifs[i].network);
	return 0;
}

/* The addresses of an interface, with blanks between. */
static void fill_address(const struct leases *l, const uint8_t uuid[GUEST_UUID], size_t vif,
	char out[DEFINITION_PATH_MAX + 1])
{
	char text[LEASE_TEXT];

	for (size_t i = 0; i < l->len; i++) {
		if (l->items[i].vif != vif || memcmp(l->items[i].uuid, uuid, GUEST_UUID) != 0)
			continue;
		lease_text(&l->items[i], text);
		if (*out)
			strcat(out, " ");
		strcat(out, text); /* one of each family: there is room */
	}
}

int networks_resolve(const struct monitor *m, struct definition *d, struct gnx_err *err)
{
	int r = check_there(&m->networks, d, err);

	for (size_t i = 0; !r && i < d->vifs_len; i++) {
		struct definition_vif *vif = &d->vifs[i];
		const struct msg_network *at = find(&m->networks, vif->network);

		if (!at)
			continue;
		if (!*vif->address)
			fill_address(&m->networks.leases, d->uuid, i, vif->address);
		memcpy(vif->bridge, at->network.bridge, sizeof(vif->bridge));
		memset(vif->network, 0, sizeof(vif->network));
	}
	return r;
}

static const struct network *network_of(const void *l, const struct definition_vif *vif)
{
	return *vif->network ? networks_find(l, vif->network) : networks_on_bridge(l, vif->bridge);
}

int networks_plan(const struct monitor *m, const struct definition *d, struct leases *out,
	struct gnx_err *err)
{
	const struct networks *l = &m->networks;
	int r = check_there(l, d, err);

	return r ? r : leases_plan(&l->leases, d, network_of, l, out, err);
}

int networks_hold(struct monitor *m, const struct definition *d, struct gnx_err *err)
{
	GNX_CLEAN(leases_done)
	struct leases leases = {0};
	int r = networks_plan(m, d, &leases, err);

	if (!r)
		r = state_hold(m->state, d->uuid, &leases, err);
	if (!r)
		leases_replace(&m->networks.leases, d->uuid, &leases);
	serving_news(m);
	return r;
}

int networks_leases(struct monitor *m, const char *guest,
	void (*tell)(void *arg, const struct lease *lease), void *arg, struct gnx_err *err)
{
	const struct leases *l = &m->networks.leases;
	struct subject s;
	int r = *guest ? monitor_subject(m, guest, &s, err) : 0;

	for (size_t i = 0; !r && i < l->len; i++)
		if (!*guest || !memcmp(l->items[i].uuid, s.uuid, GUEST_UUID))
			tell(arg, &l->items[i]);
	return r;
}
