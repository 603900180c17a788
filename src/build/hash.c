/* SPDX-License-Identifier: BSD-3-Clause */
/* Hashes: see hash.h. The algorithms are libsodium's. */
#include "build/hash.h"
#include "base/clean.h"
#include "base/str.h"
#include "build/tree.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void hex_of(const unsigned char *raw, char hex[HASH_HEX])
{
	sodium_bin2hex(hex, HASH_HEX, raw, 32);
}

void hash_key_init(struct hash_key *k)
{
	crypto_hash_sha256_init(&k->state);
}

static void key_bytes(struct hash_key *k, const void *data, uint64_t len)
{
	crypto_hash_sha256_update(&k->state, (const unsigned char *)&len, sizeof(len));
	crypto_hash_sha256_update(&k->state, data, len);
}

void hash_key_str(struct hash_key *k, const char *s)
{
	key_bytes(k, s, strlen(s));
}

int hash_key_file(struct hash_key *k, const char *path, struct gnx_err *err)
{
	char hex[HASH_HEX];
	int r = hash_sha256_file(path, hex, err);

	if (r == 0)
		hash_key_str(k, hex);
	return r;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

int hash_key_tree(struct hash_key *k, const char *dir, struct gnx_err *err)
{
	char *const paths[] = {(char *)dir, NULL};
	GNX_CLEAN(tree_close)
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);

	if (!f)
		return gnx_fail_errno(err, "%s", dir);
	for (FTSENT *e; (e = fts_read(f));) {
		if (e->fts_info == FTS_ERR || e->fts_info == FTS_DNR || e->fts_info == FTS_NS) {
			errno = e->fts_errno;
			return gnx_fail_errno(err, "%s", e->fts_path);
		}
		if (e->fts_info != FTS_F)
			continue;
		hash_key_str(k, e->fts_path + strlen(dir));
		hash_key_str(k, e->fts_statp->st_mode & S_IXUSR ? "x" : "-");
		int r = hash_key_file(k, e->fts_path, err);

		if (r < 0)
			return r;
	}
	return 0;
}

void hash_key_hex(struct hash_key *k, char hex[HASH_HEX])
{
	unsigned char raw[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(&k->state, raw);
	hex_of(raw, hex);
}

static int each_chunk(const char *path, void (*update)(void *, const unsigned char *, size_t),
	void *state, uint64_t *size_out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	GNX_CLEAN(gnx_free)
	unsigned char *chunk = gnx_alloc(1 << 20);
	uint64_t size = 0;

	if (fd < 0)
		return gnx_fail_errno(err, "%s", path);
	for (;;) {
		ssize_t n = read(fd, chunk, 1 << 20);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gnx_fail_errno(err, "%s: read", path);
		if (n == 0)
			break;
		update(state, chunk, (size_t)n);
		size += (uint64_t)n;
	}
	if (size_out)
		*size_out = size;
	return 0;
}

static void sha256_update(void *state, const unsigned char *data, size_t len)
{
	crypto_hash_sha256_update(state, data, len);
}

static void blake2b_update(void *state, const unsigned char *data, size_t len)
{
	crypto_generichash_update(state, data, len);
}

int hash_sha256_file(const char *path, char hex[HASH_HEX], struct gnx_err *err)
{
	unsigned char raw[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	int r;

	crypto_hash_sha256_init(&state);
	r = each_chunk(path, sha256_update, &state, NULL, err);
	if (r < 0)
		return r;
	crypto_hash_sha256_final(&state, raw);
	hex_of(raw, hex);
	return 0;
}

int hash_blake2b_file(const char *path, char hex[HASH_HEX], uint64_t *size_out, struct gnx_err *err)
{
	crypto_generichash_state state;
	unsigned char raw[32];
	int r;

	crypto_generichash_init(&state, NULL, 0, sizeof(raw));
	r = each_chunk(path, blake2b_update, &state, size_out, err);
	if (r < 0)
		return r;
	crypto_generichash_final(&state, raw, sizeof(raw));
	hex_of(raw, hex);
	return 0;
}
