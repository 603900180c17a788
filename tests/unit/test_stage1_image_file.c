/* SPDX-License-Identifier: BSD-3-Clause */
/* /gridnix/image: what a good one says, and that every broken one is refused by line. */
#include "base/clean.h"
#include "base/str.h"
#include "boot/stage1/image_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define H32 "0123456789abcdef0123456789abcdef"
#define H64 H32 "ffffffffffffffffffffffffffffff00"

static const char *const good[] = {"gridnix-image 1", "id " H32, "name demo", "label GRIDNIX_DEMO",
	"ram_copy_kib 250000", "ram_need_kib 150000", "machine_need_mib 368",
	"layer root.sqfs 30000001 " H64, "layer site.sqfs 4096 " H64, "file guests/vmlinuz 0 " H64};

/* The good text with line n (from 0) replaced by other, or left out when other is NULL. */
static char *text_with(size_t n, const char *other)
{
	struct gnx_buf text = {0};

	for (size_t i = 0; i < GNX_LEN(good); i++) {
		const char *line = i == n ? other : good[i];

		if (line)
			gnx_buf_fmt(&text, "%s\n", line);
	}
	return text.data;
}

static int parse_with(size_t n, const char *other, struct image *image, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *text = text_with(n, other);

	memset(image, 0, sizeof(*image));
	return image_parse(image, text, err);
}

static void takes_all(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct image image;

	(void)state;
	if (parse_with(SIZE_MAX, NULL, &image, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(image.id, H32);
	assert_string_equal(image.name, "demo");
	assert_string_equal(image.label, "GRIDNIX_DEMO");
	assert_int_equal(image.ram_copy_kib, 250000);
	assert_int_equal(image.ram_need_kib, 150000);
	assert_int_equal(image.machine_need_mib, 368);
	assert_int_equal(image.nparts, 3);
	assert_string_equal(image.parts[0].name, "root.sqfs");
	assert_true(image.parts[0].is_layer && image.parts[1].is_layer && !image.parts[2].is_layer);
	assert_int_equal(image.parts[0].hash[1], 0x23);
	assert_int_equal(image.parts[0].hash[30], 0xff);
	assert_int_equal(image.parts[0].hash[31], 0);
	assert_int_equal(image_layer_stem(&image.parts[0]), 4);
	/* 30000001 is 7324.2 pages */
	assert_int_equal(image_pages_bytes(&image), 7325 * 4096 + 4096);
}

static void needs_every_line(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct image image;

	(void)state;
	for (size_t i = 0; i < 7; i++)
		assert_true(parse_with(i, NULL, &image, &err) < 0);
	/* One layer is enough, and files may be missing. */
	for (size_t i = 7; i < GNX_LEN(good); i++)
		assert_int_equal(parse_with(i, NULL, &image, &err), 0);
}

static void refuses(void **state)
{
	static const struct {
		size_t line;
		int code;
		const char *text;
	} cases[] = {
		{0, GNX_E_SYNTAX, "gridnix-image 2"},
		{0, GNX_E_SYNTAX, ""},
		{1, GNX_E_SYNTAX, "id"},
		{1, GNX_E_SYNTAX, ""},
		{1, GNX_E_BAD_VALUE, "id 0123"},
		{1, GNX_E_BAD_VALUE, "id 0123456789ABCDEF0123456789abcdef"},
		{1, GNX_E_BAD_VALUE, "id  " H32},
		{2, GNX_E_BAD_VALUE, "name a b"},
		{2, GNX_E_BAD_VALUE, "name "},
		{2, GNX_E_UNKNOWN_KEY, "names demo"},
		{3, GNX_E_BAD_VALUE, "label ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG"},
		{4, GNX_E_BAD_VALUE, "ram_copy_kib 0"},
		{4, GNX_E_BAD_VALUE, "ram_copy_kib -1"},
		{4, GNX_E_BAD_VALUE, "ram_copy_kib 18446744073709551615"},
		{7, GNX_E_BAD_VALUE, "layer ../root.sqfs 1 " H64},
		{7, GNX_E_BAD_VALUE, "layer a/root.sqfs 1 " H64},
		{7, GNX_E_BAD_VALUE, "layer root.img 1 " H64},
		{7, GNX_E_BAD_VALUE, "layer .sqfs 1 " H64},
		{8, GNX_E_BAD_VALUE, "layer root.sqfs 1 " H64},
		{7, GNX_E_BAD_VALUE, "layer root:1.sqfs 1 " H64},
		{7, GNX_E_BAD_VALUE, "layer root,1.sqfs 1 " H64},
		{7, GNX_E_BAD_VALUE, "layer root.sqfs 1 " H32},
		{7, GNX_E_BAD_VALUE, "layer root.sqfs 1 " H64 " more"},
		{7, GNX_E_BAD_VALUE, "layer root.sqfs x " H64},
		{7, GNX_E_BAD_VALUE, "layer root.sqfs " H64},
		{9, GNX_E_BAD_VALUE, "file /etc/passwd 1 " H64},
		{9, GNX_E_BAD_VALUE, "file guests/ 1 " H64},
		{9, GNX_E_BAD_VALUE, "file guests//a 1 " H64},
		{9, GNX_E_BAD_VALUE, "file guests/.a 1 " H64},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_err err = GNX_ERR_INIT;
		struct image image;
		int rc = parse_with(cases[i].line, cases[i].text, &image, &err);

		if (rc != -cases[i].code)
			fail_msg("%s: %d, %s", cases[i].text, rc, err.msg);
		assert_int_equal(image.nparts, 0);
		if (cases[i].line) {
			GNX_CLEAN(gnx_free)
			char *where = gnx_fmt("line %d", (int)cases[i].line + 1);

			assert_non_null(strstr(err.msg, where));
		}
	}
}

/* A duplicate is found at the later line, and the number of files has an end. */
static void too_many(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct image image;

	(void)state;
	for (size_t i = 0; i < 7; i++)
		gnx_buf_fmt(&text, "%s\n", good[i]);
	for (int i = 0; i < IMAGE_PARTS_MAX; i++)
		gnx_buf_fmt(&text, "layer l%d.sqfs 1 " H64 "\n", i);
	assert_int_equal(image_parse(&image, text.data, &err), 0);
	assert_int_equal(image.nparts, IMAGE_PARTS_MAX);
	gnx_buf_str(&text, "file one-more 1 " H64 "\n");
	assert_int_equal(image_parse(&image, text.data, &err), -GNX_E_TOO_BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_all),
		cmocka_unit_test(needs_every_line),
		cmocka_unit_test(refuses),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
