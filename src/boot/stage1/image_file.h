/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The image's identity, the text /gridnix/image in the initrd and on the medium (its form:
 * docs/design/image.adoc). A pure parser of foreign bytes: it is fuzzed.
 */
#ifndef GNX_STAGE1_IMAGE_FILE_H
#define GNX_STAGE1_IMAGE_FILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_PATH	"/gridnix/image"
#define IMAGE_FILE_MAX	65536 /* bytes of the text */
#define IMAGE_PARTS_MAX 64
#define IMAGE_HASH_SIZE 32

/* A file below /gridnix. */
struct image_part {
	char name[96]; /* no leading '/', no part that starts with '.' */
	uint64_t bytes;
	uint8_t hash[IMAGE_HASH_SIZE]; /* BLAKE2b-256 */
	bool is_layer;		       /* layers have no '/' in their names and end in ".sqfs" */
};

struct image {
	char id[33];
	char name[64];
	char label[33];
	uint64_t ram_copy_kib, ram_need_kib, machine_need_mib;
	struct image_part parts[IMAGE_PARTS_MAX]; /* in the text's order: layers lowest first */
	size_t nparts;
};

/* Fills *out from text (NUL-terminated). Every key must be known and must be there; -GNX_E_SYNTAX,
 * -GNX_E_UNKNOWN_KEY, -GNX_E_BAD_VALUE or -GNX_E_MISSING with the line's number in err. */
int image_parse(struct image *out, const char *text, struct gnx_err *err);

/* The bytes of all parts, each rounded up to whole pages: what a copy takes in a tmpfs. */
uint64_t image_pages_bytes(const struct image *image);

/* How many characters of a layer's name are its mount point's: all but ".sqfs". */
int image_layer_stem(const struct image_part *part);

#endif
