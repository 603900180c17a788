/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages between our own processes: typed values, one message a packet of a SOCK_SEQPACKET
 * socket. The reader takes the values in the order in which they were put, and then insists that
 * nothing is left. For the daemon's processes and their tests.
 */
#ifndef GNX_WIRE_WIRE_H
#define GNX_WIRE_WIRE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAX     16384 /* bytes of a message */
#define WIRE_FDS_MAX 2	   /* descriptors that may go along */

/* A message that is being put together, or taken apart. No pointers, nothing to free. */
struct wire {
	uint16_t type;
	bool bad;   /* a value did not fit, or was not there */
	size_t len; /* bytes in data */
	size_t at;  /* read so far */
	uint8_t data[WIRE_MAX];
};

/* Begins a message of this type, the caller's number. */
void wire_begin(struct wire *w, uint16_t type);
void wire_put_u8(struct wire *w, uint8_t v);
void wire_put_u32(struct wire *w, uint32_t v);
void wire_put_u64(struct wire *w, uint64_t v);
void wire_put_i64(struct wire *w, int64_t v);
/* Bytes with their length. */
void wire_put_bytes(struct wire *w, const void *data, size_t len);
void wire_put_str(struct wire *w, const char *s);

/* Sends it, without waiting: 0; -EAGAIN when the other side has not read enough; -GNX_E_TOO_BIG
 * when its values did not fit; -EPIPE when the other side is gone; else -errno. */
int wire_send(int fd, const struct wire *w);

/* The same with n descriptors that go along, and stay the caller's too. */
int wire_send_fds(int fd, const struct wire *w, const int *fds, size_t n);

/* Receives one without waiting: 1; 0 when there is none yet; -EPIPE when the other side is gone;
 * -GNX_E_SYNTAX for what is no message. Descriptors that come along are refused. */
int wire_recv(int fd, struct wire *w);
/* The same, and takes descriptors: those that came are fds_out's first, given, the others -1. More
 * of them are refused. */
int wire_recv_fds(int fd, struct wire *w, int fds_out[WIRE_FDS_MAX]);

/* The next value; 0 or "" when there is none of that type, and the message is bad then. */
uint8_t wire_get_u8(struct wire *w);
uint32_t wire_get_u32(struct wire *w);
uint64_t wire_get_u64(struct wire *w);
int64_t wire_get_i64(struct wire *w);
/* Exactly len bytes. */
void wire_get_bytes(struct wire *w, void *out, size_t len);
/* A string of at most size - 1 bytes, without NULs in it. */
void wire_get_str(struct wire *w, char *out, size_t size);

/* 0 when all values were there and none is left; else -GNX_E_SYNTAX. */
int wire_end(const struct wire *w);

#endif
