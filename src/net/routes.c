/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of networks as a text for nft: see routes.h. Its chains are in networks.nft and
 * routed.nft. */
#include "net/routes.h"

#include "base/clean.h"
#include "net/routes_part.h"

#include <arpa/inet.h>
#include <string.h>

void routes_opened_done(struct routes_opened *o)
{
	gnx_strv_done(&o->v4);
	gnx_strv_done(&o->v6);
}

void routes_begin(struct gnx_buf *out, const char *dir, bool routed)
{
	gnx_buf_fmt(out, "include \"%s/networks.nft\"\n", dir);
	if (routed)
		gnx_buf_fmt(out, "include \"%s/routed.nft\"\n", dir);
}

void routes_none(struct gnx_buf *out)
{
	gnx_buf_str(out, "add table inet " ROUTES_TABLE "\ndelete table inet " ROUTES_TABLE "\n");
}

#define ADD "add element inet " ROUTES_TABLE " "

static void add_gateway(struct gnx_buf *out, const char *bridge, const struct network_range *r)
{
	int version = r->family == AF_INET ? 4 : 6;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(r->family, r->gateway, text, sizeof(text));
	gnx_buf_fmt(out, ADD "gateways%d { %s }\n", version, text);
	gnx_buf_fmt(out, ADD "own%d { \"%s\" . %s }\n", version, bridge, text);
}

static void add_inside(struct gnx_buf *out, const struct network_range *r)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(r->family, r->address, text, sizeof(text));
	gnx_buf_fmt(out, ADD "inside%d { %s/%u }\n", r->family == AF_INET ? 4 : 6, text, r->prefix);
}

static void add_forward(struct gnx_buf *out, const struct network_forward *f)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(f->family, f->address, text, sizeof(text));
	gnx_buf_fmt(out, ADD "forward%d { %s . %u : %s . %u }\n", f->family == AF_INET ? 4 : 6,
		f->protocol == IPPROTO_TCP ? "tcp" : "udp", f->port, text, f->to);
}

void routes_add(struct gnx_buf *out, const struct network *n, bool routed)
{
	struct network_range ranges[NETWORK_RANGES_MAX];
	struct network_forward forwards[NETWORK_FORWARDS_MAX];
	size_t ranges_len = n->kind == NETWORK_bridged ? 0 : network_ranges(n, ranges);
	size_t forwards_len = routed ? network_forwards(n, forwards) : 0;

	if (!n->dom0)
		gnx_buf_fmt(out, ADD "bridges { \"%s\" }\n", n->bridge);
	gnx_buf_fmt(out, ADD "within { \"%s\" . \"%s\" }\n", n->bridge, n->bridge);
	if (routed && network_routed(n))
		gnx_buf_fmt(out, ADD "routed { \"%s\" }\n", n->bridge);
	if (routed && n->kind == NETWORK_nat)
		gnx_buf_fmt(out, ADD "nat { \"%s\" }\n", n->bridge);
	if (n->dhcp)
		gnx_buf_fmt(out, ADD "dhcp { \"%s\" }\n", n->bridge);
	if (!strcmp(n->dns, NETWORK_SELF))
		gnx_buf_fmt(out, ADD "dns { \"%s\" }\n", n->bridge);
	for (size_t i = 0; i < ranges_len; i++) {
		if (ranges[i].routed)
			add_gateway(out, n->bridge, &ranges[i]);
		if (routed && ranges[i].routed && n->kind == NETWORK_nat)
			add_inside(out, &ranges[i]);
	}
	for (size_t i = 0; i < forwards_len; i++)
		add_forward(out, &forwards[i]);
}

static void close_all(struct gnx_buf *out, const struct gnx_strv *names, int version)
{
	for (size_t i = 0; i < names->len; i++)
		gnx_buf_fmt(out, ADD "opened%d { \"%s\" }\n", version, names->items[i]);
}

void routes_close(struct gnx_buf *out, const struct routes_opened *opened)
{
	close_all(out, &opened->v4, 4);
	close_all(out, &opened->v6, 6);
}
