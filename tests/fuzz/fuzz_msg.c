/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: what the monitor says to the front. The input is a message's packet. What was taken
 * is valid and gives the same bytes when it is put again.
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
} item;

static void move(struct wire *in, struct wire *out)
{
	wire_put_u32(out, wire_get_u32(in));
	switch (in->type) {
	case MSG_HOST:
		msg_get_host(in, &item.host);
		msg_put_host(out, &item.host);
		break;
	case MSG_GUEST:
		msg_get_guest(in, &item.guest);
		msg_put_guest(out, &item.guest);
		break;
	case MSG_EVENT:
		msg_get_event(in, &item.event);
		assert(item.event.kind < EVENT_COUNT && item.event.before < GUEST_STATE_COUNT);
		assert(item.event.guest.state < GUEST_STATE_COUNT);
		msg_put_event(out, &item.event);
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
