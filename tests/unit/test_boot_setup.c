/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of dom0's set-up that are computed: /etc/hosts, compressed swap. */
#include "base/clean.h"
#include "base/file.h"
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
	setup_hosts_text(&text, "node1.example.org",
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
	setup_hosts_text(&text, "gridnix", "");
	assert_non_null(strstr(text.data, "127.0.1.1\tgridnix\n"));
}

/* The good ones are there, as the daemon reads them; the bad ones are told together. */
static void networks(void **state)
{
	char dir[] = "/tmp/gridnix-networks-XXXXXX";
	GNX_CLEAN(gnx_free)
	char *networks_dir = NULL;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv files = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct bootparams bp;

	(void)state;
	assert_non_null(mkdtemp(dir));
	networks_dir = gnx_fmt("%s/a/networks", dir);
	bootparam_parse(&bp, "hostname=h", NULL, NULL);
	assert_int_equal(setup_networks_in(networks_dir, &bp, &err), 0);
	assert_int_equal(access(networks_dir, F_OK), -1);
	bootparam_parse(&bp,
		"network=\"blue kind=nat\" network=\"red mtu=1400\" network=\"in mtu=1\" "
		"network=\"red mtu=1300\"",
		NULL, NULL);
	assert_int_equal(setup_networks_in(networks_dir, &bp, &err), -EINVAL);
	assert_string_equal(err.msg,
		"network=blue: [network] gateways: is missing, and dom0 is to be the router; "
		"network=in: [network] mtu: \"1\" is not a number from 1280 to 65535");
	assert_int_equal(gnx_dir_files(networks_dir, ".ini", &files, &err), 0);
	assert_int_equal(files.len, 1);
	assert_int_equal(gnx_file_read(files.items[0], 1000, &text, &err), 0);
	assert_string_equal(text.data, "[network]\nname = red\nmtu = 1300\n");
	assert_int_equal(gnx_rmtree(dir, &err), 0);
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
		cmocka_unit_test(networks),
		cmocka_unit_test(zram),
		cmocka_unit_test(swap_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
