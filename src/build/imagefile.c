/* SPDX-License-Identifier: BSD-3-Clause */
/* The image's identity: see imagefile.h. */
#include "build/imagefile.h"
#include "base/clean.h"

#include <ctype.h>
#include <glob.h>
#include <inttypes.h>
#include <string.h>

static const char *const layers[] = {"root.sqfs", "modules.sqfs", "site.sqfs"};

char *imagefile_label(const struct build *b)
{
	char *label = gnx_fmt("GRIDNIX_%s", manifest_text(&b->manifest.image_name));

	for (char *c = label; *c; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	return label;
}

static int add(const char *kind, const char *name, const char *path, struct gnx_buf *lines,
	struct gnx_err *err)
{
	char hex[HASH_HEX];
	uint64_t size;
	int r = hash_blake2b_file(path, hex, &size, err);

	if (r < 0)
		return r;
	gnx_buf_fmt(lines, "%s %s %" PRIu64 " %s\n", kind, name, size, hex);
	return 0;
}

/* Guests' files, and the layer that is not mounted at boot. */
static int add_files(struct build *b, struct gnx_buf *lines, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *guests = gnx_fmt("%s/guests/*", b->dir[STEP_guests]);
	GNX_CLEAN(gnx_free)
	char *later = gnx_fmt("%s/" IMAGEFILE_LATER, b->dir[STEP_layers]);
	GNX_CLEAN(globfree)
	glob_t g = {0};
	int r = 0;

	glob(guests, 0, NULL, &g);
	for (size_t i = 0; !r && i < g.gl_pathc; i++) {
		GNX_CLEAN(gnx_free)
		char *name = gnx_fmt("guests%s", strrchr(g.gl_pathv[i], '/'));

		r = add("file", name, g.gl_pathv[i], lines, err);
	}
	if (!r && b->manifest.packages_later.words.len)
		r = add("file", IMAGEFILE_LATER, later, lines, err);
	return r;
}

int imagefile_make(
	struct build *b, const struct budget_out *budget, struct gnx_buf *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf lines = {0};
	GNX_CLEAN(gnx_free)
	char *label = imagefile_label(b);
	char hex[HASH_HEX];
	struct hash_key k;
	int r = 0;

	for (size_t i = 0; !r && i < GNX_LEN(layers); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", b->dir[STEP_layers], layers[i]);

		r = add("layer", layers[i], path, &lines, err);
	}
	if (!r)
		r = add_files(b, &lines, err);
	if (r < 0)
		return r;
	hash_key_init(&k);
	hash_key_str(&k, lines.data);
	hash_key_hex(&k, hex);
	gnx_buf_fmt(out, "gridnix-image 1\nid %.32s\nname %s\nlabel %s\n", hex,
		manifest_text(&b->manifest.image_name), label);
	gnx_buf_fmt(out, "ram_copy_kib %u\nram_need_kib %u\nmachine_need_mib %u\n",
		budget->ram_copy_kib, budget->ram_need_kib, budget->machine_mib);
	gnx_buf_add(out, lines.data, lines.len);
	return 0;
}
