/* SPDX-License-Identifier: BSD-3-Clause */
/* xen/observe: devices out of a directory as the kernel shows it, and what xenstore's daemons say
 * of a guest's quota. */
#include "xen/observe/devices.h"
#include "xen/observe/quota.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/gridnix-devices-XXXXXX";

/* A file below the root, with its directories. */
static void write_number(const char *name, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", root, name);
	char *slash = strrchr(path, '/');
	FILE *f;

	*slash = '\0';
	assert_int_equal(gnx_mkdirs(path, NULL), 0);
	*slash = '/';
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_root(void **s)
{
	(void)s;
	if (!mkdtemp(root))
		return -1;
	write_number("vif-7-1/net/web1/statistics/rx_bytes", "10\n");
	write_number("vif-7-1/net/web1/statistics/tx_bytes", "20\n");
	write_number("vif-7-1/net/web1/statistics/tx_dropped", "18446744073709551615\n");
	write_number("vif-7-0/uevent", "");
	write_number("vbd-7-51728/statistics/rd_sect", "4\n");
	write_number("vbd-7-51728/statistics/rd_req", "not a number\n");
	write_number("vbd-7-51712/statistics/f_req", "3\n");
	write_number("vbd-70-51712/statistics/f_req", "4\n");
	write_number("console-7-0/x", "");
	write_number("vif-7/x", "");
	write_number("vif-7-0x/x", "");
	return 0;
}

static int remove_root(void **s)
{
	GNX_CLEAN(gnx_free)
	char *command = gnx_fmt("rm -r %s", root);

	(void)s;
	return system(command);
}

static void test_devices(void **state)
{
	GNX_CLEAN(devices_done)
	struct devices d = {0};
	struct stats s;

	(void)state;
	devices_list(&d, root);
	assert_int_equal(d.len, 5);
	stats_init(&s);
	devices_stats(&d, root, 7, &s);
	assert_int_equal(s.vifs_len, 2);
	assert_int_equal(s.vifs[0].number, 0);
	assert_string_equal(s.vifs[0].name, "");
	assert_true(s.vifs[0].figures[STATS_VIF_rx_bytes] == STATS_NONE);
	assert_string_equal(s.vifs[1].name, "web1");
	/* What dom0 has received, the guest has sent. */
	assert_int_equal(s.vifs[1].figures[STATS_VIF_tx_bytes], 10);
	assert_int_equal(s.vifs[1].figures[STATS_VIF_rx_bytes], 20);
	assert_true(s.vifs[1].figures[STATS_VIF_rx_drops] == STATS_NONE);
	assert_true(s.vifs[1].figures[STATS_VIF_rx_packets] == STATS_NONE);
	assert_int_equal(s.vbds_len, 2);
	assert_int_equal(s.vbds[0].number, 51712);
	assert_int_equal(s.vbds[0].figures[STATS_VBD_flushes], 3);
	assert_int_equal(s.vbds[1].figures[STATS_VBD_read_bytes], 4 * 512);
	assert_true(s.vbds[1].figures[STATS_VBD_reads] == STATS_NONE);
}

static void test_devices_of_others(void **state)
{
	GNX_CLEAN(devices_done)
	struct devices d = {0};
	struct stats s;

	(void)state;
	devices_list(&d, root);
	stats_init(&s);
	devices_stats(&d, root, 8, &s);
	devices_stats(&d, root, 71, &s);
	assert_int_equal(s.vifs_len + s.vbds_len, 0);
	devices_stats(&d, root, 70, &s);
	assert_int_equal(s.vbds_len, 1);
	devices_list(&d, "/nowhere");
	assert_int_equal(d.len, 0);
}

static void test_devices_too_many(void **state)
{
	struct device many[STATS_VIFS_MAX + STATS_VBDS_MAX + 9];
	struct devices d = {many, GNX_LEN(many)};
	struct stats s;

	(void)state;
	for (size_t i = 0; i < d.len; i++)
		many[i] = (struct device){1, i > STATS_VBDS_MAX + 3, (uint32_t)i};
	stats_init(&s);
	devices_stats(&d, "/nowhere", 1, &s);
	assert_int_equal(s.vifs_len, STATS_VIFS_MAX);
	assert_int_equal(s.vbds_len, STATS_VBDS_MAX);
}

static void check_quota(const char *domain, const char *limits, uint64_t nodes, uint64_t nodes_max,
	uint64_t watches, uint64_t watches_max)
{
	struct quota q;

	quota_init(&q);
	quota_take_domain(domain, &q);
	quota_take_limits(limits, &q);
	assert_true(q.used[QUOTA_nodes] == nodes);
	assert_true(q.max[QUOTA_nodes] == nodes_max);
	assert_true(q.used[QUOTA_watches] == watches);
	assert_true(q.max[QUOTA_watches] == watches_max);
}

/* All that Xen 4.20's tells. */
static void test_quota_whole(void **state)
{
	static const uint64_t used[] = {12, 3, 1, 2, 4711}, max[] = {1000, 128, 10, 20, 2621440};
	struct quota q;

	(void)state;
	quota_init(&q);
	quota_take_domain("Domain 1:\nnodes            :       12 (max       31)\n"
			  "watches          :        3 (max        4)\n"
			  "outstanding      :        2 (max       20)\n"
			  "memory           :     4711 (max    99999)\n"
			  "transactions     :        1 (max        3)\n"
			  "transaction-nodes:        5 (max        6)\n",
		&q);
	quota_take_limits("Quota settings:\nnodes            :     1000 Nodes per domain\n"
			  "watches          :      128 Watches per domain\n"
			  "outstanding      :       20 Outstanding requests per domain\n"
			  "memory           :  2621440 Total Xenstore memory per domain\n"
			  "transactions     :       10 Active transactions per domain\n"
			  "transaction-nodes:     1024 Max. number of accessed nodes\n",
		&q);
	assert_memory_equal(q.used, used, sizeof(used));
	assert_memory_equal(q.max, max, sizeof(max));
}

static void test_quota(void **state)
{
	(void)state;
	/* The C daemon, 4.17 and 4.20; then the OCaml one, and others. */
	check_quota("Domain 1:\nnodes           :       12\nwatches         :        3\n"
		    "transactions    :        0\n",
		"Quota settings:\nnodes            :     1000 Nodes per domain\n"
		"watches          :      128 Watches per domain\n"
		"transaction-nodes:     1024 Max. number of accessed nodes per transaction\n",
		12, 1000, 3, 128);
	check_quota("Domain 1:\nnodes            :       12 (max       31)\n"
		    "watches          :        3 (max        4)\n",
		"", 12, QUOTA_NONE, 3, QUOTA_NONE);
	check_quota("dom1 quota: 12/1000", "", 12, 1000, QUOTA_NONE, QUOTA_NONE);
	check_quota("dom1 quota: not set", "OK", QUOTA_NONE, QUOTA_NONE, QUOTA_NONE, QUOTA_NONE);
	check_quota("", "", QUOTA_NONE, QUOTA_NONE, QUOTA_NONE, QUOTA_NONE);
	check_quota("OK", "nodes\nnodesx : 5\nnodes : -5\n", QUOTA_NONE, QUOTA_NONE, QUOTA_NONE,
		QUOTA_NONE);
	check_quota(
		"nodes : 9999999999999999999", "watches:7", QUOTA_NONE, QUOTA_NONE, QUOTA_NONE, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_devices),
		cmocka_unit_test(test_devices_of_others), cmocka_unit_test(test_devices_too_many),
		cmocka_unit_test(test_quota), cmocka_unit_test(test_quota_whole)};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
