/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of dom0's set-up that are computed: /etc/hosts, compressed swap. */
#include "base/clean.h"
#include "boot/setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define MIB (1024 * 1024ULL)

static void hosts(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	(void)state;
	setup_hosts_text(&text, "127.0.1.1", "node1.example.org",
		"# comment, with, commas\n00:16:3e:53:00:0b,10.86.83.11,tiny\nbroken line\n");
	assert_string_equal(text.data,
		"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
		"127.0.1.1\tnode1.example.org node1\n10.86.83.11\ttiny\n");
}

static void hosts_plain(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	(void)state;
	setup_hosts_text(&text, "10.86.83.1", "gridnix", "");
	assert_non_null(strstr(text.data, "10.86.83.1\tgridnix\n"));
}

static void zram(void **state)
{
	(void)state;
	assert_int_equal(setup_zram_size(190 * MIB), 95 * MIB);
	assert_int_equal(setup_zram_size(191 * MIB - 1), 95 * MIB);
	assert_int_equal(setup_zram_size(1024 * MIB), 0);
	assert_int_equal(setup_zram_size(64 * 1024 * MIB), 0);
}

static void swap_header(void **state)
{
	unsigned char page[4096];
	uint32_t word;

	(void)state;
	memset(page, 0xff, sizeof(page));
	setup_swap_header(page, 95 * MIB);
	assert_memory_equal(page + 4086, "SWAPSPACE2", 10);
	memcpy(&word, page + 1024, 4);
	assert_int_equal(word, 1);
	memcpy(&word, page + 1028, 4);
	assert_int_equal(word, 95 * 256 - 1);
	memcpy(&word, page + 1032, 4);
	assert_int_equal(word, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(hosts_plain),
		cmocka_unit_test(zram),
		cmocka_unit_test(swap_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
