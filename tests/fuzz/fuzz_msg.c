/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: what the daemon's processes say to each other. The input is a message's packet. What
 * was taken is valid and gives the same bytes when it is put again.
 */
#include "gridnixd/msg.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static union {
	struct msg_host host;
	struct guest guest;
	struct event_record event;
	struct operation operation;
	struct definition definition;
	struct msg_work work;
	struct msg_console console;
	struct msg_page page;
	struct network network;
	struct msg_firewall firewall;
	struct lease lease;
	struct msg_guard guard;
	struct msg_port port;
	struct msg_net_query net_query;
	struct msg_net net;
	struct traffic_query query;
	struct msg_traffic traffic;
	struct hook hook;
	struct delivery delivery;
	struct msg_stats stats;
	struct stats_host host_stats;
	char words[GNX_ERR_MSG];
} item;

static void move_operation(struct wire *in, struct wire *out)
{
	msg_get_operation(in, &item.operation);
	assert(item.operation.verb < VERB_COUNT);
	assert(item.operation.state < OPERATION_STATE_COUNT);
	msg_put_operation(out, &item.operation);
}

static void move_work(struct wire *in, struct wire *out)
{
	msg_get_work(in, &item.work);
	assert(item.work.verb < VERB_COUNT && item.work.domid >= -1);
	msg_put_work(out, &item.work);
}

static void move(struct wire *in, struct wire *out)
{
	if (in->type == MSG_DONE)
		move_operation(in, out);
	else if (in->type == MSG_WORK)
		move_work(in, out);
	else
		wire_put_u32(out, wire_get_u32(in));
	switch (in->type) {
	case MSG_HOST:
		msg_get_host(in, &item.host);
		msg_put_host(out, &item.host);
		break;
	case MSG_GUEST:
		msg_get_guest(in, &item.guest);
		msg_put_guest(out, &item.guest);
		wire_put_u8(out, wire_get_u8(in));
		break;
	case MSG_EVENT:
		msg_get_event(in, &item.event);
		assert(item.event.kind < EVENT_COUNT && item.event.before < GUEST_STATE_COUNT);
		assert(item.event.guest.state < GUEST_STATE_COUNT);
		msg_put_event(out, &item.event);
		break;
	case MSG_OPERATION:
		move_operation(in, out);
		break;
	case MSG_HOOK:
		msg_get_hook(in, &item.hook);
		msg_put_hook(out, &item.hook);
		break;
	case MSG_DELIVERY:
		msg_get_delivery(in, &item.delivery);
		assert(item.delivery.kind < EVENT_COUNT);
		msg_put_delivery(out, &item.delivery);
		break;
	case MSG_WORDS:
		wire_get_str(in, item.words, sizeof(item.words));
		wire_put_str(out, item.words);
		break;
	case MSG_ASK_CONSOLE:
		msg_get_console(in, &item.console);
		msg_put_console(out, &item.console);
		break;
	case MSG_ASK_GUESTS:
		msg_get_page(in, &item.page);
		msg_put_page(out, &item.page);
		break;
	case MSG_STATS:
		msg_get_stats(in, &item.stats);
		assert(item.stats.stats.vifs_len <= STATS_VIFS_MAX);
		assert(item.stats.stats.vbds_len <= STATS_VBDS_MAX);
		msg_put_stats(out, &item.stats);
		break;
	case MSG_HOST_STATS:
		msg_get_host_stats(in, &item.host_stats);
		msg_put_host_stats(out, &item.host_stats);
		break;
	case MSG_NETWORK:
		msg_get_network(in, &item.network);
		assert(item.network.kind < NETWORK_KIND_COUNT);
		msg_put_network(out, &item.network);
		wire_get_str(in, item.words, sizeof(item.words));
		wire_put_str(out, item.words);
		break;
	case MSG_FIREWALL:
		msg_get_told_firewall(in, &item.firewall);
		assert(item.firewall.firewall.sets_len <= FIREWALL_SETS_MAX);
		assert(item.firewall.firewall.rules_len <= FIREWALL_RULES_MAX);
		msg_put_told_firewall(out, &item.firewall);
		break;
	case MSG_LEASE:
		msg_get_lease(in, &item.lease);
		assert(item.lease.vif < DEFINITION_VIFS_MAX);
		msg_put_lease(out, &item.lease);
		break;
	case MSG_ASK_GUARD:
		msg_get_guard(in, &item.guard);
		assert(item.guard.act < MSG_GUARD_ACTS);
		msg_put_guard(out, &item.guard);
		break;
	case MSG_PORT:
		msg_get_port(in, &item.port);
		assert(item.port.state < GUARDED_STATE_COUNT);
		msg_put_port(out, &item.port);
		break;
	case MSG_ASK_NET:
		msg_get_net_query(in, &item.net_query);
		msg_put_net_query(out, &item.net_query);
		break;
	case MSG_NET:
		msg_get_net(in, &item.net);
		assert(item.net.servers_len <= INET_SERVERS_MAX);
		assert(item.net.state < MSG_LINK_STATES && item.net.guard < GUARDED_STATE_COUNT);
		assert(item.net.addresses_len <= MSG_ADDRESSES_MAX);
		assert(item.net.routes_len <= MSG_ROUTES_MAX);
		msg_put_net(out, &item.net);
		break;
	case MSG_ASK_TRAFFIC:
		wire_get_str(in, item.words, sizeof(item.words));
		wire_put_str(out, item.words);
		msg_get_query(in, &item.query);
		assert(item.query.span < TRAFFIC_ever);
		msg_put_query(out, &item.query);
		break;
	case MSG_TRAFFIC:
		msg_get_traffic(in, &item.traffic);
		assert(item.traffic.item.span < TRAFFIC_ever && item.traffic.item.since >= 0);
		msg_put_traffic(out, &item.traffic);
		break;
	case MSG_DEFINITION:
		msg_get_definition(in, &item.definition);
		assert(item.definition.disks_len <= DEFINITION_DISKS_MAX);
		assert(item.definition.vifs_len <= DEFINITION_VIFS_MAX);
		msg_put_definition(out, &item.definition);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd[2] = {-1, -1};
	static struct wire in, out;

	if (fd[0] < 0)
		assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0);
	if (!size || size > WIRE_MAX)
		return 0;
	assert(send(fd[0], data, size, 0) == (ssize_t)size);
	if (wire_recv(fd[1], &in) < 0)
		return 0;
	wire_begin(&out, in.type);
	move(&in, &out);
	if (wire_end(&in) == 0)
		assert(!out.bad && out.len == in.len && !memcmp(out.data, in.data, in.len));
	return 0;
}
