/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' definitions: their keys, and good and bad values of every one. */
#include "base/clean.h"
#include "model/definition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define UUID	"5a2ff1c8-8c0e-4f39-9d3a-6a0c1b0f7e21"
#define TEN(s)	s s s s s s s s s s
#define LONG(s) TEN(TEN(s))

static const struct {
	const char *section, *key, *fallback, *doc;
} table[] = {
#define X(section, key, kind, fallback, doc) {#section, #key, fallback, doc},
#include "model/guest.def"
#undef X
};

static void add_line(void *arg, const char *section, const char *key, const char *value)
{
	gnx_buf_fmt(arg, "%s %s=%s\n", section, key, value);
}

/* All keys; the caller frees. */
static char *dump(const struct definition *d)
{
	struct gnx_buf out = {0};

	definition_each(d, add_line, &out);
	return out.data;
}

static void table_and_defaults(void **state)
{
	struct definition d;
	struct gnx_buf want = {0};
	GNX_CLEAN(gnx_free)
	char *is = NULL;

	(void)state;
	definition_init(&d);
	assert_int_equal(definition_add(&d, "guest", NULL), 0);
	assert_int_equal(definition_add(&d, "disk xvda", NULL), 1);
	assert_int_equal(definition_add(&d, "disk xvda", NULL), 0);
	assert_int_equal(definition_add(&d, "vif 0", NULL), 1);
	for (size_t i = 0; i < GNX_LEN(table); i++) {
		const char *s = table[i].section;

		gnx_buf_fmt(&want, "%s%s %s=%s\n", s,
			!strcmp(s, "disk")	    ? " xvda"
				: !strcmp(s, "vif") ? " 0"
						    : "",
			table[i].key, table[i].fallback ? table[i].fallback : "");
		assert_true(gnx_ends(table[i].doc, ".") && strlen(table[i].doc) > 15);
	}
	is = dump(&d);
	assert_string_equal(is, want.data);
	gnx_buf_done(&want);
}

/* Whether a key has this text. */
struct question {
	const char *section, *key, *value;
	bool found;
};

static void compare(void *arg, const char *section, const char *key, const char *value)
{
	struct question *q = arg;

	if (!strcmp(section, q->section) && !strcmp(key, q->key)) {
		assert_string_equal(value, q->value);
		q->found = true;
	}
}

static void good(const char *section, const char *key, const char *value, const char *is)
{
	struct definition d;
	struct gnx_err err = GNX_ERR_INIT;
	struct question q = {section, key, is, false};

	definition_init(&d);
	if (definition_set(&d, section, key, value, &err) < 0)
		fail_msg("%s", err.msg);
	definition_each(&d, compare, &q);
	assert_true(q.found);
}

static void good_values(void **state)
{
	static const char *const cases[][3] = {
		{"guest", "name", "a"},
		{"guest", "name", "1.a-b_C"},
		{"guest", "name", "0x12"},
		{"guest", "name", "5a2ff1c8-8c0e-4f39-9d3a-6a0c1b0f7e2"},
		{"guest", "name", LONG("n") TEN("n") TEN("n") "1234567"},
		{"guest", "uuid", ""},
		{"guest", "type", "auto"},
		{"guest", "type", "pv"},
		{"guest", "memory", "4M"},
		{"guest", "memory", "4097K"},
		{"guest", "memory", "1536M"},
		{"guest", "memory", "16T"},
		{"guest", "memory_max", ""},
		{"guest", "vcpus", "128"},
		{"guest", "vcpus_max", ""},
		{"guest", "kernel", "grub"},
		{"guest", "kernel", "/boot/vm linuz..."},
		{"guest", "initrd", "/.a/..b/c."},
		{"guest", "initrd", ""},
		{"guest", "order", "1"},
		{"guest", "order", "99"},
		{"guest", "delay", "0"},
		{"guest", "delay", "86400"},
		{"guest", "patience", "1"},
		{"guest", "patience", "86400"},
		{"guest", "on_poweroff", "preserve"},
		{"guest", "on_reboot", "destroy"},
		{"guest", "on_crash", "restart"},
		{"disk xvdz", "path", "/dev/vg/a"},
		{"vif 7", "bridge", "br-lan_0.100"},
		{"vif 0", "bridge", "123456789012345"},
		{"vif 0", "mac", "02:00:00:00:00:00"},
		{"vif 0", "mac", ""},
		{"vif 0", "address", "0.0.0.0/0 10.0.0.0/31 ::ffff:192.0.2.1/128"},
		{"vif 0", "script", "/etc/xen/scripts/vif-route"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++)
		good(cases[i][0], cases[i][1], cases[i][2], cases[i][2]);
}

static void values_in_other_words(void **state)
{
	static const char *const cases[][4] = {
		{"guest", "uuid", "5A2FF1C8-8C0E-4F39-9D3A-6A0C1B0F7E21", UUID},
		{"guest", "memory", "4096K", "4M"},
		{"guest", "memory", "1048576K", "1G"},
		{"guest", "memory", "000016384G", "16T"},
		{"guest", "vcpus", "007", "7"},
		{"guest", "cmdline", "  root=/dev/xvda1 ro ; # \"q\"  ",
			"root=/dev/xvda1 ro ; # \"q\""},
		{"guest", "cmdline", "  ", ""},
		{"guest", "autostart", "ON", "yes"},
		{"guest", "autostart", "false", "no"},
		{"disk xvdb15", "readonly", "1", "yes"},
		{"vif 0", "mac", "00:16:3E:ab:Cd:09", "00:16:3e:ab:cd:09"},
		{"vif 0", "address", " 192.0.2.7 2001:db8:7::/64 ", "192.0.2.7 2001:db8:7::/64"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++)
		good(cases[i][0], cases[i][1], cases[i][2], cases[i][3]);
}

static void bad_values(void **state)
{
	static const struct {
		const char *section, *key, *value, *words;
	} cases[] = {
		{"guest", "name", "", "[guest] name: needs a value"},
		{"guest", "name", "-a", "\"-a\" does not begin with a letter"},
		{"guest", "name", "a b", "holds more than letters"},
		{"guest", "name", "a/b", "holds more than letters"},
		{"guest", "name", "a\x1b[2J\xff", "\"a?[2J?\" holds"},
		{"guest", "name", "17", "is a number"},
		{"guest", "name", UUID, "is a UUID"},
		{"guest", "name", "Domain-0", "is the name of dom0"},
		{"guest", "name", LONG("n") TEN("n") TEN("n") "12345678",
			TEN("n") "...\" is longer than 127 bytes"},
		{"guest", "uuid", "5a2ff1c8", "[guest] uuid: \"5a2ff1c8\" is not a UUID"},
		{"guest", "uuid", "00000000-0000-0000-0000-000000000000", "no guest's UUID"},
		{"guest", "type", "hvm", "is none of auto, pvh and pv"},
		{"guest", "type", "", "[guest] type: needs a value"},
		{"guest", "memory", "512", "\"512\" has no unit: write 512M"},
		{"guest", "memory", "512MB", "is not a size: write 512M"},
		{"guest", "memory", "512m", "is not a size"},
		{"guest", "memory", "M", "is not a size"},
		{"guest", "memory", "-1G", "is not a size"},
		{"guest", "memory", "1.5G", "is not a size"},
		{"guest", "memory", "4095K", "is less than 4M"},
		{"guest", "memory", "0T", "is less than 4M"},
		{"guest", "memory", "17T", "is more than 16T"},
		{"guest", "memory", "18014398509481984K", "is more than 16T"},
		{"guest", "memory", "99999999999999999999999G", "is more than 16T"},
		{"guest", "vcpus", "0", "is not a number from 1 to 128"},
		{"guest", "vcpus_max", "129", "[guest] vcpus_max: \"129\" is not a number"},
		{"guest", "kernel", "vmlinuz", "is neither grub nor a path"},
		{"guest", "kernel", "/boot/../vmlinuz", "has an empty part, \".\" or \"..\""},
		{"guest", "kernel", "", "needs a value"},
		{"guest", "initrd", "initrd", "does not begin with \"/\""},
		{"guest", "initrd", "/", "has an empty part"},
		{"guest", "initrd", "/a/", "has an empty part"},
		{"guest", "initrd", "/a//b", "has an empty part"},
		{"guest", "initrd", "/./b", "has an empty part"},
		{"guest", "initrd", "/b/..", "has an empty part"},
		{"guest", "initrd", "/b ", "ends in a blank"},
		{"guest", "initrd", "/b\n", "is not plain ASCII"},
		{"guest", "initrd", "/\xc3\xa4", "is not plain ASCII"},
		{"guest", "initrd", "/" LONG("x") LONG("x") TEN(TEN("x")), "longer than 255 bytes"},
		{"guest", "cmdline", "a\tb", "is not plain ASCII"},
		{"guest", "cmdline", "\x7f", "is not plain ASCII"},
		{"guest", "cmdline", TEN(LONG("x")) TEN("y") TEN("y") "1234",
			"longer than 1023 bytes"},
		{"guest", "autostart", "maybe", "is neither yes nor no"},
		{"guest", "order", "100", "is not a number from 1 to 99"},
		{"guest", "order", "0", "is not a number from 1 to 99"},
		{"guest", "delay", "86401", "is not a number of seconds from 0 to 86400"},
		{"guest", "patience", "0", "is not a number of seconds from 1 to 86400"},
		{"guest", "on_crash", "ignore", "is none of destroy, restart, preserve and dump"},
		{"guest", "nmae", "x", "[guest]: there is no key \"nmae\""},
		{"guest", "path", "/x", "[guest]: there is no key \"path\""},
		{"disk xvda", "name", "x", "[disk xvda]: there is no key \"name\""},
		{"disk xvda", "path", "", "[disk xvda] path: needs a value"},
		{"disk sda", "path", "/x", "[disk sda]: the disk's name is none of xvda to xvdz"},
		{"disk xvdA", "path", "/x", "none of xvda"},
		{"disk xvdaa", "path", "/x", "a partition's number that is not 1 to 15"},
		{"disk xvda0", "path", "/x", "a partition's number"},
		{"disk xvda16", "path", "/x", "a partition's number"},
		{"disk ", "path", "/x", "none of xvda"},
		{"disk", "path", "/x", "there is no section [disk]"},
		{"vif", "bridge", "b", "there is no section [vif]"},
		{"vif ", "bridge", "b", "is its number"},
		{"vif 00", "bridge", "b", "is its number"},
		{"vif eth0", "bridge", "b", "[vif eth0]: the interface's name is its number"},
		{"vif 0", "bridge", "a:b", "holds more than letters"},
		{"vif 0", "bridge", ".a", "does not begin with"},
		{"vif 0", "bridge", "1234567890123456", "longer than 15 bytes"},
		{"vif 0", "mac", "00:16:3e:00:00", "is not a hardware address"},
		{"vif 0", "mac", "00-16-3e-00-00-01", "is not a hardware address"},
		{"vif 0", "mac", "00:16:3e:00:00:0g", "is not a hardware address"},
		{"vif 0", "mac", "01:16:3e:00:00:00", "of a single interface"},
		{"vif 0", "mac", "00:00:00:00:00:00", "of a single interface"},
		{"vif 0", "address", "192.0.2.7, 192.0.2.8", "neither an IPv4 nor an IPv6 address"},
		{"vif 0", "address", "192.0.2.7/24", "does not begin a network of that length"},
		{"vif 0", "address", "192.0.2.0/33", "prefix length that is not a number up to 32"},
		{"vif 0", "address", "::/129", "prefix length"},
		{"vif 0", "address", "2001:db9::/31", "does not begin a network"},
		{"vif 0", "address", "10.0.0.0/", "prefix length"},
		{"vif 0", "address", TEN("10.0.0.100 ") TEN("10.0.0.1 ") TEN("10.0.0.2 "),
			"longer than 255 bytes"},
		{"vif 0", "script", "vif-bridge", "does not begin with \"/\""},
		{"host", "name", "x", "there is no section [host]; there are [guest], [disk xvda]"},
		{"", "name", "x", "there is no section []"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct definition d;
		struct gnx_err err = GNX_ERR_INIT;
		int r;

		definition_init(&d);
		r = definition_set(&d, cases[i].section, cases[i].key, cases[i].value, &err);
		if (r != -EINVAL || !strstr(err.msg, cases[i].words))
			fail_msg("[%s] %s = \"%s\": \"%s\" does not hold \"%s\"", cases[i].section,
				cases[i].key, cases[i].value, err.msg, cases[i].words);
		assert_int_equal(d.disks_len + d.vifs_len + d.memory_kib, 0);
		assert_string_equal(d.name, "");
	}
}

static void too_many(void **state)
{
	struct definition d;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	definition_init(&d);
	for (char c = 'a'; c < 'a' + DEFINITION_DISKS_MAX; c++) {
		char section[] = {'d', 'i', 's', 'k', ' ', 'x', 'v', 'd', c, '\0'};

		assert_int_equal(definition_set(&d, section, "readonly", "yes", NULL), 0);
	}
	assert_int_equal(definition_add(&d, "disk xvdz", &err), -GNX_E_TOO_BIG);
	assert_non_null(strstr(err.msg, "[disk xvdz]: a guest has at most 16 disks"));
	assert_int_equal(definition_set(&d, "disk xvda", "path", "/x", NULL), 0);
	assert_int_equal(definition_set(&d, "vif 8", "bridge", "b", &err), -GNX_E_TOO_BIG);
	assert_non_null(strstr(err.msg, "at most 8 interfaces"));
	assert_int_equal(definition_set(&d, "vif 99999999999999999999", "bridge", "b", NULL),
		-GNX_E_TOO_BIG);
	assert_int_equal(d.disks_len, DEFINITION_DISKS_MAX);
	assert_int_equal(d.vifs_len, 0);
}

static void forms(void **state)
{
	(void)state;
	assert_int_equal(definition_form("guest", "name"), DEFINITION_text);
	assert_int_equal(definition_form("guest", "memory"), DEFINITION_text);
	assert_int_equal(definition_form("guest", "vcpus"), DEFINITION_number);
	assert_int_equal(definition_form("disk", "readonly"), DEFINITION_yesno);
	assert_int_equal(definition_form("disk xvda", "readonly"), DEFINITION_yesno);
	assert_int_equal(definition_form("guest", "readonly"), -EINVAL);
	assert_int_equal(definition_form("dis", "readonly"), -EINVAL);
	assert_int_equal(definition_form("", "name"), -EINVAL);
}

static void names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DEFINITION_TYPE_COUNT; i++)
		assert_int_equal(definition_type_by_name(definition_type_name(i)), i);
	for (unsigned i = 0; i < DEFINITION_ACTION_COUNT; i++)
		assert_int_equal(definition_action_by_name(definition_action_name(i)), i);
	assert_int_equal(definition_type_by_name("PVH"), -EINVAL);
	assert_int_equal(definition_action_by_name(""), -EINVAL);
}

/* What is kept may be so from former times, and is read. */
static void names_of_xl(void **state)
{
	static const char *const good[] = {"web", "web-incoming", "web--incoming2", "incoming"},
				 *const bad[] = {
					 "web--incoming", "x--migratedaway", "x----incoming"};
	struct gnx_err err = GNX_ERR_INIT;
	struct definition d;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(good); i++)
		assert_int_equal(definition_check_name(good[i], NULL), 0);
	for (size_t i = 0; i < GNX_LEN(bad); i++) {
		assert_int_equal(definition_check_name(bad[i], &err), -EINVAL);
		assert_non_null(strstr(err.msg, bad[i]));
		definition_init(&d);
		assert_int_equal(definition_set(&d, "guest", "name", bad[i], NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_and_defaults),
		cmocka_unit_test(good_values),
		cmocka_unit_test(values_in_other_words),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(too_many),
		cmocka_unit_test(forms),
		cmocka_unit_test(names),
		cmocka_unit_test(names_of_xl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
