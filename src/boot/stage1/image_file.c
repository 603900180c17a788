/* SPDX-License-Identifier: BSD-3-Clause */
/* The image's identity: see image_file.h. */
#include "boot/stage1/image_file.h"

#include "base/clean.h"
#include "base/str.h"

#include <string.h>

#define FIRST_LINE "gridnix-image 1"
#define HEX	   "0123456789abcdef"
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-"
#define PAGE	   4096

struct at {
	struct image *image;
	int line;
	struct gnx_err *err;
};

static int bad_value(struct at *at, const char *key)
{
	return gnx_fail(
		at->err, -GNX_E_BAD_VALUE, "image file, line %d: bad value for %s", at->line, key);
}

static int take_text(struct at *at, const char *key, char *out, size_t size, const char *value)
{
	if (!*value || strlen(value) >= size || value[strspn(value, NAME_CHARS)])
		return bad_value(at, key);
	strcpy(out, value);
	return 0;
}

static int take_id(struct at *at, const char *value)
{
	if (strlen(value) != 32 || value[strspn(value, HEX)])
		return bad_value(at, "id");
	strcpy(at->image->id, value);
	return 0;
}

static int take_number(struct at *at, const char *key, uint64_t *out, const char *value)
{
	uint64_t n;

	/* A number of KiB that still fits as bytes; 0 means "not seen yet". */
	if (gnx_parse_u64(value, UINT64_MAX >> 20, &n) < 0 || !n)
		return bad_value(at, key);
	*out = n;
	return 0;
}

static bool take_hash(uint8_t out[IMAGE_HASH_SIZE], const char *hex)
{
	if (strlen(hex) != 2 * IMAGE_HASH_SIZE || hex[strspn(hex, HEX)])
		return false;
	for (size_t i = 0; i < IMAGE_HASH_SIZE; i++) {
		long high = strchr(HEX, hex[2 * i]) - HEX;
		long low = strchr(HEX, hex[2 * i + 1]) - HEX;

		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool name_is_safe(const char *name, bool is_layer)
{
	if (is_layer && (strchr(name, '/') || !gnx_ends(name, ".sqfs") || strlen(name) < 6))
		return false;
	for (;;) {
		size_t len = strspn(name, NAME_CHARS);

		if (!len || name[0] == '.' || (name[len] && name[len] != '/'))
			return false;
		if (!name[len])
			return true;
		name += len + 1;
	}
}

static int take_part(struct at *at, const char *key, const char *value)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	struct image *image = at->image;
	struct image_part *part = &image->parts[image->nparts];

	if (image->nparts == IMAGE_PARTS_MAX)
		return gnx_fail(at->err, -GNX_E_TOO_BIG, "image file, line %d: more than %d files",
			at->line, IMAGE_PARTS_MAX);
	gnx_strv_split(&words, value, " ");
	part->is_layer = !strcmp(key, "layer");
	if (words.len != 3 || strlen(words.items[0]) >= sizeof(part->name) ||
		!name_is_safe(words.items[0], part->is_layer) ||
		gnx_parse_u64(words.items[1], UINT64_MAX >> 10, &part->bytes) < 0 ||
		!take_hash(part->hash, words.items[2]))
		return bad_value(at, key);
	for (size_t i = 0; i < image->nparts; i++)
		if (!strcmp(image->parts[i].name, words.items[0]))
			return bad_value(at, key);
	strcpy(part->name, words.items[0]);
	image->nparts++;
	return 0;
}

static int take_line(struct at *at, char *line)
{
	char *value = strchr(line, ' ');
	struct image *image = at->image;

	if (!value)
		return gnx_fail(at->err, -GNX_E_SYNTAX, "image file, line %d: no value", at->line);
	*value++ = '\0';
	if (!strcmp(line, "id"))
		return take_id(at, value);
	if (!strcmp(line, "name"))
		return take_text(at, line, image->name, sizeof(image->name), value);
	if (!strcmp(line, "label"))
		return take_text(at, line, image->label, sizeof(image->label), value);
	if (!strcmp(line, "ram_copy_kib"))
		return take_number(at, line, &image->ram_copy_kib, value);
	if (!strcmp(line, "ram_need_kib"))
		return take_number(at, line, &image->ram_need_kib, value);
	if (!strcmp(line, "machine_need_mib"))
		return take_number(at, line, &image->machine_need_mib, value);
	if (!strcmp(line, "layer") || !strcmp(line, "file"))
		return take_part(at, line, value);
	return gnx_fail(at->err, -GNX_E_UNKNOWN_KEY, "image file, line %d: unknown key %.40s",
		at->line, line);
}

static int check_whole(const struct image *image, struct gnx_err *err)
{
	const char *missing = !image->id[0]		      ? "id"
		: !image->name[0]			      ? "name"
		: !image->label[0]			      ? "label"
		: !image->ram_copy_kib			      ? "ram_copy_kib"
		: !image->ram_need_kib			      ? "ram_need_kib"
		: !image->machine_need_mib		      ? "machine_need_mib"
		: !image->nparts || !image->parts[0].is_layer ? "layer, before any file,"
							      : NULL;

	return missing ? gnx_fail(err, -GNX_E_MISSING, "image file: %s is missing", missing) : 0;
}

int image_parse(struct image *out, const char *text, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	struct image *image = gnx_alloc(sizeof(*image));
	GNX_CLEAN(gnx_free)
	char *copy = gnx_dup(text);
	struct at at = {.image = image, .err = err};
	char *rest = copy, *line;
	int rc;

	while ((line = strsep(&rest, "\n")) && (*line || rest)) {
		if (++at.line == 1 && strcmp(line, FIRST_LINE) != 0)
			return gnx_fail(err, -GNX_E_SYNTAX,
				"image file: does not start with \"" FIRST_LINE "\"");
		if (at.line == 1)
			continue;
		rc = take_line(&at, line);
		if (rc < 0)
			return rc;
	}
	rc = check_whole(image, err);
	if (rc < 0)
		return rc;
	*out = *image;
	return 0;
}

uint64_t image_pages_bytes(const struct image *image)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < image->nparts; i++)
		sum += (image->parts[i].bytes + PAGE - 1) / PAGE * PAGE;
	return sum;
}

int image_layer_stem(const struct image_part *part)
{
	return (int)(strlen(part->name) - strlen(".sqfs"));
}
