/* SPDX-License-Identifier: BSD-3-Clause */
/* Boot parameters: quoting, every spelling of yes and no, good and bad values of every kind. */
#include "base/clean.h"
#include "base/err.h"
#include "model/bootparam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#define KEY                                                                                        \
	"ssh-ed25519 "                                                                             \
	"AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

struct complaints {
	int n;
	char name[32], value[256], reason[128]; /* of the last one */
};

static void note(void *arg, const char *name, const char *value, const char *reason)
{
	struct complaints *c = arg;

	c->n++;
	snprintf(c->name, sizeof(c->name), "%s", name);
	snprintf(c->value, sizeof(c->value), "%s", value);
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
}

static struct bootparams parse_good(const char *line)
{
	struct bootparams bp;

	assert_int_equal(bootparam_parse(&bp, line, NULL, NULL), 0);
	return bp;
}

static void defaults(void **state)
{
	static const char *const want[] = {
#define X(name, kind, def, doc) def,
#include "model/bootparam.def"
#undef X
	};
	struct bootparams bp = parse_good("");

	(void)state;
	for (unsigned i = 0; i < BOOTPARAM_COUNT; i++) {
		assert_string_equal(bootparam_get(&bp, i), want[i]);
		assert_false(bootparam_given(&bp, i));
	}
}

/* The rule written once more, plainly, against every string of up to five letters drawn from
 * those that spell yes and no. */
static int spelled(const char *s)
{
	if (!strcasecmp(s, "yes") || !strcasecmp(s, "on") || !strcasecmp(s, "true") ||
		!strcmp(s, "1"))
		return 1;
	if (!strcasecmp(s, "no") || !strcasecmp(s, "off") || !strcasecmp(s, "false") ||
		!strcmp(s, "0"))
		return 0;
	return -1;
}

static void bools_exhaustive(void **state)
{
	static const char letters[] = "yesontrualfYN01";
	const unsigned base = sizeof(letters); /* the NUL ends shorter strings */
	unsigned total = 1;

	(void)state;
	for (int i = 0; i < 5; i++)
		total *= base;
	for (unsigned n = 0; n < total; n++) {
		char value[6] = "", line[32];
		struct bootparams bp;
		unsigned rest = n;
		int want, nbad;

		for (int i = 0; i < 5; i++, rest /= base)
			value[i] = letters[rest % base];
		snprintf(line, sizeof(line), "guests=%s", value);
		want = spelled(value);
		nbad = bootparam_parse(&bp, line, NULL, NULL);
		if (nbad != (want < 0) || bootparam_on(&bp, BOOTPARAM_guests) != (want != 0))
			fail_msg(
				"%s: %d bad, %s", line, nbad, bootparam_get(&bp, BOOTPARAM_guests));
	}
}

static void bools_everywhere(void **state)
{
	static const char *const spellings[][2] = {
		{"yes", "no"}, {"on", "off"}, {"true", "false"}, {"1", "0"}};
	static const struct {
		const char *name;
		enum bootparam which;
	} bools[] = {{"ssh", BOOTPARAM_ssh}, {"aptupdate", BOOTPARAM_aptupdate},
		{"guests", BOOTPARAM_guests}, {"verbose", BOOTPARAM_verbose},
		{"rescue", BOOTPARAM_rescue}};

	(void)state;
	for (size_t b = 0; b < GNX_LEN(bools); b++) {
		struct bootparams bp = parse_good(bools[b].name);

		assert_true(bootparam_on(&bp, bools[b].which));
		assert_true(bootparam_given(&bp, bools[b].which));
		for (size_t i = 0; i < GNX_LEN(spellings); i++) {
			for (int no = 0; no < 2; no++) {
				char line[64];

				snprintf(line, sizeof(line), "%s=%s", bools[b].name,
					spellings[i][no]);
				bp = parse_good(line);
				assert_int_equal(bootparam_on(&bp, bools[b].which), !no);
				assert_string_equal(
					bootparam_get(&bp, bools[b].which), no ? "no" : "yes");
			}
		}
	}
}

static void quoting(void **state)
{
	static const struct {
		const char *line, *label;
	} cases[] = {
		{"medium=A", "A"},
		{"  medium=A\n", "A"},
		{"medium=\"A\"", "A"},
		{"\"medium=A\"", "A"},
		{"ro quiet medium=A -- splash", "A"},
		{"medium=A medium=B", "B"},
		{"x=\"medium=A\" y", ""},
		{"x=\"a medium=A b\" y", ""},
		{"xmedium=A medium.a=B mediu=C MEDIUM=D", ""},
		{"medium=\"A", "A"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct bootparams bp = parse_good(cases[i].line);

		assert_string_equal(bootparam_get(&bp, BOOTPARAM_medium), cases[i].label);
	}
}

static void spaces_in_quotes(void **state)
{
	struct bootparams bp = parse_good("a sshkey=\"" KEY " me at home\" hostname=h");
	struct bootparams copy = parse_good("\"sshkey=" KEY " me at home\"");

	(void)state;
	assert_string_equal(bootparam_get(&bp, BOOTPARAM_sshkey), KEY " me at home");
	assert_string_equal(bootparam_get(&bp, BOOTPARAM_hostname), "h");
	copy = bp;
	memset(&bp, 'x', sizeof(bp));
	assert_string_equal(bootparam_get(&copy, BOOTPARAM_sshkey), KEY " me at home");
}

static void last_one_wins(void **state)
{
	struct complaints c = {0};
	struct bootparams bp;

	(void)state;
	assert_int_equal(bootparam_parse(&bp, "hostname=-bad- hostname=good", note, &c), 0);
	assert_string_equal(bootparam_get(&bp, BOOTPARAM_hostname), "good");
	assert_int_equal(bootparam_parse(&bp, "vlan=7 vlan=9999 ssh=maybe", note, &c), 2);
	assert_int_equal(c.n, 2);
	assert_string_equal(bootparam_get(&bp, BOOTPARAM_vlan), "");
	assert_true(bootparam_on(&bp, BOOTPARAM_ssh));
	assert_false(bootparam_given(&bp, BOOTPARAM_vlan));
}

/* Each counts, and not the last one alone. */
static void several_networks(void **state)
{
	struct complaints c = {0};
	struct bootparams bp;

	(void)state;
	bp = parse_good("guests=no");
	assert_null(bootparam_network(&bp, 0));
	assert_int_equal(bootparam_parse(&bp,
				 "network=a \"network=b kind=nat\" network= network=+ "
				 "hostname=-x- network=\"c mtu=9\" network=a",
				 note, &c),
		3);
	assert_int_equal(c.n, 3);
	assert_string_equal(bootparam_network(&bp, 0), "a");
	assert_string_equal(bootparam_network(&bp, 1), "b kind=nat");
	assert_string_equal(bootparam_network(&bp, 2), "c mtu=9");
	assert_string_equal(bootparam_network(&bp, 3), "a");
	assert_null(bootparam_network(&bp, 4));
	assert_int_equal(bootparam_parse(&bp, "network", note, &c), 1);
	assert_string_equal(c.reason, "needs a value");
	assert_false(bootparam_given(&bp, BOOTPARAM_network));
}

/* As many as there can be on the longest line. */
static void most_networks(void **state)
{
	static char line[BOOTPARAM_CMDLINE_MAX + 1];
	struct bootparams bp;
	size_t n;

	(void)state;
	for (n = 0; n < BOOTPARAM_NETWORKS_MAX; n++)
		strcat(line, "network=a ");
	assert_true(strlen(line) + sizeof("network=a") > BOOTPARAM_CMDLINE_MAX);
	bp = parse_good(line);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(bootparam_network(&bp, i), "a");
	assert_null(bootparam_network(&bp, n));
}

static void good_values(void **state)
{
	static const struct {
		enum bootparam which;
		const char *name, *value;
	} cases[] = {
#define GOOD(name, value) {BOOTPARAM_##name, #name, value}
		GOOD(hostname, "a"),
		GOOD(hostname, "node-1.example.org"),
		GOOD(hostname, "0-0"),
		GOOD(timezone, "UTC"),
		GOOD(timezone, "America/Argentina/Buenos_Aires"),
		GOOD(timezone, "Etc/GMT+5"),
		GOOD(keyboard, "de-latin1"),
		GOOD(address, "dhcp"),
		GOOD(address, "192.0.2.1/24"),
		GOOD(address, "192.0.2.0/31"),
		GOOD(address, "192.0.2.255/32"),
		GOOD(address, "10.0.1.0/16"),
		GOOD(address, "2001:db8::1/64"),
		GOOD(address, "fe80::1/128"),
		GOOD(gateway, "192.0.2.254"),
		GOOD(gateway, "fe80::1"),
		GOOD(dns, "192.0.2.1"),
		GOOD(dns, "192.0.2.1,2001:db8::53,127.0.0.1"),
		GOOD(card, "eno1"),
		GOOD(card, "00:16:3e:53:00:0b"),
		GOOD(vlan, "1"),
		GOOD(vlan, "4094"),
		GOOD(network, "blue"),
		GOOD(network, "1.a-b_C kind=nat ranges=10.20.0.0/24 fd20::/64"),
		GOOD(rootpw,
			"$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"),
		GOOD(rootpw, "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"),
		GOOD(rootpw, "$6$rounds=5000$salt$1234567890123456789012"),
		GOOD(sshkey, KEY),
		GOOD(run, "auto"),
		GOOD(run, "ram"),
		GOOD(run, "medium"),
		GOOD(medium, "/dev/sdb"),
		GOOD(medium, "/dev/disk/by-label/GRIDNIX"),
		GOOD(medium, "GRIDNIX_DEMO"),
		GOOD(xenstored, "c"),
		GOOD(xenstored, "ocaml"),
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct complaints c = {0};
		struct bootparams bp;
		char line[256];

		snprintf(line, sizeof(line), "%s=\"%s\"", cases[i].name, cases[i].value);
		bootparam_parse(&bp, line, note, &c);
		if (c.n)
			fail_msg("%s: %s", line, c.reason);
		assert_string_equal(bootparam_get(&bp, cases[i].which), cases[i].value);
	}
}

static void bad_values(void **state)
{
	static const struct {
		enum bootparam which;
		const char *name, *value;
	} cases[] = {
#define BAD(name, value) {BOOTPARAM_##name, #name, value}
		BAD(hostname, ""),
		BAD(hostname, "a b"),
		BAD(hostname, "a_b"),
		BAD(hostname, ".a"),
		BAD(hostname, "a."),
		BAD(hostname, "a..b"),
		BAD(hostname, "-a"),
		BAD(hostname, "a-.b"),
		BAD(hostname, "a.-b"),
		BAD(hostname, "a/b"),
		BAD(hostname, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
		BAD(hostname, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
		BAD(timezone, "/etc/passwd"),
		BAD(timezone, "../x"),
		BAD(timezone, "Europe/../x"),
		BAD(timezone, "Europe/"),
		BAD(timezone, "Europe//Berlin"),
		BAD(timezone, "Europe/Ber lin"),
		BAD(keyboard, "-de"),
		BAD(keyboard, "de/../x"),
		BAD(keyboard, "abcdefghijklmnopqrstuvwxyzabcdefg"),
		BAD(address, "DHCP"),
		BAD(address, "192.0.2.1"),
		BAD(address, "192.0.2.1/"),
		BAD(address, "192.0.2.1/0"),
		BAD(address, "192.0.2.1/33"),
		BAD(address, "192.0.2.1/ 24"),
		BAD(address, "192.0.2.1/24/24"),
		BAD(address, "192.0.2/24"),
		BAD(address, "192.0.2.256/24"),
		BAD(address, "192.0.2.0/24"),
		BAD(address, "192.0.2.255/24"),
		BAD(address, "224.0.0.1/24"),
		BAD(address, "0.0.0.1/24"),
		BAD(address, "2001:db8::1/129"),
		BAD(address, "::/64"),
		BAD(address, "ff02::1/64"),
		BAD(address, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/1"),
		BAD(gateway, "192.0.2.1/24"),
		BAD(gateway, "router"),
		BAD(gateway, "255.255.255.255"),
		BAD(dns, "192.0.2.1,"),
		BAD(dns, ",192.0.2.1"),
		BAD(dns, "192.0.2.1 192.0.2.2"),
		BAD(dns, "192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4"),
		BAD(dns, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
		BAD(card, "../eth0"),
		BAD(card, "eth0;reboot"),
		BAD(card, "a-name-of-18-chars"),
		BAD(vlan, "0"),
		BAD(vlan, "4095"),
		BAD(vlan, "-1"),
		BAD(vlan, "+1"),
		BAD(vlan, "12x"),
		BAD(vlan, "99999999999999999999999"),
		BAD(network, ""),
		BAD(network, " blue"),
		BAD(network, "kind=nat"),
		BAD(network, "blue/red kind=nat"),
		BAD(sshkey, "ssh-ed25519"),
		BAD(sshkey, "ssh-ed25519 "),
		BAD(sshkey, "ssh-dss AAAAB3NzaC1kc3MAAACB"),
		BAD(sshkey, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0"),
		BAD(sshkey,
			"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"),
		BAD(sshkey, KEY "\tx"),
		BAD(run, "RAM"),
		BAD(run, "disk"),
		BAD(medium, "/etc/passwd"),
		BAD(medium, "/dev/"),
		BAD(medium, "/dev/../etc/passwd"),
		BAD(medium, "a b"),
		BAD(xenstored, "C"),
		BAD(ssh, "y"),
		BAD(ssh, ""),
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct complaints c = {0};
		struct bootparams bp, plain = parse_good("");
		char line[256];

		snprintf(line, sizeof(line), "%s=\"%s\"", cases[i].name, cases[i].value);
		if (bootparam_parse(&bp, line, note, &c) != 1 || c.n != 1)
			fail_msg("%s was taken", line);
		assert_string_equal(c.name, cases[i].name);
		assert_string_equal(c.value, cases[i].value);
		assert_string_equal(
			bootparam_get(&bp, cases[i].which), bootparam_get(&plain, cases[i].which));
	}
}

static void bad_passwords_are_not_shown(void **state)
{
	static const char *const values[] = {"secret", "$", "$$", "$y$", "$y$j9T$salt$",
		"$y$j9T$$short", "$9$salt$1234567890123456789012", "$6$1234567890123456789012345",
		"$6$salt$1234567890123456789 12", "$6$salt$1234567890123456789:12", "y$j9T$a$b"};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(values); i++) {
		struct complaints c = {0};
		struct bootparams bp;
		char line[256];

		snprintf(line, sizeof(line), "rootpw=\"%s\"", values[i]);
		if (bootparam_parse(&bp, line, note, &c) != 1)
			fail_msg("%s was taken", line);
		assert_string_equal(c.value, "(not shown)");
		assert_string_equal(bootparam_get(&bp, BOOTPARAM_rootpw), "");
	}
}

static void words_that_need_values(void **state)
{
	struct complaints c = {0};
	struct bootparams bp;

	(void)state;
	assert_int_equal(bootparam_parse(&bp, "hostname", note, &c), 1);
	assert_string_equal(c.value, "");
	assert_string_equal(c.reason, "needs a value");
	assert_int_equal(bootparam_parse(&bp, "hostname=", note, &c), 1);
	assert_string_equal(c.reason, "is empty");
	assert_int_equal(bootparam_parse(&bp, "hostname=\"", note, &c), 1);
	assert_string_equal(c.reason, "is empty");
}

static void long_lines(void **state)
{
	char line[BOOTPARAM_CMDLINE_MAX + 2];
	struct bootparams bp;

	(void)state;
	memset(line, ' ', sizeof(line));
	memcpy(line + BOOTPARAM_CMDLINE_MAX - 6, "vlan=7", 6);
	line[BOOTPARAM_CMDLINE_MAX] = '\0';
	bp = parse_good(line);
	assert_string_equal(bootparam_get(&bp, BOOTPARAM_vlan), "7");
	line[BOOTPARAM_CMDLINE_MAX] = '7';
	line[BOOTPARAM_CMDLINE_MAX + 1] = '\0';
	assert_int_equal(bootparam_parse(&bp, line, NULL, NULL), -GNX_E_TOO_BIG);
	assert_string_equal(bootparam_get(&bp, BOOTPARAM_vlan), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(bools_exhaustive),
		cmocka_unit_test(bools_everywhere),
		cmocka_unit_test(quoting),
		cmocka_unit_test(spaces_in_quotes),
		cmocka_unit_test(last_one_wins),
		cmocka_unit_test(several_networks),
		cmocka_unit_test(most_networks),
		cmocka_unit_test(good_values),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(bad_passwords_are_not_shown),
		cmocka_unit_test(words_that_need_values),
		cmocka_unit_test(long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
