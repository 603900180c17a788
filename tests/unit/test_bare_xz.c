/* SPDX-License-Identifier: BSD-3-Clause */
/* The .xz reader of the program that starts dom0's kernel on a bare machine. */
#include "boot/bare/xz.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define LEN 578

/* What make_plain() makes, by xz with --check=crc32 --x86 --lzma2. */
static const uint8_t packed[] = {0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde,
	0x36, 0x02, 0x01, 0x04, 0x00, 0x21, 0x01, 0x16, 0x00, 0x0d, 0x86, 0x35, 0x1f, 0xe0, 0x02,
	0x41, 0x00, 0x5b, 0x5d, 0x00, 0x2a, 0x92, 0x0d, 0xa4, 0xe4, 0xc0, 0x50, 0x16, 0x31, 0xf5,
	0x9a, 0x35, 0x9e, 0x1e, 0x34, 0xa3, 0x99, 0xb0, 0x5c, 0x53, 0xcf, 0xaa, 0xc8, 0xdd, 0x03,
	0x3a, 0xdd, 0xa4, 0x8d, 0x8a, 0x05, 0x03, 0x3e, 0x85, 0xe8, 0xc6, 0x96, 0x4e, 0x0e, 0x01,
	0xa5, 0x16, 0x12, 0x6f, 0x13, 0x31, 0x91, 0x06, 0x75, 0x01, 0xf0, 0x6d, 0xda, 0x1a, 0x53,
	0xaf, 0x6b, 0x89, 0x14, 0x64, 0x7a, 0xd6, 0xf9, 0xdc, 0x5c, 0x04, 0x6b, 0xb4, 0x9c, 0x48,
	0x0d, 0x9f, 0x3b, 0xc0, 0x59, 0x35, 0x7e, 0xee, 0x7c, 0x46, 0xe8, 0x0c, 0x51, 0x2d, 0xfc,
	0xf5, 0xd7, 0xdf, 0x81, 0x1f, 0x80, 0x00, 0x00, 0x05, 0x55, 0x77, 0xb6, 0x00, 0x01, 0x73,
	0xc2, 0x04, 0x00, 0x00, 0x00, 0x5e, 0x87, 0x54, 0x52, 0x3e, 0x30, 0x0d, 0x8b, 0x02, 0x00,
	0x00, 0x00, 0x00, 0x01, 0x59, 0x5a};

static void add(uint8_t *out, size_t *len, const void *data, size_t n)
{
	memcpy(out + *len, data, n);
	*len += n;
}

/* Calls to one target from many places, text, and bytes that only look like calls. */
static void make_plain(uint8_t out[LEN])
{
	static const char text[] = "Calls to one target from many places. ";
	static const uint8_t likes[] = {0xe8, 0xff, 0xe9, 0x00, 0xe8, 0xe8, 0xe8, 0x00, 0xff, 0xe9,
		0xe8, 0x00, 0x00, 0x00, 0x00, 0xff};
	size_t len = 0;

	for (unsigned int i = 0; i < 40; i++) {
		int32_t distance = 5000 - (int32_t)len - 9;

		add(out, &len, "\x55\x48\x89\xe5\xe8", 5);
		add(out, &len, &distance, 4);
		add(out, &len, "\xc3", 1);
	}
	for (unsigned int i = 0; i < 3; i++)
		add(out, &len, text, sizeof(text) - 1);
	for (unsigned int i = 0; i < 4; i++)
		add(out, &len, likes, sizeof(likes));
	assert_int_equal(len, LEN);
}

static void unpacks(void **state)
{
	uint8_t plain[LEN], out[LEN];
	uint8_t followed[sizeof(packed) + 4] = {0};

	(void)state;
	make_plain(plain);
	assert_int_equal(xz_unpack(packed, sizeof(packed), out, LEN), 0);
	assert_memory_equal(out, plain, LEN);
	/* Once more, for what the first run left behind; and with the size behind it. */
	memcpy(followed, packed, sizeof(packed));
	memset(out, 0, LEN);
	assert_int_equal(xz_unpack(followed, sizeof(followed), out, LEN), 0);
	assert_memory_equal(out, plain, LEN);
}

static void another_size_is_an_error(void **state)
{
	uint8_t out[LEN + 1];

	(void)state;
	assert_int_equal(xz_unpack(packed, sizeof(packed), out, LEN - 1), -1);
	assert_int_equal(xz_unpack(packed, sizeof(packed), out, LEN + 1), -1);
	assert_int_equal(xz_unpack(packed, sizeof(packed), out, 0), -1);
}

/* Cut anywhere, and with each bit of header and data turned over: never a wrong result. The
 * last 32 bytes, index and footer, and the header's own checksum are not read. */
static void damaged(void **state)
{
	uint8_t plain[LEN], out[LEN], bad[sizeof(packed)];

	(void)state;
	make_plain(plain);
	for (size_t len = 0; len < sizeof(packed) - 32; len++)
		assert_int_equal(xz_unpack(packed, len, out, LEN), -1);
	for (size_t i = 0; i < 8 * (sizeof(packed) - 32); i++) {
		memcpy(bad, packed, sizeof(packed));
		bad[i / 8] ^= (uint8_t)(1u << i % 8);
		if (xz_unpack(bad, sizeof(bad), out, LEN) == 0)
			assert_memory_equal(out, plain, LEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpacks),
		cmocka_unit_test(another_size_is_an_error),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
