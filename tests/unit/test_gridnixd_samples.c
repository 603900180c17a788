/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_gridnixd_samples DIRECTORY [--write]: samples of definitions for tests/fuzz/fuzz_msg.c. Each
 * is what would be put together today, and good, or bad for what its name says alone. After a
 * change of messages --write makes them anew.
 */
#include "base/clean.h"
#include "base/file.h"
#include "gridnixd/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *directory;
static bool writes;
static struct wire w;
static struct definition guest;
static struct network network;
static struct msg_firewall firewall;

static const char guest_text[] =
	"[guest]\nname = web\nuuid = 00000000-0000-4000-8000-0000000000ab\n"
	"type = pvh\nmemory = 64M\nmemory_max = 128M\nvcpus = 2\n"
	"vcpus_max = 4\nkernel = /boot/vmlinuz\ncmdline = console=hvc0\n"
	"autostart = yes\ntraffic = 1G\n"
	"[disk xvda]\npath = /dev/vg/web\nreadonly = yes\n"
	"[vif 0]\nbridge = guests0\nmac = 00:16:3e:01:02:03\n"
	"address = 192.0.2.7\nfirewall = web\nrate_in = 1M\n"
	"[vif 1]\nnetwork = customers\npolicy = router\n";
static const char network_text[] = "[network]\nname = customers\nkind = bridged\nuplink = eno1\n"
				   "vlan = 120\nmtu = 1400\nranges = 192.0.2.0/24\n"
				   "gateways = 192.0.2.1\n";
static const char firewall_text[] = "[firewall]\nname = full\nin = accept\nout = drop\n"
				    "replies = no\ninclude = base mail-1.x\n"
				    "[set office]\naddresses = 192.0.2.0/24 2001:db8:7::/64\n"
				    "[rule 2]\ndirection = in\naction = accept\nprotocol = 47\n"
				    "[rule 30]\ndirection = out\naction = drop\nprotocol = udp\n"
				    "ports = 53 5353-5400\nsource_ports = 1024-65535\n"
				    "from = 192.0.2.9\nto = @office\nstate = new\n";

/* The values of the last message, as the front takes them. */
static int take(void)
{
	static struct definition d;
	static struct msg_network n;
	static struct msg_firewall f;

	wire_get_u32(&w);
	if (w.type == MSG_DEFINITION)
		msg_get_definition(&w, &d);
	if (w.type == MSG_FIREWALL)
		msg_get_told_firewall(&w, &f);
	if (w.type == MSG_NETWORK) {
		msg_get_network(&w, &n.network);
		wire_get_str(&w, n.words, sizeof(n.words));
	}
	return wire_end(&w);
}

/* That message is the sample of a name. */
static void check(const char *name, int result)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", directory, name);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf sample = {0};

	assert_false(w.bad);
	if (writes)
		assert_int_equal(gnx_file_write(path, w.data, w.len, NULL), 0);
	assert_int_equal(gnx_file_read(path, WIRE_MAX, &sample, NULL), 0);
	if (sample.len != w.len || memcmp(sample.data, w.data, w.len) != 0)
		fail_msg("%s is not what a message is today: see --write", path);
	assert_int_equal(take(), result);
}

/* Other bytes in the place of some that are there once. */
static void patch(const char *old, size_t old_len, const char *new, size_t new_len)
{
	uint8_t *at = memmem(w.data, w.len, old, old_len);

	assert_non_null(at);
	memmove(at + new_len, at + old_len, w.len - (size_t)(at - w.data) - old_len);
	memcpy(at, new, new_len);
	w.len = w.len + new_len - old_len;
}
#define PATCH(old, new) patch(old, sizeof(old) - 1, new, sizeof(new) - 1)

static void begin(enum msg type)
{
	wire_begin(&w, (uint16_t)type);
	wire_put_u32(&w, 7);
}

static void put_guest(void)
{
	begin(MSG_DEFINITION);
	msg_put_definition(&w, &guest);
}

static int read_guest(void **state)
{
	(void)state;
	return definition_parse(&guest, guest_text, sizeof(guest_text) - 1, "sample", NULL);
}

/* As much of a guest as there can be. */
static void fill_guest(void)
{
	guest.disks_len = DEFINITION_DISKS_MAX;
	guest.vifs_len = DEFINITION_VIFS_MAX;
	memset(guest.name, 'n', GUEST_NAME_MAX);
	memset(guest.cmdline, 'c', DEFINITION_LINE_MAX);
	for (size_t i = 0; i < DEFINITION_DISKS_MAX; i++) {
		guest.disks[i] = guest.disks[0];
		memset(guest.disks[i].path, 'p', DEFINITION_PATH_MAX);
	}
	for (size_t i = 0; i < DEFINITION_VIFS_MAX; i++) {
		guest.vifs[i] = guest.vifs[0];
		memset(guest.vifs[i].address, 'a', DEFINITION_PATH_MAX);
	}
}

static void guests(void **state)
{
	put_guest();
	check("definition", 0);
	put_guest();
	w.len -= 3;
	check("definition-cut", -GNX_E_SYNTAX);
	put_guest();
	PATCH("\6\13\0/dev/vg/web\1\1", "\6\13\0/dev/vg/web\1\2");
	check("definition-bool", -GNX_E_SYNTAX);
	put_guest();
	PATCH("\2\1\0\0\0\6\4\0xvda", "\2\21\0\0\0\6\4\0xvda");
	check("definition-disks", -GNX_E_SYNTAX);
	put_guest();
	PATCH("\5\6\0\0\x16\x3e\1\2\3", "\5\3\0\1\2\3");
	check("definition-mac", -GNX_E_SYNTAX);
#define GUEST(name, field, value, result)                                                          \
	read_guest(state);                                                                         \
	guest.field = value;                                                                       \
	put_guest();                                                                               \
	check(name, result)
	GUEST("definition-grub", grub, true, 0);
	GUEST("definition-type", type, DEFINITION_TYPE_COUNT, -GNX_E_SYNTAX);
	GUEST("definition-vcpus", vcpus, DEFINITION_VCPUS_MAX + 1, -GNX_E_SYNTAX);
	GUEST("definition-action", on_crash, DEFINITION_ACTION_COUNT, -GNX_E_SYNTAX);
#undef GUEST
	read_guest(state);
	fill_guest();
	put_guest();
	check("definition-most", 0);
}

static void put_network(void)
{
	begin(MSG_NETWORK);
	msg_put_network(&w, &network);
	wire_put_str(&w, "eno1: there is no such interface");
}

static int read_network(void **state)
{
	(void)state;
	return network_parse(&network, network_text, sizeof(network_text) - 1, "sample", NULL);
}

static void networks(void **state)
{
	put_network();
	check("network", 0);
	put_network();
	w.len -= 3;
	check("network-cut", -GNX_E_SYNTAX);
	put_network();
	PATCH("\6\4\0eno1\2", "\6\20\0eeeeeeeeeeeeeeee\2");
	check("network-long", -GNX_E_SYNTAX);
	read_network(state);
	network.kind = NETWORK_KIND_COUNT;
	put_network();
	check("network-kind", -GNX_E_SYNTAX);
}

static void put_firewall(void)
{
	begin(MSG_FIREWALL);
	msg_put_told_firewall(&w, &firewall);
}

static int read_firewall(void **state)
{
	(void)state;
	firewall = (struct msg_firewall){.rules = 2, .guests = 2, .users = "a b"};
	return firewall_parse(
		&firewall.firewall, firewall_text, sizeof(firewall_text) - 1, "sample", NULL);
}

static void firewalls(void **state)
{
	put_firewall();
	check("firewall", 0);
	put_firewall();
	w.len -= 3;
	check("firewall-cut", -GNX_E_SYNTAX);
	read_firewall(state);
	firewall.firewall.rules[0].direction = FIREWALL_DIRECTION_COUNT;
	put_firewall();
	check("firewall-direction", -GNX_E_SYNTAX);
	read_firewall(state);
	firewall.firewall.in = FIREWALL_VERDICT_COUNT;
	put_firewall();
	check("firewall-verdict", -GNX_E_SYNTAX);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(guests, read_guest),
		cmocka_unit_test_setup(networks, read_network),
		cmocka_unit_test_setup(firewalls, read_firewall),
	};

	if (argc < 2)
		return 2;
	directory = argv[1];
	writes = argc > 2 && !strcmp(argv[2], "--write");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
