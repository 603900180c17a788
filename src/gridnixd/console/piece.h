/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pieces, of which a stream to and from a console consists: a letter, the length of what follows as
 * three bytes, the highest first, and that. docs/api/openapi.yaml describes them. No I/O. For
 * gridnixd-console and its fuzz target.
 */
#ifndef GNX_GRIDNIXD_CONSOLE_PIECE_H
#define GNX_GRIDNIXD_CONSOLE_PIECE_H

#include <stddef.h>
#include <stdint.h>

#define PIECE_HEAD 4
#define PIECE_MAX  4096 /* bytes that follow the head */

/* To the client. Numbers are decimal digits. */
#define PIECE_PLACE  'p' /* where in the log what follows begins */
#define PIECE_OUTPUT 'o' /* what the guest has printed */
#define PIECE_GAP    'g' /* how many bytes of that are missing here; empty: nobody knows */
#define PIECE_OPENED 'n' /* incarnation of the guest whose output follows */
#define PIECE_CLOSED 'c' /* the guest has no terminal; there may be another one later */
#define PIECE_END    'e' /* all was told that was asked for */
#define PIECE_TAKEN  't' /* pid and uid of who writes now, instead of this client */
/* From the client. */
#define PIECE_INPUT 'i' /* for the guest */

/* Writes the head of a piece. */
void piece_head(uint8_t out[PIECE_HEAD], char kind, size_t len);

/* What a client has sent so far. All zero is nothing. */
struct piece_input {
	uint8_t data[PIECE_HEAD + PIECE_MAX];
	size_t len;  /* bytes in data */
	size_t done; /* of the first piece, of what follows its head: taken already */
};

/* The first piece's bytes that are there and not done: *out borrowed until piece_done(). Their
 * number, 0 when there are none yet; -GNX_E_SYNTAX when it is no piece of a client's. */
int piece_take(struct piece_input *in, const uint8_t **out);
/* n of them are done. */
void piece_done(struct piece_input *in, size_t n);

#endif
