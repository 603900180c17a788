/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SHA-256 for package checks and the keys of cached steps, BLAKE2b-256 for layers. Hex digits
 * are lower case. For the builder.
 */
#ifndef GNX_BUILD_HASH_H
#define GNX_BUILD_HASH_H

#include "base/err.h"

#include <sodium.h>
#include <stdint.h>

#define HASH_HEX 65 /* 64 digits and the NUL */

/* The key of a step: every input is added with its length, so that none can pose as two. */
struct hash_key {
	crypto_hash_sha256_state state;
};

void hash_key_init(struct hash_key *k);
void hash_key_str(struct hash_key *k, const char *s);
int hash_key_file(struct hash_key *k, const char *path, struct gnx_err *err);
/* All files below dir, by sorted relative path, executable bit and content. */
int hash_key_tree(struct hash_key *k, const char *dir, struct gnx_err *err);
void hash_key_hex(struct hash_key *k, char hex[HASH_HEX]);

int hash_sha256_file(const char *path, char hex[HASH_HEX], struct gnx_err *err);
int hash_blake2b_file(
	const char *path, char hex[HASH_HEX], uint64_t *size_out, struct gnx_err *err);

#endif
