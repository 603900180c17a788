/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: a packet from another process. The input is a byte that says how many values are
 * asked for, one for each of them, and the packet. What is taken as a whole message is, put
 * together again, the same bytes.
 */
#include "wire/wire.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes a value of the kind and length that op says out of in, and puts it into out. */
static void move(struct wire *in, struct wire *out, uint8_t op)
{
	char data[256 / 6 + 1];
	size_t len = op / 6;

	switch (op % 6) {
	case 0:
		wire_put_u8(out, wire_get_u8(in));
		break;
	case 1:
		wire_put_u32(out, wire_get_u32(in));
		break;
	case 2:
		wire_put_u64(out, wire_get_u64(in));
		break;
	case 3:
		wire_put_i64(out, wire_get_i64(in));
		break;
	case 4:
		wire_get_bytes(in, data, len);
		wire_put_bytes(out, data, len);
		break;
	case 5:
		wire_get_str(in, data, len + 1);
		assert(strlen(data) <= len && (!in->bad || !*data));
		wire_put_str(out, data);
		break;
	}
}

/* The packet as it arrives. */
static int pass(const uint8_t *data, size_t size, struct wire *w)
{
	static int fd[2] = {-1, -1};

	if (fd[0] < 0)
		assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0);
	assert(send(fd[0], data, size, 0) == (ssize_t)size);
	return wire_recv(fd[1], w);
}

/* What a packet of this size is at first sight. */
static int expected(size_t size)
{
	if (size == 0)
		return -EPIPE;
	return size < 2 || size > WIRE_MAX ? -GNX_E_SYNTAX : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire in, out;
	size_t ops = size ? data[0] : 0, head = 1 + ops;
	int r;

	if (size < head || size - head > 2 * WIRE_MAX)
		return 0;
	size -= head;
	r = pass(data + head, size, &in);
	assert(r == expected(size));
	wire_begin(&out, in.type);
	for (size_t i = 0; i < ops; i++)
		move(&in, &out, data[1 + i]);
	assert(in.at <= in.len && in.len <= WIRE_MAX);
	if (wire_end(&in) < 0)
		return 0;
	assert(r == 1 && !out.bad && out.len == in.len);
	assert(!memcmp(out.data, in.data, in.len));
	return 0;
}
